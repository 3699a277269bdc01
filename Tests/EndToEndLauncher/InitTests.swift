import Foundation
import KeepAliveTestSupport
import Testing

/// `launcher init`, run like by a person.
@Suite(.timeLimit(.minutes(2)))
struct InitTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory(prefix: "ka") }

    private func run(_ arguments: [String] = []) async throws -> (status: ChildProcess.ExitStatus, output: String) {
        try await ChildProcess.run(
            ChildProcess.product("launcher"), ["init"] + arguments, environment: ["PATH": "/usr/bin:/bin"],
            in: folder.path)
    }

    private func text(_ name: String) throws -> String { try String(contentsOf: folder.file(name), encoding: .utf8) }

    @Test func itWritesBothFilesAndTheNextCommands() async throws {
        let (status, output) = try await run()
        #expect(status == .exited(0))
        let mode = try FileManager.default.attributesOfItem(atPath: folder.file(".env").path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try text(".env").contains("\nBOT_TOKEN=\n"))
        #expect(try text("casino-bot.service").contains("\nStateDirectory=casino-bot\n"))
        for words in ["wrote ", "/.env", "/casino-bot.service", "--check", "systemctl enable --now casino-bot"] {
            #expect(output.contains(words), "\(output)")
        }
    }

    @Test func whatIsThereIsKept() async throws {
        try folder.write("MINE=1\n", to: ".env")
        let first = try await run()
        #expect(first.status == .exited(0))
        #expect(first.output.contains("/.env: it exists already"))
        #expect(try text(".env") == "MINE=1\n")
        try folder.write("mine", to: "casino-bot.service")
        let second = try await run()
        #expect(second.status == .exited(1))
        #expect(second.output.contains("nothing was written"))
        #expect(try text("casino-bot.service") == "mine")
    }

    /// The launcher then checks the written files.
    @Test func theCheckAsksForWhatIsToBeFilledIn() async throws {
        try await folder.writeScript("#!/bin/sh\n", to: "my-bot")
        #expect(try await run(["--bot", "./my-bot", "--require", "MY_TOKEN"]).status == .exited(0))
        func check() async throws -> (ChildProcess.ExitStatus, String) {
            try await ChildProcess.run(
                ChildProcess.product("launcher"), ["--check", "--bot", "./my-bot", "--require", "MY_TOKEN"],
                environment: ["PATH": "/usr/bin:/bin"], in: folder.path)
        }
        let (empty, words) = try await check()
        #expect(empty == .exited(78))
        #expect(words.contains("MY_TOKEN is not set"))
        #expect(!words.contains("can be read by others"))
        let filled = try text(".env").replacing("\nMY_TOKEN=\n", with: "\nMY_TOKEN=x\n")
        try FileHandle(forWritingTo: folder.file(".env")).write(contentsOf: Data(filled.utf8))
        #expect(try await check().0 == .exited(0))
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "no systemd-analyze"),
        arguments: [[], ["--bot", "/bin/sh", "--name", "sh-bot", "--", "-c", "echo \"$HOME 100%\" ; exit"]])
    func systemdTakesTheUnit(arguments: [String]) async throws {
        #expect(try await run(["--dir", folder.path] + arguments).status == .exited(0))
        let name = arguments.isEmpty ? "casino-bot" : "sh-bot"
        let (status, output) = try await ChildProcess.run(
            "/usr/bin/systemd-analyze", ["verify", folder.file("\(name).service").path])
        #expect(status == .exited(0))
        #expect(output == "")
    }

    /// The end of such a path would be lost, or the next line of the unit, which says whose rights the bot has.
    @Test(arguments: ["bot\\", "bot "]) func aFolderThatAUnitCannotHoldIsRefused(name: String) async throws {
        let path = folder.file(name).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let (status, output) = try await run(["--dir", path])
        #expect(status == .exited(1))
        #expect(output.contains("/\(name)\" ends with a backslash or a blank"), "\(output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
    }

    @Test func aFolderThatIsNotUTF8IsRefused() async throws {
        let script =
            "cd \"$1\"; name=$(printf 'b\\377'); mkdir \"$name\" && cd \"$name\" && \"$2\" init; echo $?; ls -A"
        let (_, output) = try await ChildProcess.run(
            "/bin/sh", ["-c", script, "sh", folder.path, ChildProcess.product("launcher")])
        #expect(output.contains("holds bytes that are not UTF-8: rename the folder\n1\n"), "\(output)")
        #expect(output.hasSuffix("\n1\n"), "\(output)")
    }

    @Test func helpAndWrongUsage() async throws {
        let help = try await run(["--help"])
        #expect(help.status == .exited(0))
        #expect(help.output.hasPrefix("launcher init: "))
        let wrong = try await run(["--prot"])
        #expect(wrong.status == .exited(64))
        #expect(wrong.output.contains("unknown argument --prot"))
        let nowhere = try await run(["--dir", "/nonexistent"])
        #expect(nowhere.status == .exited(1))
        #expect(nowhere.output.contains("--dir /nonexistent is no folder"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
}
