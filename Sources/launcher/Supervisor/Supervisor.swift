import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// Carries out what ``SupervisorState`` decides: one thread, one poll(2), which wakes for signals, the bot's output and
/// notifications, health answers, and the next timer.
final class Supervisor {
    /// Reads the variables anew: what holds then, and what is wrong with it.
    typealias Reread = () -> (settings: LauncherSettings, findings: [String])

    private(set) var settings: LauncherSettings
    let journal: Journal
    private let reread: Reread
    private let mailbox: Mailbox
    let listener: NotifyListener
    let healthPoll: HealthPoll
    let records: Records
    let remains: Remains
    var metrics: LauncherMetrics
    private var metricsFile: MetricsFile

    private(set) var state: SupervisorState
    var child: ChildProcess?
    var outputIsOpen = false
    var watch = BotWatch()
    var manager: Manager
    private var startAt: MonotonicTime?
    /// When the delay ends, on the wall clock, for people.
    private var nextStart: WallTime?
    var graceAt: MonotonicTime?
    var abortAt: MonotonicTime?
    private var isAborted = false
    var reapAt: MonotonicTime?
    private var exitCode: Int32?
    private var poller = Poller()
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    init(_ settings: LauncherSettings, journal: Journal, reread: @escaping Reread) throws(Errno) {
        self.settings = settings
        self.journal = journal
        self.reread = reread
        mailbox = try Mailbox()
        listener = try NotifyListener(path: settings.notifyPath)
        manager = try Manager()
        healthPoll = try HealthPoll()
        records = Records(settings, journal: journal)
        remains = Remains(notifyPath: listener.address)
        metrics = LauncherMetrics(bot: settings.bot, stateDirectory: settings.stateDirectory)
        metricsFile = MetricsFile(path: settings.metricsPath, isForOthers: settings.metricsAreForOthers)
        state = SupervisorState(policy: settings.policy)
    }

    /// Supervises until there is nothing left to do; returns the exit code.
    func run() -> Int32 {
        // A parent may have started it with signals blocked, and without SIGCHLD no end of a bot is seen.
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        SignalRelay.install([SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD])
        SignalRelay.connect(to: mailbox.writeEnd)
        if let trouble = manager.trouble { journal.log(.warn, trouble) }
        if let leftover = Leftover(settings) {
            journal.log(.warn, leftover.words)
            leftover.end(grace: settings.shutdownTimeout)
        }
        // Read before the clock is: what is left is what is left once the file has been read and told of.
        let delay = records.resume(
            resetAfter: settings.policy.resetAfter, forgetsDelay: settings.forgetsDelay)
        wait(delay, "waiting out the restart delay of an earlier start")
        manager.beginWatchdog(at: .now())
        while exitCode == nil { turn() }
        manager.send("STOPPING=1")
        writeRecords()
        records.finish()
        if exitCode == 0 { metricsFile.remove() }
        return exitCode ?? 0
    }

    // MARK: One turn

    private func turn() {
        poller.removeAll()
        poller.add(mailbox.readEnd, read: true, write: false)
        poller.add(listener.raw, read: true, write: false)
        poller.add(healthPoll.raw, read: true, write: false)
        if let child, outputIsOpen { poller.add(child.outputRaw, read: true, write: false) }
        do {
            try poller.wait(until: nextDeadline())
        } catch {
            OSThread.rest(milliseconds: 50)
        }
        // Not only behind SIGCHLD: one that gets lost must not lose the bot. First, so that nothing is made of what a bot said
        // that has ended since.
        reap()
        if poller.isReadable(3) { readOutput() }
        if poller.isReadable(1) { readNotifications() }
        if poller.isReadable(2) { readHealth() }
        if poller.isReadable(0) { readSignals() }
        runTimers(at: .now())
        writeRecords()
        writeMetrics()
    }

    private func nextDeadline() -> MonotonicTime? {
        [
            startAt, graceAt, abortAt, reapAt, manager.watchdogAt, watch.healthAt, watch.watchdogAt, watch.readyAt,
            watch.startLimitAt, metricsFile.dueAt,
        ].compactMap { $0 }.min()
    }

    private func writeRecords() {
        records.note(
            bot: state.hasBot ? child?.processID : nil, healthURL: healthURL, state: state.word,
            restarts: metrics.allRestarts,
            nextStart: startAt == nil ? nil : nextStart, reason: state.reason)
        records.writeUnwritten()
    }

    private func writeMetrics() {
        guard let failure = metricsFile.write(metrics) else { return }
        journal.log(
            .warn,
            "the launcher's counts cannot be written to \(metricsFile.path): \(failure.message); set METRICS_FILE")
    }

    private func runTimers(at now: MonotonicTime) {
        if let at = startAt, at <= now {
            startAt = nil
            handle(.delayOver)
        }
        if let at = abortAt, at <= now {
            abortAt = nil
            child?.signal(SIGABRT)
        }
        if let at = graceAt, at <= now {
            graceAt = nil
            handle(.graceOver)
        }
        manager.feedWatchdog(at: now)
        if watch.watchdogIsMissed(timeout: botWatchdogTimeout, at: now) { handle(.watchdogMissed) }
        if watch.isLateToBeReady(at: now), let child { handle(.notReady(after: now.since(child.started))) }
        // A program that speaks no sd_notify must not keep a unit of Type=notify from being started.
        if let at = watch.readyAt, at <= now { announceReady(with: ["STATUS=running"]) }
        if let at = watch.healthAt, at <= now {
            // A bot that announces no port has nothing to be asked; the launcher does not wake for it again.
            watch.healthAt = healthURL.map { _ in now.advanced(by: settings.healthInterval) }
            if let url = healthURL, let child {
                healthPoll.ask(url, of: child.processID, timeout: .seconds(5))
            }
        }
    }

    func handle(_ event: SupervisorState.Event) {
        switch event {
        case .unhealthy, .watchdogMissed, .notReady: watch.condemn()
        default: break
        }
        metrics.note(event)
        for action in state.handle(event) { act(action) }
    }

    private func act(_ action: SupervisorState.Action) {
        switch action {
        case .start: start()
        case .signal(let number):
            child?.signal(number)
            isAborted = number == SIGABRT
        case .killGroup: child?.killGroup()
        case .beginGrace: beginGrace()
        case .wait(let delay, let record):
            metrics.noteWait(delay)
            records.save(record, delay: delay)
            wait(delay, "the bot has ended")
            // There is time, and whoever reads the log may look at once.
            if delay > .zero { writeRecords() }
        case .remember(let delay, let record): records.save(record, delay: delay)
        case .forgetFailures: records.forgetFailures()
        case .log(let level, let text): journal.log(level, text)
        case .died(let status, let words, let reason, let next, let isUrgent):
            guard let child else { break }
            let report = records.noteCrash(status, of: child, reason: reason)
            // A bot that is needed does not wait for the disk.
            if !isUrgent { records.writeUnwritten() }
            let line = "\(words) after \(child.uptime.inWords)" + (next.map { "; \($0)" } ?? "") + "; report: \(report)"
            journal.log(.error, line)
        case .exit(let code): exitCode = code
        }
    }

    private func wait(_ delay: Duration, _ status: String) {
        startAt = MonotonicTime.now().advanced(by: delay)
        let (time, overflow) = WallTime.now().microseconds.addingReportingOverflow(delay.saturatedNanoseconds / 1000)
        nextStart = overflow ? nil : WallTime(microseconds: time)
        if delay > .zero { manager.sendWaiting("\(status); next start in \(delay.inWords)", for: delay) }
    }

    /// The time that a bot has to end. One that is aborted has it for its backtrace: not all that a stop in good order may
    /// take, since it does nothing any more.
    private func beginGrace() {
        let now = MonotonicTime.now()
        let time = isAborted ? max(.seconds(10), min(settings.shutdownTimeout, .seconds(30))) : settings.shutdownTimeout
        graceAt = now.advanced(by: time)
        // Swift's backtracer returns from a signal that was sent; the second one then ends a bot that is not of the kit. Late,
        // as it would end a backtracer that is still at work.
        if isAborted { abortAt = now.advanced(by: time - .seconds(2)) }
        let status = state.phase == .ending(.shutdown) ? "stopping the bot" : "restarting the bot"
        manager.send("STATUS=\(status)", Manager.extension(by: time + .seconds(5)))
    }

    private func readSignals() {
        for signal in mailbox.drain().signals {
            switch signal {
            case SIGCHLD: break
            case SIGHUP: reload()
            case SIGUSR1, SIGUSR2: handle(.otherSignal(signal))
            default: handle(.stopSignal(signal))
            }
        }
    }

    /// SIGHUP: the variables are read anew first. Where they cannot be used, the bot that runs is the better one.
    private func reload() {
        let (next, findings) = reread()
        guard findings.isEmpty else {
            for finding in findings { journal.log(.error, "SIGHUP: \(finding)") }
            return journal.log(
                .error, "SIGHUP: not restarting, since the variables cannot be used; the old ones remain in effect")
        }
        settings = next
        journal.hide(next.secrets)
        state.adopt(next.policy)
        handle(.reloadSignal)
    }
}
