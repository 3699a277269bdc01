import Foundation
import KeepAliveTestSupport

/// A launcher in its own folder, with short delays and only the given variables.
final class LauncherRun: Sendable {
    let folder: TemporaryDirectory
    let process: ChildProcess
    var state: String { folder.file("state").path }
    var output: String { process.output }
    var log: String { (try? String(contentsOf: folder.file("bot_launcher.log"), encoding: .utf8)) ?? "" }

    static let variables = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "RESTART_DELAY_SEC": "0.1",
        "SHUTDOWN_TIMEOUT_SEC": "20", "HOST": "127.0.0.1",
    ]

    /// - Parameters:
    ///   - options: the launcher's options, and after `--` the bot's.
    ///   - wrapper: the program that runs the launcher, such as `unshare`.
    convenience init(
        in folder: TemporaryDirectory? = nil, _ options: [String], _ variables: [String: String] = [:],
        wrapper: [String] = []
    ) throws {
        try self.init(
            running: wrapper + [try ChildProcess.product("launcher")] + options,
            in: folder ?? TemporaryDirectory(prefix: "ka"), variables)
    }

    private init(running command: [String], in folder: TemporaryDirectory, _ variables: [String: String]) throws {
        self.folder = folder
        process = try ChildProcess(
            executable: command[0], arguments: Array(command.dropFirst()),
            environment: Self.variables.merging(variables) { $1 }, workingDirectory: folder.path)
    }

    /// A launcher whose bot is a shell script.
    convenience init(
        in folder: TemporaryDirectory? = nil, script: String, _ variables: [String: String] = [:],
        options: [String] = ["--health-url", "off"], wrapper: [String] = []
    ) throws {
        try self.init(
            in: folder, ["--bot", "/bin/sh"] + options + ["--", "-c", script], variables, wrapper: wrapper)
    }

    /// A launcher with the demo of the casino bot.
    convenience init(
        demoIn folder: TemporaryDirectory? = nil, _ variables: [String: String] = [:], options: [String] = [],
        wrapper: [String] = []
    ) throws {
        let defaults = ["PORT": "0", "DATABASE_PATH": "casino.db"]
        try self.init(
            in: folder, options + ["--", "--demo"], defaults.merging(variables) { $1 }, wrapper: wrapper)
    }

    /// A shell command in which `$LAUNCHER` is the launcher, with a script as its bot.
    convenience init(shell command: String, _ variables: [String: String] = [:]) throws {
        let launcher = "'\(try ChildProcess.product("launcher"))' --bot /bin/sh --health-url off -- -c"
        try self.init(
            running: ["/bin/sh", "-c", command.replacing("$LAUNCHER", with: launcher)],
            in: TemporaryDirectory(prefix: "ka"),
            variables)
    }

    /// The process of the bot's start number `occurrence`.
    func bot(_ occurrence: Int = 1) async throws -> Int32 {
        let line = try await process.waitForLine(containing: "launcher: started ", occurrence: occurrence)
        guard let number = line.split(separator: " ").last.flatMap({ Int32($0) }), number > 1 else {
            throw SystemFailure("no process in \(line)", code: 0)
        }
        return number
    }

    /// The reports in the folder of crashes.
    func crashReports() throws -> [String] {
        let folder = "\(state)/crashes"
        return try FileManager.default.contentsOfDirectory(atPath: folder).map {
            try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
        }
    }

    /// How often a text is in the output.
    func count(_ text: String) -> Int { output.components(separatedBy: text).count - 1 }
}
