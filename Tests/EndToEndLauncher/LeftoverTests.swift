import Foundation
import TestSupport
import Testing

/// A launcher that was killed, and the one after it.
@Suite(.timeLimit(.minutes(2)))
struct LeftoverTests {
    @Test func aBotStopsWhenItsLauncherIsKilled() async throws {
        let run = try LauncherRun(demoIn: nil)
        try await run.process.waitForLine(containing: "the bot is ready")
        let bot = try await run.bot()
        run.process.signal(SIGKILL)
        #expect(await run.process.wait() == .signaled(SIGKILL))
        #expect(await Processes.end(of: bot))
    }

    @Test func theNextLauncherEndsABotThatDidNot() async throws {
        let run = try LauncherRun(script: "trap '' TERM; mkfifo fifo; echo up; while :; do read -r l < fifo; done")
        try await run.process.waitForLine(containing: "up")
        let bot = try await run.bot()
        defer { kill(-bot, SIGKILL) }
        run.process.signal(SIGKILL)
        _ = await run.process.wait()
        #expect(!Processes.isGone(bot))
        let next = try LauncherRun(in: run.folder, script: "exit 0", ["SHUTDOWN_TIMEOUT_SEC": "0.2"])
        #expect(await next.process.wait() == .exited(0))
        #expect(next.output.contains("ending the bot that an earlier launcher left behind (process \(bot))"))
        #expect(await Processes.end(of: bot))
    }

    @Test func itsPortIsNotAnObstacle() async throws {
        let port = try FakeTelegram().port
        let variables = ["PORT": "\(port)", "PORT_FALLBACKS": "0", "SHUTDOWN_TIMEOUT_SEC": "0.2"]
        let run = try LauncherRun(demoIn: nil, variables)
        try await run.process.waitForLine(containing: "the bot is ready")
        let bot = try await run.bot()
        defer { kill(-bot, SIGKILL) }
        // A hung bot does not stop with its launcher, and keeps its port.
        kill(bot, SIGSTOP)
        run.process.signal(SIGKILL)
        _ = await run.process.wait()
        let next = try LauncherRun(demoIn: run.folder, variables)
        try await next.process.waitForLine(containing: "the bot is ready")
        next.process.signal(SIGTERM)
        #expect(await next.process.wait() == .exited(0))
    }

    @Test func anothersProcessOfTheSameNumberIsLeftAlone() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let bystander = try ChildProcess(executable: "/bin/sleep", arguments: ["1000"])
        try FileManager.default.createDirectory(at: folder.file("state"), withIntermediateDirectories: false)
        try folder.write("launcher=1\nbot=\(bystander.processID)\nbot_start=1\n", to: "state/launcher.status")
        let run = try LauncherRun(in: folder, script: "exit 0")
        #expect(await run.process.wait() == .exited(0))
        #expect(bystander.status == nil)
        #expect(!run.output.contains("left behind"))
    }
}
