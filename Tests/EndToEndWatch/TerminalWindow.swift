import Foundation
import KeepAliveTestSupport

/// A shell in a terminal of a given size: tmux without a client, on its own socket.
///
/// Its server is a foreground child, so that it ends with this object and everything in it loses the terminal.
final class TerminalWindow: Sendable {
    static let tmux = "/usr/bin/tmux"
    static let isAvailable = FileManager.default.isExecutableFile(atPath: tmux)

    let folder: TemporaryDirectory
    let server: ChildProcess
    /// The displayed bot, which must live as long.
    let bot: DemoBot?
    private let variables: [String: String]

    /// - Parameter changes: additional variables of the shell; an empty value unsets.
    init(columns: Int = 80, rows: Int = 24, bot: DemoBot? = nil, _ changes: [String: String] = [:]) async throws {
        self.bot = bot
        folder = try TemporaryDirectory(prefix: "ka")
        variables = [
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMUX_TMPDIR": folder.path, "PS1": "ready> ",
            "HOME": folder.path,
            "SHELL": "/bin/sh",
        ].merging(changes) { $1 }.filter { !$0.value.isEmpty }
        server = try ChildProcess(
            executable: Self.tmux, arguments: ["-D", "-u", "-f", "/dev/null", "-L", "window"], environment: variables,
            workingDirectory: folder.path)
        _ = try await Polling.until { [self] in
            try await command(["new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "/bin/sh", "-i"])
        } isMet: {
            $0.0 == .exited(0)
        }
        try await screen { $0.contains("ready>") }
    }

    /// Runs a tmux command. With -N it starts no second server if ours is not ready yet; nobody would end that one.
    @discardableResult
    func command(_ arguments: [String]) async throws -> (ChildProcess.ExitStatus, String) {
        try await ChildProcess.run(
            Self.tmux, ["-N", "-u", "-L", "window"] + arguments, environment: variables, in: folder.path)
    }

    /// Types text and then Enter.
    func type(_ text: String) async throws {
        try await command(["send-keys", "-l", text])
        try await press("Enter")
    }

    /// Presses keys by their tmux names.
    func press(_ keys: String...) async throws {
        try await command(["send-keys"] + keys)
    }

    /// What the terminal sends, such as the sequence of a click.
    func bytes(_ text: String) async throws {
        try await command(["send-keys", "-H"] + text.utf8.map { String($0, radix: 16) })
    }

    func resize(columns: Int, rows: Int) async throws {
        try await command(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// The first screen that meets the condition.
    @discardableResult
    func screen(colours: Bool = false, where isMet: @escaping @Sendable (String) -> Bool) async throws -> String {
        try await Polling.until(
            { [self] in try await command(["capture-pane", "-p"] + (colours ? ["-e"] : [])).1 }, isMet: { isMet($0) })
    }

    /// tmux's information about the terminal.
    func fact(_ format: String) async throws -> String {
        try await command(["display-message", "-p", format]).1.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A file's text in the window's folder, once it is complete.
    func file(_ name: String) async throws -> String {
        let path = folder.file(name).path
        return try await Polling.until(
            { try String(contentsOfFile: path, encoding: .utf8) }, isMet: { $0.hasSuffix("\n") })
    }
}
