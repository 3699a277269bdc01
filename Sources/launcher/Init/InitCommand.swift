import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// `launcher init`: writes a `.env` file and a systemd unit, and prints the next commands.
struct InitCommand {
    let options: InitOptions

    /// Reads the arguments after `init` and carries them out.
    static func main(_ arguments: some Sequence<String>) -> Never {
        do throws(Options.UsageError) {
            let options = try InitOptions(arguments)
            if options.showsHelp {
                print(InitOptions.help)
                exit(0)
            }
            exit(InitCommand(options: options).run())
        } catch {
            end(error.advice(from: "launcher init"), code: 64)
        }
    }

    /// Writes the files; returns the exit code: 0 if at least one was written and none failed.
    func run() -> Int32 {
        guard FileSystem.isFolder(options.folder) else {
            return fail("--dir \(options.folder) is no folder: make it, or give another")
        }
        let folder = Self.clean(FileSystem.absolute(options.folder))
        let words = [folder, options.bot ?? ""] + options.botArguments
        guard words.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else {
            return fail("a path or argument holds a control character, which a unit cannot hold: rename it")
        }
        guard !folder.contains("\u{FFFD}") else {
            return fail("--dir \"\(folder)\" holds bytes that are not UTF-8: rename the folder")
        }
        guard folder.last != "\\", folder.last != " " else {
            return fail(
                "--dir \"\(folder)\" ends with a backslash or a blank, which a unit cannot hold: rename the folder")
        }
        let bot = options.bot.map { Self.clean(FileSystem.absolute(LauncherSettings.resolve($0))) }
        let name = options.name ?? Self.name(of: options.bot, in: folder)
        let unit = UnitFile(
            name: name, launcher: LauncherSettings.ownPath, bot: bot, folder: folder,
            user: Self.user(of: folder), required: options.required, botArguments: options.botArguments)
        let variables = EnvironmentTemplate(isOwnBot: bot == nil, required: options.required)
        let files = [
            (path: Self.join(folder, ".env"), text: variables.text, mode: UInt16(0o600)),
            (path: Self.join(folder, "\(name).service"), text: unit.text, mode: 0o644),
        ]
        var hasWritten = false
        for file in files {
            do throws(Errno) {
                switch try NewFile.write(file.text, to: file.path, mode: file.mode) {
                case .written:
                    hasWritten = true
                    say("wrote \(file.path)")
                case .kept:
                    say("kept \(file.path): it exists already")
                }
            } catch {
                return fail(
                    "\(file.path) cannot be written (\(error.message)): "
                        + error.remedy(orElse: "make the folder writable, or give --dir"))
            }
        }
        if let trouble = bot.flatMap({ Executable(path: $0).trouble }) { say("note: \(trouble)") }
        guard hasWritten else {
            return fail("nothing was written: move the files away, or give another --name or --dir")
        }
        let check = unit.command.map(ShellWord.quoted)
        let commands = [check[0], "--check"] + check.dropFirst()
        say(
            """

            Next: fill in \(files[0].path), then check it:
              cd \(ShellWord.quoted(folder)) && \(commands.joined(separator: " "))
            Then run it as a service:
              sudo install -m 644 \(ShellWord.quoted(files[1].path)) /etc/systemd/system/
              sudo systemctl daemon-reload && sudo systemctl enable --now \(name)
            """)
        return 0
    }

    // MARK: Names

    /// The unit's name: the bot's, or the folder's if the bot comes from PATH, such as an interpreter.
    static func name(of bot: String?, in folder: String) -> String {
        guard let bot else { return "casino-bot" }
        let path = bot.contains("/") ? bot : folder
        let last = path.split(separator: "/").last ?? ""
        let stem = last.lastIndex(of: ".").map { $0 > last.startIndex ? last[..<$0] : last } ?? last
        let name = String(
            stem.prefix(100).map { character in
                UnitFile.isName("a\(character)") ? character : "-"
            })
        return UnitFile.isName(name) ? name : "bot"
    }

    /// A folder's owner: the name, otherwise the number.
    private static func user(of folder: String) -> String {
        let number = FileSystem.owner(of: folder)?.user ?? getuid()
        // getpwuid(3) would need shared libraries, which this static program does not load.
        let bytes =
            (try? FileDescriptor.open("/etc/passwd", flags: O_RDONLY | O_NONBLOCK).readAll(limit: 1 << 20)) ?? []
        return user(number, in: bytes) ?? "\(number)"
    }

    /// The name of a user's number in the text of passwd(5). Pure.
    static func user(_ number: UInt32, in bytes: [UInt8]) -> String? {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count > 2, String(decoding: fields[2], as: UTF8.self) == "\(number)" else { continue }
            return String(decoding: fields[0], as: UTF8.self)
        }
        return nil
    }

    // MARK: Paths

    /// A path without `.` and double slashes.
    static func clean(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    private static func join(_ folder: String, _ name: String) -> String {
        folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    }

    private func say(_ text: String) { FileDescriptor.print(text, to: STDOUT_FILENO) }

    private func fail(_ words: String) -> Int32 {
        FileDescriptor.complain("launcher: \(words)")
        return 1
    }
}
