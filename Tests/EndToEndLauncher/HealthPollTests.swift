import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct HealthPollTests {
    private static let quick = ["HEALTH_INTERVAL_SEC": "1", "HEALTH_GRACE_SEC": "1", "HEALTH_FAILURES": "2"]

    @Test func aStoppedBotIsStartedAgain() async throws {
        let run = try LauncherRun(demoIn: nil, Self.quick.merging(["SHUTDOWN_TIMEOUT_SEC": "0.5"]) { $1 })
        try await run.process.waitForLine(containing: "the bot is ready")
        let first = try await run.bot()
        kill(first, SIGSTOP)
        try await run.process.waitForLine(containing: "health check failed (1 of 2)")
        try await run.process.waitForLine(containing: "restarting the bot: its health check failed 2 times in a row")
        #expect(try await run.bot(2) != first)
        try await run.process.waitForLine(containing: "the bot is ready", occurrence: 2)
        #expect(await run.process.stop() == .exited(0))
        // It was continued to end, and stopped in order.
        #expect(run.output.contains("the bot ended with exit code 0 after "))
    }

    @Test(arguments: [("503 No", true), ("200 OK", false), ("404 Not Found", false)])
    func answers(status: String, restarts: Bool) async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer("{}", status: status) })
        let run = try LauncherRun(
            script: "echo up; exec sleep 1000", Self.quick,
            options: ["--health-url", "http://127.0.0.1:\(server.port)"])
        _ = try await server.requests.element(at: 2)
        if restarts {
            try await run.process.waitForLine(containing: "2 times in a row: 127.0.0.1:\(server.port) answers 503")
            try await run.process.waitForLine(containing: "up", occurrence: 2)
        } else {
            #expect(run.count("launcher: started") == 1)
            #expect(!run.output.contains("health check failed"))
        }
        #expect(try await server.requests.element(at: 0).hasPrefix("GET /health HTTP/1.1"))
    }

    /// A webhook bot during a quiet night.
    @Test(arguments: ["1", "never"])
    func silence(limit: String) async throws {
        let run = try LauncherRun(
            ["--bot", try ChildProcess.product("KeepAliveStuckBot"), "--", "silent"],
            Self.quick.merging(["PORT": "0", "UNHEALTHY_AFTER_SEC": limit]) { $1 })
        let line = try await run.process.waitForLine(containing: "health server listens on port ")
        if limit == "1" {
            try await run.process.waitForLine(
                containing: "restarting the bot: its health check failed 2 times in a row")
            return
        }
        let port = try #require(line.split(separator: " ").last.flatMap { UInt16($0) })
        // Longer than the other bot lives.
        let health = try await Polling.until {
            try RawClient.get(port: port, path: "/health").json()
        } isMet: {
            ($0["uptime_seconds"]?.double ?? 0) > 6
        }
        #expect(health["status"] == "healthy")
        #expect(run.count("launcher: started") == 1)
        #expect(!run.output.contains("health check failed"))
        #expect(await run.process.stop() == .exited(0))
    }

    /// A new process would have no better network; the bot's own watchdog decides how long to wait.
    @Test func aBotWithoutItsConnectionIsLeftToItsOwnWatchdog() async throws {
        let report =
            #"{"status":"unhealthy","uptime_seconds":9.0,"last_update_ago":9.0,"total_updates":0,"total_errors":0,"#
            + #""error_rate":0.0,"timestamp":"2026-01-19T16:07:27Z","bot_version":"1","executor":"responsive","#
            + #""gateway":{"connected":false,"lastEventAge":400.0}}"#
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer(report, status: "503 No") })
        let run = try LauncherRun(
            script: "echo up; exec sleep 1000", Self.quick,
            options: ["--health-url", "http://127.0.0.1:\(server.port)"])
        _ = try await server.requests.element(at: 3)
        #expect(run.count("launcher: started") == 1)
        #expect(!run.output.contains("health check failed"))
    }

    /// A bot that waits out a delay of its own answers 503; one that does not answer is frozen.
    @Test(arguments: [true, false])
    func aBotInItsOwnDelay(answers: Bool) async throws {
        let next = Int64((Date().timeIntervalSince1970 + 3600) * 1_000_000)
        let ledger =
            "{\"version\":1,\"consecutive\":1,\"failures\":0,\"delay_ms\":3600000,\"next_start_us\":\(next)}"
        let server = try ScriptedServer(answering: { _ in
            answers ? ScriptedServer.answer("{}", status: "503 No") : ""
        })
        let run = try LauncherRun(
            script: "echo '\(ledger)' > \"$KEEPALIVE_STATE_FILE\"; exec sleep 1000", Self.quick,
            options: ["--health-url", "http://127.0.0.1:\(server.port)"])
        if answers {
            _ = try await server.requests.element(at: 3)
            #expect(!run.output.contains("health check failed"))
        } else {
            try await run.process.waitForLine(containing: "its health check failed 2 times in a row")
        }
    }

    @Test func aBotThatIsToldToEndIsAskedNoMore() async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer("{}", status: "200 OK") })
        let run = try LauncherRun(
            script: "trap 'sleep 4; exit 0' TERM; sleep 1000 & wait", Self.quick,
            options: ["--health-url", "http://127.0.0.1:\(server.port)"])
        _ = try await server.requests.element(at: 0)
        run.process.signal(SIGTERM)
        try await run.process.waitForLine(containing: "SIGTERM: stopping the bot")
        let count = server.requests.count
        #expect(await run.process.wait() == .exited(0))
        // One may have been on its way.
        #expect(server.requests.count <= count + 1)
    }

    @Test func nobodyIsAskedWhenOff() async throws {
        let run = try LauncherRun(
            script: "sleep 2.5; exit 0", Self.quick.merging(["PORT": "0"]) { $1 })
        #expect(await run.process.wait() == .exited(0))
        #expect(!run.output.contains("health check"))
    }

    @Test func aBotThatHangsForLongWasNotHealthyForLong() async throws {
        // It runs for longer than the reset time without ever being healthy.
        let telegram = try FakeTelegram()
        try telegram.stopListening()
        let run = try LauncherRun(
            script: "exec sleep 1000",
            Self.quick.merging(["MAX_RESTARTS": "2", "RESTART_RESET_AFTER_SEC": "1"]) { $1 },
            options: ["--health-url", "http://127.0.0.1:\(telegram.port)"])
        #expect(await run.process.wait() == .exited(70))
        #expect(run.output.contains("failure 1 of 2"))
        #expect(run.output.contains("gave up after 2 failures"))
    }

    @Test func anAnswerOfTheBotBeforeSaysNothingOfTheNextOne() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        let run = try LauncherRun(
            script: "exec sleep 1000", Self.quick, options: ["--health-url", "http://127.0.0.1:\(server.port)"])
        try await run.process.waitForLine(containing: "launcher: started", occurrence: 3)
        let starts = LogLines(run.output).times("launcher: started")
        // A grace period of 1 s, a check each second, and 5 s for an answer: two failures take 7 s.
        for (start, next) in zip(starts, starts.dropFirst()) { #expect(next - start >= 6.9) }
    }
}
