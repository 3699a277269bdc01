import Foundation
import KeepAliveTestSupport
import Testing

/// A bot that really blocks every thread of Swift's cooperative pool.
@Suite(.timeLimit(.minutes(2)))
struct StuckBotTests {
    private static let quick = [
        "PORT": "0", "BOT_ENV": "dev", "EXECUTOR_STALL_SEC": "1", "KEEPALIVE_INTERVAL_SEC": "1",
        "SHUTDOWN_TIMEOUT_SEC": "1",
    ]

    private func run(_ way: String, _ changes: [String: String]) throws -> LauncherRun {
        try LauncherRun(
            ["--bot", try ChildProcess.product("KeepAliveStuckBot"), "--", way], Self.quick.merging(changes) { $1 })
    }

    /// The first crash's report.
    private func report(_ run: LauncherRun) async throws -> String {
        let line = try await run.process.waitForLine(containing: "the bot died: ")
        let path = try #require(line.firstMatch(of: /report: (.+)/)?.1)
        return try String(contentsOfFile: String(path), encoding: .utf8)
    }

    private func expectRestartAndStop(_ run: LauncherRun) async throws {
        #expect(try await run.bot(2) != run.bot(1))
        run.process.signal(SIGTERM)
        // It cannot stop in order: it exits without its body, or is killed.
        await run.process.wait()
    }

    private static let ways = [
        ("deadlock", "Accounts.transfer"), ("spin", "spinForEver"), ("sleep", "sleepSynchronously"),
    ]

    @Test(arguments: ways)
    func theBotsOwnWatchdogAbortsItAndTheReportNamesTheFunction(way: String, function: String) async throws {
        let run = try run(way, ["WATCHDOG_STALL_SEC": "2", "HEALTH_GRACE_SEC": "600"])
        let line = try await run.process.waitForLine(containing: "watchdog: ")
        #expect(line.contains("Swift's executor has run nothing for "))
        #expect(line.contains("(limit 2 s): every thread of the cooperative pool is blocked; the bot ends"))
        let report = try await report(run)
        #expect(report.contains("ended with: SIGABRT (aborted)"))
        #expect(report.contains("watchdog: Swift's executor"), "the last lines of its log are kept")
        // A frame of the C library without a frame pointer may hide the sleeping function.
        if Backtracer.isInstalled, way != "sleep" { #expect(report.contains(function), "\(report)") }
        try await expectRestartAndStop(run)
    }

    @Test func theLauncherAbortsItOnceItsHealthSaysThatItIsStuck() async throws {
        let run = try run(
            "deadlock",
            [
                "WATCHDOG_STALL_SEC": "600", "HEALTH_GRACE_SEC": "1", "HEALTH_INTERVAL_SEC": "1",
                "HEALTH_FAILURES": "2",
            ])
        let line = try await run.process.waitForLine(containing: "restarting the bot: ")
        #expect(line.contains("its health check failed 2 times in a row"))
        #expect(line.hasSuffix("503, its executor is stalled"))
        let report = try await report(run)
        #expect(report.contains("ended with: SIGABRT (aborted)"))
        if Backtracer.isInstalled { #expect(report.contains("Accounts.transfer"), "\(report)") }
        try await expectRestartAndStop(run)
    }

    /// What a real service manager receives: `WATCHDOG=1` up to the limit, then nothing.
    @Test func aStuckBotIsUnhealthyAtOnceAndItsManagerHearsNoMoreOfIt() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let manager = try ManagerSocket(in: folder)
        let bot = try ChildProcess(
            executable: ChildProcess.product("KeepAliveStuckBot"), arguments: ["sleep"],
            environment: Self.quick.merging([
                "HOST": "127.0.0.1", "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "3000000",
                "WATCHDOG_STALL_SEC": "15", "SWIFT_BACKTRACE": "enable=no",
            ]) { $1 }, workingDirectory: folder.path)
        let announced = try await manager.wait(for: "X_KEEPALIVE_PORT=")
        let port = try #require(UInt16(announced.dropFirst(17)))
        // It is unhealthy before its body runs, too.
        let sick = try await Polling.until(
            { try await BlockingWork.run { try RawClient.get(port: port, path: "/health") } },
            isMet: { $0.status == 503 && $0.text.contains("executor is stalled") })
        #expect(sick.text.contains("Swift's executor is stalled: no task has run for "))
        #expect(sick.text.contains(#""executor":"stopped""#))
        #expect(await bot.wait() == .signaled(SIGABRT))
        let said = manager.assignments.elements
        let ready = try #require(said.firstIndex(of: "READY=1"))
        let fed = try #require(said.firstIndex(of: "WATCHDOG=1"))
        let condemned = try #require(said.firstIndex { $0.hasPrefix("STATUS=watchdog: ") })
        #expect(ready < fed && fed < condemned)
        #expect(!said[condemned...].contains("WATCHDOG=1"))
    }
}

/// What a service manager receives from a healthy bot, from start to end.
@Suite(.timeLimit(.minutes(1)))
struct NotifyOrderTests {
    @Test func readyThenTheWatchdogThenStopping() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let manager = try ManagerSocket(in: folder)
        let bot = try ChildProcess(
            executable: ChildProcess.product("casino-bot"), arguments: ["--demo"],
            environment: [
                "HOST": "127.0.0.1", "PORT": "0", "DATABASE_PATH": folder.file("casino.db").path,
                "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "600000",
            ], workingDirectory: folder.path)
        try await manager.wait(for: "READY=1")
        // Repeatedly.
        try await manager.wait(for: "WATCHDOG=1", occurrence: 3)
        #expect(await bot.stop() == .exited(0))
        try await manager.wait(for: "EXTEND_TIMEOUT_USEC=8000000")
        let all = manager.assignments.elements
        #expect(all.first?.hasPrefix("X_KEEPALIVE_PORT=") == true)
        let order = ["STATUS=running", "READY=1", "STATUS=connected", "WATCHDOG=1", "STOPPING=1", "STATUS=SIGTERM: "]
        let places = order.map { text in all.firstIndex { $0.hasPrefix(text) } ?? -1 }
        #expect(places == places.sorted() && !places.contains(-1), "\(all)")
        #expect(all.filter { $0 == "READY=1" }.count == 1)
    }
}
