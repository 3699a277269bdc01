import Foundation
import KeepAliveTestSupport
import Testing

/// Programs that use sd_notify through systemd-notify(1), under a launcher under a manager.
@Suite(
    .timeLimit(.minutes(2)),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-notify"), "systemd-notify is missing"))
struct NotifyTests {
    private let folder: TemporaryDirectory
    private let manager: ManagerSocket

    init() throws {
        folder = try TemporaryDirectory(prefix: "ka")
        manager = try ManagerSocket(in: folder)
    }

    private func run(_ script: String, _ variables: [String: String] = [:]) throws -> LauncherRun {
        try LauncherRun(in: folder, script: script, variables.merging(["NOTIFY_SOCKET": manager.path]) { $1 })
    }

    @Test func readinessAndStatusArePassedUp() async throws {
        let run = try run("systemd-notify --ready --status='all is well'; echo sent; exec sleep 1000")
        try await run.process.waitForLine(containing: "the bot is ready")
        try await manager.wait(for: "READY=1")
        try await manager.wait(for: "STATUS=all is well")
        run.process.signal(SIGTERM)
        try await manager.wait(for: "STOPPING=1")
        // The bot's time, 2 s, and a reserve.
        try await manager.wait(for: "EXTEND_TIMEOUT_USEC=27000000")
        #expect(await run.process.wait() == .exited(143))
        #expect(manager.assignments.elements.filter { $0 == "READY=1" }.count == 1)
    }

    @Test func notReadyBeforeTheBotSaysSo() async throws {
        try NamedPipe.make(at: folder.file("fifo").path)
        let run = try run("systemd-notify --status=starting; read -r l < fifo; systemd-notify --ready; exec sleep 1000")
        try await manager.wait(for: "STATUS=starting")
        #expect(!manager.assignments.elements.contains("READY=1"))
        try folder.poke("fifo")
        try await manager.wait(for: "READY=1")
        // The line and the datagram take two paths; either may arrive first.
        try await run.process.waitForLine(containing: "the bot is ready")
    }

    @Test func aProgramThatSaysNothingIsReadyAfterTheGrace() async throws {
        let run = try run("exec sleep 1000", ["HEALTH_GRACE_SEC": "0.2"])
        try await manager.wait(for: "READY=1")
        // The line and the datagram take two paths; either may arrive first.
        try await run.process.waitForLine(containing: "the bot counts as running: it sent no notification in ")
        #expect(await run.process.stop() == .exited(143))
    }

    @Test func aDelayIsToldToTheManager() async throws {
        let run = try run("exit 1", ["RESTART_DELAY_SEC": "1000", "RESTART_MAX_DELAY_SEC": "1000"])
        try await manager.wait(for: "STATUS=the bot ended; restart in 1000 s")
        // It is not ready yet, so the manager limits the time of the start.
        try await manager.wait(for: "EXTEND_TIMEOUT_USEC=1030000000")
        run.process.signal(SIGTERM)
        try await manager.wait(for: "STOPPING=1")
        #expect(await run.process.wait() == .exited(0))
    }

    @Test func theBotHasTheLaunchersSocketAndTheManagersWatchdog() async throws {
        let run = try run(
            "echo \"$NOTIFY_SOCKET $WATCHDOG_USEC ${WATCHDOG_PID-unset}\"; exit 0",
            ["WATCHDOG_USEC": "3000000"])
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output.contains("\(run.state)/notify.sock 3000000 unset\n"))
        #expect(manager.assignments.elements.contains("WATCHDOG=1"))
    }

    @Test func aMissedWatchdogAbortsAndRestarts() async throws {
        let run = try run(
            "echo up; systemd-notify WATCHDOG=1; exec sleep 1000", ["WATCHDOG_USEC": "400000", "MAX_RESTARTS": "2"])
        try await run.process.waitForLine(containing: "aborting the bot: it sent no WATCHDOG=1 in time")
        try await run.process.waitForLine(containing: "the bot died: SIGABRT (aborted)")
        try await run.process.waitForLine(containing: "up", occurrence: 2)
        #expect(await run.process.wait() == .exited(70))
        #expect(try run.crashReports().first?.contains("\nreason: it sent no WATCHDOG=1 in time\n") == true)
    }

    @Test func aBotThatHangsAfterItsFirstSignWasNotHealthyForLong() async throws {
        let run = try run(
            "systemd-notify WATCHDOG=1; exec sleep 1000",
            ["WATCHDOG_USEC": "1500000", "MAX_RESTARTS": "2", "RESTART_RESET_AFTER_SEC": "1"])
        #expect(await run.process.wait() == .exited(70))
        #expect(run.count("the bot died: SIGABRT") == 2)
        #expect(run.output.contains("gave up after 2 failures"))
    }

    @Test(arguments: ["WATCHDOG=1\nWATCHDOG_USEC=300000", "WATCHDOG_USEC=300000\nWATCHDOG=1", "WATCHDOG=trigger"])
    func theBotMayAskForAWatchdogItself(message: String) async throws {
        let lines = message.split(separator: "\n").map { "'\($0)'" }.joined(separator: " ")
        let run = try run(
            "echo up; systemd-notify \(lines); systemd-notify WATCHDOG=1; exec sleep 1000", ["MAX_RESTARTS": "2"])
        #expect(await run.process.wait() == .exited(70))
        #expect(run.count("aborting the bot") == 2)
    }

    /// It may have closed its port on its way, and has other things to do than to give signs of life.
    @Test func aBotThatSaysItStopsIsLeftAlone() async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer("{}", status: "503 No") })
        let run = try LauncherRun(
            in: folder, script: "systemd-notify WATCHDOG=1; systemd-notify STOPPING=1; sleep 9; exit 0",
            [
                "WATCHDOG_USEC": "5000000", "NOTIFY_SOCKET": manager.path, "HEALTH_INTERVAL_SEC": "1",
                "HEALTH_GRACE_SEC": "5", "HEALTH_FAILURES": "2",
            ], options: ["--health-url", "http://127.0.0.1:\(server.port)"])
        #expect(await run.process.wait() == .exited(0))
        #expect(!run.output.contains("health check failed"))
        #expect(!run.output.contains("aborting"))
    }

    @Test func aBotThatKeepsSendingIsLeftAlone() async throws {
        // Longer than the limit, because a busy machine may take much time between two messages.
        let run = try run(
            "for i in 1 2 3 4 5 6 7 8 9; do systemd-notify WATCHDOG=1; sleep 1; done; exit 0",
            ["WATCHDOG_USEC": "8000000"])
        #expect(await run.process.wait() == .exited(0))
        #expect(!run.output.contains("aborting"))
    }

    @Test func theGraceIsToldToTheManager() async throws {
        let run = try run("exec sleep 1000", ["HEALTH_GRACE_SEC": "150"])
        try await manager.wait(for: "STATUS=the bot is starting")
        let extended = try await manager.wait(for: "EXTEND_TIMEOUT_USEC=")
        #expect((Int(extended.dropFirst(20)) ?? 0) > 150_000_000)
        #expect(!manager.assignments.elements.contains("READY=1"))
        #expect(await run.process.stop() == .exited(143))
    }

    @Test func whoSpeaksIsNotReadyByTheGrace() async throws {
        let run = try run(
            "systemd-notify --status='not yet'; sleep 6; systemd-notify --status=later; exec sleep 1000",
            ["HEALTH_GRACE_SEC": "5"])
        try await manager.wait(for: "STATUS=later")
        #expect(await run.process.stop() == .exited(143))
        #expect(!manager.assignments.elements.contains("READY=1"))
    }

    @Test func readyIsNotSentForABotThatHasFailed() async throws {
        // The launcher stands still until the bot has ended, and then receives both at once.
        let run = try run(
            "kill -STOP $PPID; systemd-notify --no-block --ready; "
                + "(until grep -q 'State:.Z' /proc/$$/status; do :; done; kill -CONT $PPID) & exit 3",
            ["MAX_RESTARTS": "1"])
        #expect(await run.process.wait() == .exited(70))
        try await manager.wait(for: "STOPPING=1")
        #expect(!manager.assignments.elements.contains("READY=1"))
    }

    @Test func aReloadOfTheBotGoesUpWithItsTimeAndItsEnd() async throws {
        let run = try run(
            "systemd-notify --ready; systemd-notify RELOADING=1 MONOTONIC_USEC=12345; "
                + "systemd-notify READY=1 STATUS=again; exec sleep 1000")
        try await manager.wait(for: "STATUS=again")
        let said = manager.assignments.elements
        let reload = try #require(said.firstIndex(of: "RELOADING=1"))
        #expect(said.dropFirst(reload + 1).first == "MONOTONIC_USEC=12345")
        #expect(said[..<reload].filter { $0 == "READY=1" }.count == 1)
        #expect(said[reload...].filter { $0 == "READY=1" }.count == 1)
        #expect(run.count("the bot is ready") <= 1)
    }

    @Test func whatIsNotForTheManagerStaysBelow() async throws {
        let run = try run(
            "systemd-notify MAINPID=1 NOTIFYACCESS=all FDSTORE=1 EXTEND_TIMEOUT_USEC=soon ERRNO=x BUSERROR='a b'; "
                + "systemd-notify EXTEND_TIMEOUT_USEC=5000000 ERRNO=2 STATUS=end; exec sleep 1000")
        try await manager.wait(for: "STATUS=end")
        let said = manager.assignments.elements
        for name in ["MAINPID", "NOTIFYACCESS", "FDSTORE", "BUSERROR", "EXTEND_TIMEOUT_USEC=soon", "ERRNO=x"] {
            #expect(!said.contains { $0.hasPrefix(name) }, "\(said)")
        }
        #expect(said.contains("EXTEND_TIMEOUT_USEC=5000000") && said.contains("ERRNO=2"))
        #expect(await run.process.stop() == .exited(143))
    }

    /// Frozen directly after its readiness, without polls: its own first `WATCHDOG=1`, sent along, reveals it.
    @Test func aBotThatFreezesRightAfterItsReadinessIsMissed() async throws {
        let run = try LauncherRun(
            demoIn: folder, ["BOT_WATCHDOG_SEC": "3", "NOTIFY_SOCKET": manager.path], options: ["--health-url", "off"])
        let bot = try await run.bot()
        try await manager.wait(for: "READY=1")
        kill(bot, SIGSTOP)
        try await run.process.waitForLine(containing: "aborting the bot: it sent no WATCHDOG=1 in time")
        try await run.process.waitForLine(containing: "the bot died: SIG")
        #expect(try await run.bot(2) != bot)
        await run.process.stop()
    }

    @Test func theWatchdogOfTheBotIsTheLaunchersOwn() async throws {
        let run = try LauncherRun(in: folder, script: "echo \"<$WATCHDOG_USEC>\"; exit 0")
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output.contains("<60000000>"))
        let other = try LauncherRun(
            in: folder, script: "echo \"<${WATCHDOG_USEC-unset}>\"; exit 0", ["BOT_WATCHDOG_SEC": "0"])
        #expect(await other.process.wait() == .exited(0))
        #expect(other.output.contains("<unset>"))
    }

    @Test(arguments: ["relative", "@"])
    func anAddressOfAWrongFormIsCalledThat(address: String) async throws {
        let run = try LauncherRun(in: folder, script: "exit 0", ["NOTIFY_SOCKET": address])
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output.contains("NOTIFY_SOCKET=\"\(address)\" is no address of a socket: give a path"))
    }
}
