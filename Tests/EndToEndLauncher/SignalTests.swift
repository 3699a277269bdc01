import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct SignalTests {
    /// A bot that prints the signals it receives, and ignores the requested ones.
    private static let listener =
        "for s in HUP INT QUIT USR1 USR2; do trap \"echo got $s\" $s; done; trap 'echo got TERM; exit 5' TERM; "
        + "echo up; while :; do read -r line < fifo; done"

    private func listening() async throws -> LauncherRun {
        let folder = try TemporaryDirectory(prefix: "ka")
        try NamedPipe.make(at: folder.file("fifo").path)
        let run = try LauncherRun(in: folder, script: Self.listener)
        try await run.process.waitForLine(containing: "up")
        return run
    }

    @Test(arguments: [(SIGUSR1, "USR1"), (SIGUSR2, "USR2")])
    func passedOn(signal: Int32, name: String) async throws {
        let run = try await listening()
        run.process.signal(signal)
        try await run.process.waitForLine(containing: "got \(name)")
        #expect(await run.process.stop() == .exited(5))
        #expect(run.count("got") == 2)
    }

    @Test(arguments: [(SIGTERM, "TERM"), (SIGINT, "INT"), (SIGQUIT, "QUIT")])
    func stops(signal: Int32, name: String) async throws {
        let run = try await listening()
        run.process.signal(signal)
        try await run.process.waitForLine(containing: "got \(name)")
        if signal != SIGTERM { kill(try await run.bot(), SIGTERM) }
        #expect(await run.process.wait() == .exited(5))
        #expect(run.output.contains("SIG\(name): stopping the bot"))
        #expect(run.count("launcher: started") == 1)
    }

    @Test func aDemoEndsWithZero() async throws {
        let run = try LauncherRun(demoIn: nil)
        try await run.process.waitForLine(containing: "the bot is ready")
        #expect(await run.process.stop() == .exited(0))
        #expect(run.count("launcher: started") == 1)
    }

    @Test func aBotThatIgnoresTheSignalIsKilledWithItsGroup() async throws {
        let run = try LauncherRun(
            script: "trap '' TERM; sleep 1000 & echo \"child $!\"; while :; do wait; done",
            ["SHUTDOWN_TIMEOUT_SEC": "0.3"])
        let child = try await run.child()
        #expect(await run.process.stop() == .exited(137))
        let lines = LogLines(run.output)
        let told = try #require(lines.times("SIGTERM: stopping the bot").first)
        let killed = try #require(lines.times("did not stop in time; killing it").first)
        // The bot's time plus 2 s.
        #expect(killed - told >= 2.298)
        #expect(run.output.contains("the bot ended with SIGKILL (killed by the launcher)"))
        #expect(await Processes.end(of: child))
    }

    @Test(.enabled(if: GroupMover.isInstalled, "no Perl"))
    func aBotThatJoinedAnotherGroupIsKilledToo() async throws {
        let run = try LauncherRun(
            ["--bot", GroupMover.program, "--health-url", "off", "--"] + GroupMover.arguments,
            ["SHUTDOWN_TIMEOUT_SEC": "0.1"])
        let child: Int32 = try await run.process.number(after: "moved to ")
        let bot = try await run.bot()
        defer { kill(bot, SIGKILL) }
        run.process.signal(SIGTERM)
        try await run.process.waitForLine(containing: "did not stop in time; killing it")
        #expect(await Processes.end(of: bot))
        #expect(await run.process.wait() == .exited(137))
        #expect(Processes.isGone(child))
    }

    @Test func aCrashDuringAStopIsReported() async throws {
        let run = try LauncherRun(
            script: "f=${SWIFT_BACKTRACE##*output-to=}; trap 'echo \"Crash at 0x1\" > \"$f\"; kill -SEGV $$' TERM; "
                + "echo up; while :; do sleep 1000 & wait; done")
        try await run.process.waitForLine(containing: "up")
        #expect(await run.process.stop() == .exited(139))
        let reports = try run.crashReports()
        #expect(reports.count == 1)
        for words in ["\nreason: it crashed while it was stopping\n", "\nCrash at 0x1\n"] {
            #expect(reports.first?.contains(words) == true, "\(reports)")
        }
    }

    @Test func halfABacktraceIsNotLeftForTheNextBot() async throws {
        let run = try LauncherRun(
            script:
                "f=${SWIFT_BACKTRACE##*output-to=}; trap '' TERM; echo half > \"$f\"; echo up; while :; do sleep 1000; done",
            ["SHUTDOWN_TIMEOUT_SEC": "0.1"])
        try await run.process.waitForLine(containing: "up")
        #expect(await run.process.stop() == .exited(137))
        #expect(try run.crashReports() == [])
        // A file from a killed launcher is removed before the next start.
        try "stale".write(toFile: "\(run.state)/crashes/backtrace.tmp", atomically: false, encoding: .utf8)
        let next = try LauncherRun(in: run.folder, script: "kill -SEGV $$", ["MAX_RESTARTS": "1"])
        #expect(await next.process.wait() == .exited(70))
        #expect(try next.crashReports().first?.contains("stale") == false)
    }

    @Test func theSecondSignalKills() async throws {
        let run = try LauncherRun(script: "trap 'echo no' TERM; echo up; while :; do sleep 1000; done")
        try await run.process.waitForLine(containing: "up")
        run.process.signal(SIGTERM)
        try await run.process.waitForLine(containing: "stopping the bot")
        #expect(await run.process.stop() == .exited(137))
        #expect(run.output.contains("second signal: killing the bot"))
    }

    @Test func aHangUpRestartsWithoutCounting() async throws {
        let run = try LauncherRun(
            script: "trap 'printf unfinished; exit 1' TERM; echo up; while :; do sleep 1000 & wait; done",
            ["MAX_RESTARTS": "2", "RESTART_DELAY_SEC": "1000", "RESTART_MAX_DELAY_SEC": "1000"])
        for number in 1...4 {
            try await run.process.waitForLine(containing: "up", occurrence: number)
            run.process.signal(SIGHUP)
        }
        try await run.process.waitForLine(containing: "up", occurrence: 5)
        #expect(await run.process.stop() == .exited(1))
        #expect(!run.output.contains("failure"))
        // One bot's unfinished line must not join the next bot's first line.
        #expect(run.output.components(separatedBy: "\n").filter { $0 == "up" }.count == 5)
        #expect(run.output.components(separatedBy: "\n").filter { $0 == "unfinished" }.count == 5)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "no script(1)"))
    func aClosedTerminalStopsIt() async throws {
        // script(1) is the terminal's window.
        let run = try LauncherRun(shell: "exec script -qec \"$LAUNCHER 'echo up; exec sleep 1000'\" /dev/null")
        let bot: Int32 = try await run.process.number(after: "as process ")
        try await run.process.waitForLine(containing: "up")
        let launcher = try #require(Processes.child(of: run.process.processID))
        defer { for id in [launcher, bot] { kill(id, SIGKILL) } }
        await run.process.stop(SIGKILL)
        #expect(await Processes.end(of: launcher))
        #expect(await Processes.end(of: bot))
        // The shell between script(1) and the launcher may be the child, and the launcher acts before it logs.
        let words = "SIGHUP: the terminal was closed; stopping"
        _ = try await Polling.until {
            run.log
        } isMet: {
            $0.contains(words)
        }
    }

    @Test func aStopDuringADelayEndsItAtOnceAndIsLogged() async throws {
        let run = try LauncherRun(
            script: "exit 1", ["RESTART_DELAY_SEC": "1000", "RESTART_MAX_DELAY_SEC": "1000"])
        try await run.process.waitForLine(containing: "restart in 1000 s")
        #expect(await run.process.stop() == .exited(0))
        #expect(run.count("launcher: started") == 1)
        #expect(run.output.contains("SIGTERM: stopping; no bot is running"))
    }

    @Test func aHangUpDuringADelayEndsItForTheBotToo() async throws {
        let run = try LauncherRun(
            demoIn: nil, ["RESTART_DELAY_SEC": "1000", "RESTART_MAX_DELAY_SEC": "1000", "MAX_RESTARTS": "5"])
        try await run.process.waitForLine(containing: "the bot is ready")
        kill(try await run.bot(), SIGKILL)
        try await run.process.waitForLine(containing: "restart in 1000 s")
        run.process.signal(SIGHUP)
        // The bot's own kit reads this ledger too.
        let line = try await run.process.waitForLine(containing: "continuing after 1 earlier failure")
        #expect(!line.contains("are left"))
    }

    @Test func aBotThatStopsItselfIsNamed() async throws {
        let run = try LauncherRun(script: "kill -STOP $$; echo continued; exec sleep 1000")
        let bot = try await run.bot()
        let words = "the bot is stopped by a signal (SIGSTOP, or SIGTTIN if it reads from the terminal); "
        try await run.process.waitForLine(containing: "\(words)to continue it: kill -CONT \(bot)")
        kill(bot, SIGCONT)
        try await run.process.waitForLine(containing: "continued")
        #expect(await run.process.stop() == .exited(143))
        #expect(run.count(words) == 1)
    }

    @Test func aStoppedBotIsWokenToEnd() async throws {
        let run = try LauncherRun(script: "trap 'echo woken; exit 5' TERM; echo up; while :; do sleep 0.1; done")
        try await run.process.waitForLine(containing: "up")
        kill(try await run.bot(), SIGSTOP)
        #expect(await run.process.stop() == .exited(5))
        #expect(run.output.contains("woken"))
    }
}
