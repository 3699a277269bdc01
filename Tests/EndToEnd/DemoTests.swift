import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct DemoTests {
    @Test(arguments: [["--demo"], []])
    func movesTheCounters(arguments: [String]) async throws {
        let bot = try CasinoProcess(nil, arguments.isEmpty ? ["DEMO_MODE": "true"] : [:], arguments: arguments)
        let health = try await bot.health("healthy") { ($0["total_updates"]?.integer ?? 0) >= 3 }
        #expect(health["total_errors"] == 0)
        #expect(health["last_heartbeat_ago"] != nil)
        #expect(bot.output.contains("environment dev"))
        #expect(await bot.stop() == .exited(0))
        #expect(try Books(path: bot.database).imbalances() == [])
    }

    @Test(.enabled(if: Terminal.isAvailable, "needs script(1) of util-linux"))
    func answersWhoSitsAtTheTerminal() async throws {
        let terminal = try Terminal()
        try await terminal.child.waitForLine(containing: "Type /help to play along")
        try terminal.type("/start")
        try await terminal.child.waitForLine(containing: "Welcome! You have 1000 coins of play money.")
        try terminal.type("   ")
        try terminal.type("/flip heads 100000")
        try await terminal.child.waitForLine(containing: "You have only 1000 coins.")
        try terminal.type("/stats")
        try await terminal.child.waitForLine(containing: "Players: ")
        try terminal.type("\u{3}", newline: false)
        #expect(await terminal.child.wait() == .exited(0))
    }

    @Test(.enabled(if: Terminal.isAvailable, "needs script(1) of util-linux"))
    func stillListensAfterARestart() async throws {
        let terminal = try Terminal()
        try await terminal.child.waitForLine(containing: "Type /help to play along")
        try terminal.type("/restart")
        try await terminal.child.waitForLine(containing: "bot body restarted (start 2)")
        try terminal.type("/start")
        try await terminal.child.waitForLine(containing: "You have 1000 coins")
        try terminal.type("\u{3}", newline: false)
        #expect(await terminal.child.wait() == .exited(0))
    }

    @Test(.enabled(if: Terminal.isAvailable, "needs script(1) of util-linux"))
    func theEndOfTheInputIsNotTheEndOfTheBot() async throws {
        let terminal = try Terminal()
        try await terminal.child.waitForLine(containing: "bot body started")
        try terminal.type("\u{4}", newline: false)
        let port = try await terminal.child.healthPort()
        let moving = try await Polling.until(
            { try await BlockingWork.run { try RawClient.get(port: port, path: "/health").json() } },
            isMet: { ($0["total_updates"]?.integer ?? 0) >= 2 })
        #expect(moving["status"] == "healthy" && moving["restarts"] == 0)
        terminal.child.signalGroup(SIGKILL)
    }
}

/// The demo on its own terminal, with a pipe as keyboard.
private final class Terminal {
    static let isAvailable: Bool = {
        #if os(Linux)
            FileManager.default.isExecutableFile(atPath: "/usr/bin/script")
        #else
            false
        #endif
    }()

    let child: ChildProcess
    private let keyboard: FileHandle
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        let pipe = folder.file("keyboard").path
        try NamedPipe.make(at: pipe)
        var environment = CasinoProcess.environment(nil, folder)
        environment["TERM"] = "dumb"
        environment["BOT"] = try ChildProcess.product("casino-bot")
        child = try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", "exec script -qec 'exec \"$BOT\" --demo' /dev/null < keyboard"],
            environment: environment, workingDirectory: folder.path)
        // Also for reading, so that opening does not wait and the pipe stays open.
        let descriptor = unsafe open(pipe, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure("open") }
        keyboard = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func type(_ text: String, newline: Bool = true) throws {
        try keyboard.write(contentsOf: Data((text + (newline ? "\r" : "")).utf8))
    }
}
