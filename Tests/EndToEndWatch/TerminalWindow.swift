import Foundation
import KeepAliveTestSupport

/// A shell in a terminal of a size: tmux without a person before it, on a socket of its own.
///
/// Its server is a child in the foreground, so that it ends with this object, and all in it loses the terminal.
final class TerminalWindow: Sendable {
    static let tmux = "/usr/bin/tmux"
    static let isAvailable = FileManager.default.isExecutableFile(atPath: tmux)

    let folder: TemporaryDirectory
    let server: ChildProcess
    /// What is watched in it, which has to live as long.
    let bot: DemoBot?
    private let variables: [String: String]

    /// - Parameter changes: variables of the shell beside the usual ones; an empty value unsets.
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

    /// Runs a command of tmux's. By -N it starts no server of its own where ours is not ready yet: one that nobody would end.
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

    /// Presses keys by tmux's names for them.
    func press(_ keys: String...) async throws {
        try await command(["send-keys"] + keys)
    }

    func resize(columns: Int, rows: Int) async throws {
        try await command(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// The first screen that is as awaited.
    @discardableResult
    func screen(colours: Bool = false, where isMet: @escaping @Sendable (String) -> Bool) async throws -> String {
        try await Polling.until(
            { [self] in try await command(["capture-pane", "-p"] + (colours ? ["-e"] : [])).1 }, isMet: { isMet($0) })
    }

    /// What tmux knows of the terminal.
    func fact(_ format: String) async throws -> String {
        try await command(["display-message", "-p", format]).1.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A file's text in the window's folder, once it is there and whole.
    func file(_ name: String) async throws -> String {
        let path = folder.file(name).path
        return try await Polling.until(
            { try String(contentsOfFile: path, encoding: .utf8) }, isMet: { $0.hasSuffix("\n") })
    }
}
