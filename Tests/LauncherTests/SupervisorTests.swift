import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveLauncher

/// The launcher's thread, moved by hand: events go in, and a real bot, its manager and the files get what follows.
struct SupervisorTests {
    let folder: TemporaryDirectory
    let above: NotifyListener
    var log: String { (try? String(contentsOf: folder.file("log"), encoding: .utf8)) ?? "" }

    init() throws {
        folder = try TemporaryDirectory(prefix: "ka")
        above = try NotifyListener(path: folder.file("manager").path)
    }

    func settings(_ variables: [String: String]) throws -> LauncherSettings {
        var settings = Settings(environment: variables)
        let options = try Options(["--bot", "/bin/sleep", "--state-dir", folder.file("state").path, "--", "1000"])
        return LauncherSettings(options, settings: &settings)
    }

    /// A launcher whose bot is sleep(1).
    ///
    /// - Parameter next: the variables at a reload.
    func supervisor(
        _ variables: [String: String] = [:], next: [String: String] = [:]
    ) throws -> Supervisor {
        let (launcher, reread) = (try settings(variables), try settings(next))
        _ = FileSystem.prepareFolder(launcher.stateDirectory)
        let botLog = BotLog(path: folder.file("log").path, level: .info, format: .text, secrets: [])
        let supervisor = try Supervisor(launcher, botLog: botLog) { (reread, []) }
        supervisor.manager = try Manager(environment: ["NOTIFY_SOCKET": above.address])
        return supervisor
    }

    /// Kills the bot.
    func kill(_ supervisor: Supervisor) {
        guard let child = supervisor.child else { return }
        child.signal(SIGKILL)
        Children.wait(for: child.processID)
        supervisor.child = nil
    }

    func die(
        _ supervisor: Supervisor, _ status: WaitStatus, healthyFor: Duration? = nil,
        record: RestartPolicy.Record = .init()
    ) {
        kill(supervisor)
        supervisor.handle(.exited(status, healthyFor: healthyFor, record: record))
    }

    /// The bot sends a notification.
    func say(_ text: String, to supervisor: Supervisor) throws {
        try DatagramSocket(sendingTo: supervisor.listener.address).send(text)
        supervisor.readNotifications()
    }

    /// What the manager has received since the last call.
    func heard() -> [String] {
        above.drain().flatMap { message in message.assignments.map { "\($0.name)=\($0.value)" } }
    }

    private func metrics(_ supervisor: Supervisor) -> String {
        String(decoding: supervisor.metrics.text(at: .now()), as: UTF8.self)
    }

    private func metric(_ name: String, _ supervisor: Supervisor) -> String? {
        metrics(supervisor).split(separator: "\n").first { $0.hasPrefix("keepalive_launcher_\(name){") }?
            .split(separator: " ").last.map(String.init)
    }

    // MARK: Readiness

    @Test func aBotThatSaysNothingIsReadyAfterTheGrace() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        #expect(heard().first?.hasPrefix("STATUS=the bot is starting (process ") == true)
        supervisor.runTimers(at: try #require(supervisor.watch.readyAt))
        #expect(supervisor.watch.isReady)
        #expect(heard() == ["READY=1", "STATUS=running"])
        #expect(log.contains("the bot counts as running: it sent no notification in 40 s"), "\(log)")
    }

    /// Only once: the program may be another one by now.
    @Test func whoReportedReadinessAndThenStartsInSilenceIsAborted() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        try say("READY=1", to: supervisor)
        die(supervisor, .exited(1))
        supervisor.handle(.delayOver)
        supervisor.runTimers(at: try #require(supervisor.child).started.advanced(by: .seconds(100)))
        #expect(log.contains("aborting the bot: it sent no notification in the 100 s since its start"), "\(log)")
        #expect(supervisor.abortAt != nil)
        die(supervisor, .signaled(SIGABRT, coreDumped: false))
        supervisor.handle(.delayOver)
        supervisor.runTimers(at: try #require(supervisor.watch.readyAt))
        #expect(supervisor.watch.isReady)
        #expect(log.contains("the bot counts as running: it sent no notification in 40 s"), "\(log)")
    }

    /// Its silence then says nothing.
    @Test func aBotWhoseSocketWasDeletedIsNotAborted() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        try say("READY=1", to: supervisor)
        die(supervisor, .exited(1))
        try FileSystem.remove(supervisor.listener.address)
        supervisor.handle(.delayOver)
        #expect(FileSystem.exists(supervisor.listener.address))
        try FileSystem.remove(supervisor.listener.address)
        supervisor.runTimers(at: try #require(supervisor.watch.readyAt))
        #expect(supervisor.state.phase == .running)
    }

    /// The grace period of its start ends while it is on its way out.
    @Test(arguments: [.reloadSignal, .stopSignal(SIGTERM)] as [SupervisorState.Event])
    func aBotThatIsToldToEndBecomesNotReady(event: SupervisorState.Event) throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        let due = try #require(supervisor.watch.readyAt)
        supervisor.handle(event)
        supervisor.runTimers(at: due)
        #expect(!supervisor.watch.isReady && !supervisor.manager.isReady)
        #expect(!heard().contains("READY=1"))
        // Nothing is due that would wake the launcher again and again.
        #expect(supervisor.watch.readyAt == nil)
    }

    @Test func whatIsPrivateSaysNothingOfTheStart() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        try say("X_KEEPALIVE_PORT=8001\n=1", to: supervisor)
        #expect(!supervisor.watch.speaks)
        #expect(supervisor.watch.readyAt != nil)
        try say("STATUS=on my way", to: supervisor)
        #expect(supervisor.watch.speaks)
        #expect(supervisor.watch.readyAt == nil)
    }

    @Test func moreTimeIsAskedForAbove() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        _ = heard()
        let before = MonotonicTime.now()
        try say("EXTEND_TIMEOUT_USEC=1000000000\nSTATUS=long", to: supervisor)
        #expect(heard() == ["EXTEND_TIMEOUT_USEC=1000000000", "STATUS=long"])
        #expect(try #require(supervisor.watch.startLimitAt) >= before.advanced(by: .seconds(1000)))
    }

    // MARK: Health

    /// The grace period goes on, although the bot's port is known earlier.
    @Test func anAnnouncedPortMovesNoPoll() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        let due = try #require(supervisor.watch.healthAt)
        try say("X_KEEPALIVE_PORT=8001", to: supervisor)
        #expect(supervisor.watch.healthAt == due)
        #expect(supervisor.healthURL == HTTPURL(host: "localhost", port: 8001, target: "/health"))
        // It was due before a port was known, so nobody was asked.
        supervisor.watch.healthAt = nil
        try say("X_KEEPALIVE_PORT=8002\nX_KEEPALIVE_HOST=127.0.0.1", to: supervisor)
        #expect(supervisor.watch.healthAt != nil)
        #expect(supervisor.healthURL == HTTPURL(host: "127.0.0.1", port: 8002, target: "/health"))
    }

    @Test func aFailureCountsWhileTheBotIsToRun() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.readHealth(.failed("too early", isStuck: false))
        #expect(metric("health_poll_failures_total", supervisor) == "0")
        supervisor.handle(.delayOver)
        supervisor.readHealth(.failed("silent", isStuck: false))
        supervisor.readHealth(.cutOff)
        #expect(metric("health_poll_failures_total", supervisor) == "1")
        #expect(log.contains("health check failed (1 of 3): silent"))
        try say("STOPPING=1", to: supervisor)
        supervisor.readHealth(.failed("silent", isStuck: false))
        #expect(metric("health_poll_failures_total", supervisor) == "1")
    }

    /// A stuck bot cannot stop in order, so that it is aborted.
    @Test(arguments: [false, true])
    func theLastFailureInARowEndsTheBot(isStuck: Bool) throws {
        let supervisor = try supervisor(["HEALTH_FAILURES": "2"])
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        supervisor.readHealth(.failed("silent", isStuck: isStuck))
        #expect(supervisor.state.phase == .running)
        supervisor.readHealth(.failed("silent", isStuck: isStuck))
        #expect(supervisor.state.phase == .ending(.condemned("its health check failed 2 times in a row: silent")))
        #expect(supervisor.watch.isCondemned)
        #expect((supervisor.abortAt != nil) == isStuck)
        #expect(metric("health_poll_failures_total", supervisor) == "2")
    }

    @Test func theIntervalThatTheBotAsksForIsItsWatchdogs() throws {
        let supervisor = try supervisor(["BOT_WATCHDOG_SEC": "9"])
        #expect(supervisor.botWatchdogTimeout == .seconds(9))
        try say("WATCHDOG_USEC=4000000", to: supervisor)
        #expect(supervisor.botWatchdogTimeout == .seconds(4))
    }

    @Test func aBotThatAsksForItsAbortIsSaidToHaveAsked() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        try say("WATCHDOG=trigger", to: supervisor)
        #expect(supervisor.state.phase == .ending(.condemned("it asked for it by WATCHDOG=trigger")))
    }

    // MARK: The end

    /// It is the body's limit and 2 s; an aborted bot needs 10 s to 30 s for its backtrace.
    @Test(arguments: [("1", 3, 10), ("20", 22, 22), ("60", 62, 30)] as [(String, Int64, Int64)])
    func anAbortHasATimeOfItsOwn(timeout: String, stop: Int64, abort: Int64) throws {
        let ends: [(SupervisorState.Event, Int64, Duration?, String)] = [
            (.stopSignal(SIGTERM), stop, nil, "stopping the bot"),
            (.watchdogMissed, abort, .seconds(2), "restarting the bot"),
        ]
        for (event, seconds, reserve, words) in ends {
            let supervisor = try supervisor(["SHUTDOWN_TIMEOUT_SEC": timeout])
            defer { kill(supervisor) }
            supervisor.handle(.delayOver)
            _ = heard()
            let earliest = MonotonicTime.now().advanced(by: .seconds(seconds))
            supervisor.handle(event)
            let latest = MonotonicTime.now().advanced(by: .seconds(seconds))
            let due = try #require(supervisor.graceAt)
            #expect(earliest <= due && due <= latest)
            // The second SIGABRT, for a bot without the kit.
            #expect(supervisor.abortAt.map { due.since($0) } == reserve)
            #expect(heard() == ["STATUS=\(words)", "EXTEND_TIMEOUT_USEC=\((seconds + 5) * 1_000_000)"])
        }
    }

    @Test func theFileOfTheMetricsKnowsTheReasonAndTheDelay() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        #expect(metric("bot_up", supervisor) == "1")
        supervisor.handle(.watchdogMissed)
        die(supervisor, .signaled(SIGABRT, coreDumped: false))
        #expect(metric("bot_up", supervisor) == "0")
        #expect(metric("backoff_delay_seconds", supervisor) == "5")
        #expect(supervisor.startAt != nil)
        supervisor.handle(.delayOver)
        #expect(supervisor.startAt == nil)
        #expect(metrics(supervisor).contains("reason=\"watchdog\"} 1\n"))
        #expect(metric("backoff_delay_seconds", supervisor) == "0")
    }

    @Test func aLongHealthyRunForgetsTheFailures() throws {
        let supervisor = try supervisor()
        let record = RestartPolicy.Record(consecutive: 3, failures: 3)
        supervisor.folder.save(record, delay: .zero)
        supervisor.handle(.delayOver)
        die(supervisor, .exited(0), healthyFor: .seconds(300), record: record)
        #expect(supervisor.state.phase == .finished(0))
        #expect(supervisor.folder.ledger.record == RestartPolicy.Record())
    }

    @Test func whoGivesUpLeavesTheCountToTheNextLauncher() throws {
        let supervisor = try supervisor(["MAX_RESTARTS": "1"])
        supervisor.handle(.delayOver)
        die(supervisor, .exited(1))
        #expect(supervisor.state.phase == .finished(70))
        #expect(supervisor.folder.ledger.record == RestartPolicy.Record(consecutive: 1, failures: 1))
    }

    // MARK: SIGHUP

    @Test func aReloadBringsTheNewLimits() throws {
        let supervisor = try supervisor(next: ["MAX_RESTARTS": "1", "SHUTDOWN_TIMEOUT_SEC": "20"])
        supervisor.handle(.delayOver)
        let first = try #require(supervisor.child).processID
        supervisor.reload()
        #expect(supervisor.state.phase == .ending(.reload))
        #expect(supervisor.settings.shutdownTimeout == .seconds(22))
        die(supervisor, .exited(0))
        #expect(try #require(supervisor.child).processID != first)
        die(supervisor, .exited(1))
        #expect(supervisor.state.phase == .finished(70))
        // There is no lease that it could not change.
        #expect(!log.contains("LEASE_URL"), "\(log)")
    }
}
