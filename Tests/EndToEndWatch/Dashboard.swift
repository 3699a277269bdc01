import Foundation
import KeepAliveTestSupport

/// `health-check watch`, started in a window's shell.
struct Dashboard {
    let window: TerminalWindow
    let processID: Int32

    /// - Parameter isMet: the condition for the first screen that counts.
    init(
        _ arguments: [String], in window: TerminalWindow, until isMet: @escaping @Sendable (String) -> Bool
    ) async throws {
        self.window = window
        let program = try ChildProcess.product("health-check")
        let options = arguments.joined(separator: " ")
        try window.folder.write(
            "echo $$ > pid\nexec '\(program)' watch --interval 0.5 \(options)\n", to: "start")
        try await window.type("stty -a > before; sh start; echo code=$?; stty -a > after")
        guard let number = Int32(try await window.file("pid").dropLast()), number > 1 else {
            throw SystemFailure("no process in the pid file", code: 0)
        }
        processID = number
        try await window.screen(where: isMet)
    }

    /// Waits until the shell has the terminal again; returns the dashboard's exit code, nil if the terminal has
    /// changed.
    func ending() async throws -> Int32? {
        let screen = try await window.screen { $0.contains(/code=[0-9]+/) }
        let isAsBefore = try await window.file("after") == window.file("before")
        let flags = try await window.fact("#{alternate_on} #{cursor_flag} #{wrap_flag} #{mouse_any_flag}")
        guard isAsBefore, flags == "0 1 1 0", screen.contains("stty -a > before"),
            let code = screen.firstMatch(of: /code=([0-9]+)/)?.1
        else { return nil }
        return Int32(code)
    }
}

/// The casino bot's demo on a port that the system chose.
struct DemoBot {
    let process: ChildProcess
    let port: UInt16
    private let folder: TemporaryDirectory

    var url: String { "http://127.0.0.1:\(port)" }

    init(_ variables: [String: String] = [:]) async throws {
        folder = try TemporaryDirectory(prefix: "ka")
        process = try ChildProcess(
            executable: try ChildProcess.product("casino-bot"), arguments: ["--demo"],
            environment: ["PATH": "/usr/bin:/bin", "HOST": "127.0.0.1", "PORT": "0"].merging(variables) { $1 },
            workingDirectory: folder.path)
        let port = try await process.healthPort()
        self.port = port
        try await Polling.until(
            { try await BlockingWork.run { try RawClient.get(port: port, path: "/readyz").status } },
            isMet: { $0 == 200 })
    }
}
