import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// Carries out what ``SupervisorState`` decides: one thread, one poll(2), which wakes for signals, the bot's output and
/// notifications, health answers, and the next timer.
final class Supervisor {
    /// Reads the variables anew: what holds then, and what is wrong with it.
    typealias Reread = () -> (settings: LauncherSettings, findings: [String])

    private(set) var settings: LauncherSettings
    let botLog: BotLog
    private let reread: Reread
    private let inbox: Inbox
    let listener: NotifyListener
    let folder: StateFolder
    let remains: Remains
    var metrics: LauncherMetrics
    private var metricsFile: MetricsFile

    private(set) var state: SupervisorState
    var child: ChildProcess?
    /// The bot that has ended last, for the line and the report of its end.
    var endedChild: ChildProcess?
    var outputIsOpen = false
    var watch = BotWatch()
    var manager: Manager
    var startAt: MonotonicTime?
    /// When the delay ends, on the wall clock, for people.
    private var nextStart: WallTime?
    var graceAt: MonotonicTime?
    var abortAt: MonotonicTime?
    private var isAborted = false
    var reapAt: MonotonicTime?
    private var exitCode: Int32?
    private var poller = Poller()
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    init(_ settings: LauncherSettings, botLog: BotLog, reread: @escaping Reread) throws(Errno) {
        self.settings = settings
        self.botLog = botLog
        self.reread = reread
        inbox = try Inbox()
        listener = try NotifyListener(path: settings.notifyPath)
        manager = try Manager()
        folder = StateFolder(
            settings.stateDirectory, ledger: settings.ledgerPath, status: settings.statusPath, botLog: botLog)
        remains = Remains(notifyPath: listener.address)
        metrics = LauncherMetrics(bot: settings.bot, stateDirectory: settings.stateDirectory)
        metricsFile = MetricsFile(path: settings.metricsPath, isForOthers: settings.metricsAreForOthers)
        state = SupervisorState(policy: settings.policy)
    }

    /// Supervises until there is nothing left to do; returns the exit code.
    func run() -> Int32 {
        // A parent may have started it with signals blocked, and without SIGCHLD no end of a bot is seen.
        OSThread.unblockAllSignals()
        SignalRelay.install([SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD])
        SignalRelay.connect(to: inbox.writeEnd)
        if let trouble = manager.trouble { botLog.log(.warning, trouble) }
        if let leftover = Leftover(StatusFile(path: settings.statusPath), notifyPath: settings.notifyPath) {
            botLog.log(.warning, leftover.words)
            leftover.end(grace: settings.shutdownTimeout)
        }
        // Read before the clock is: what is left is what is left once the file has been read and told of.
        let delay = folder.resume(
            resetAfter: settings.policy.resetAfter, forgetsDelay: settings.forgetsDelay)
        wait(delay, "waiting out the restart delay of an earlier start")
        manager.beginWatchdog(at: .now())
        while exitCode == nil { turn() }
        manager.send("STOPPING=1")
        publish()
        folder.finish()
        if exitCode == 0 { metricsFile.remove() }
        return exitCode ?? 0
    }

    // MARK: One turn

    private func turn() {
        poller.removeAll()
        let news = poller.add(inbox.readEnd, read: true, write: false)
        let notifications = poller.add(listener.raw, read: true, write: false)
        let output = outputIsOpen ? child.map { poller.add($0.outputRaw, read: true, write: false) } : nil
        do {
            try poller.wait(until: nextDeadline())
        } catch {
            OSThread.rest(milliseconds: 50)
        }
        // Not only behind SIGCHLD: one that gets lost must not lose the bot. First, so that nothing is made of what a bot said
        // that has ended since.
        reap()
        if let output, poller.isReadable(output) { readOutput() }
        if poller.isReadable(notifications) { readNotifications() }
        if poller.isReadable(news) { readInbox() }
        runTimers(at: .now())
        publish()
        writeMetrics()
    }

    private func nextDeadline() -> MonotonicTime? {
        [
            startAt, folder.retryAt, graceAt, abortAt, reapAt, manager.watchdogAt, watch.healthAt, watch.watchdogAt,
            watch.readyAt,
            watch.startLimitAt, metricsFile.dueAt,
        ].compactMap { $0 }.min()
    }

    private func publish() {
        folder.note(
            bot: state.hasBot ? child?.processID : nil, healthURL: healthURL, state: state.word,
            restarts: metrics.allRestarts,
            nextStart: startAt == nil ? nil : nextStart, reason: state.reason)
        folder.writeUnwritten()
    }

    private func writeMetrics() {
        guard let failure = metricsFile.write(metrics) else { return }
        botLog.log(
            .warning,
            "cannot write metrics to \(metricsFile.path) (\(failure.message)); set METRICS_FILE to another path")
    }

    private func runTimers(at now: MonotonicTime) {
        if let at = startAt, at <= now { handle(.delayOver) }
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
                inbox.ask(url, of: child.processID, timeout: .seconds(5))
            }
        }
    }

    /// Everything that has to happen comes before the first line about it: a slow reader of standard output, or a slow disk,
    /// holds up neither a restart nor a stop.
    func handle(_ event: SupervisorState.Event) {
        var next: SupervisorState.Event? = event
        while let event = next {
            next = nil
            botLog.hold()
            switch event {
            case .unhealthy, .watchdogMissed, .notReady: watch.condemn()
            default: break
            }
            metrics.note(event)
            var started: String?
            for action in state.handle(event) {
                switch action {
                case .start: (started, next) = start()
                case .wait(let delay, _):
                    act(action)
                    // A start that failed waits for its turn all the same: signals have to be read in between.
                    if delay <= .zero, case .exited = event { next = .delayOver }
                default: act(action)
                }
            }
            if let started { botLog.log(.info, started) }
        }
        publish()
        botLog.release()
    }

    private func act(_ action: SupervisorState.Action) {
        switch action {
        case .start: break
        case .signal(let number):
            child?.signal(number)
            isAborted = number == SIGABRT
        case .killGroup: child?.killGroup()
        case .beginGrace: beginGrace()
        case .wait(let delay, let record):
            metrics.noteWait(delay)
            folder.save(record, delay: delay)
            wait(delay, "the bot ended")
        case .remember(let delay, let record): folder.save(record, delay: delay)
        case .forgetFailures: folder.forgetFailures()
        case .log(let level, let text): botLog.log(level, text)
        case .died(let status, let words, let reason, let next):
            guard let endedChild else { break }
            let report = folder.noteCrash(status, of: endedChild, reason: reason)
            let age = endedChild.uptime.inWords
            botLog.log(.error, "\(words) after \(age)" + (next.map { "; \($0)" } ?? "") + "; report: \(report)")
        case .exit(let code): exitCode = code
        }
    }

    private func wait(_ delay: Duration, _ status: String) {
        startAt = MonotonicTime.now().advanced(by: delay)
        let (time, overflow) = WallTime.now().microseconds.addingReportingOverflow(delay.saturatedNanoseconds / 1000)
        nextStart = overflow ? nil : WallTime(microseconds: time)
        if delay > .zero { manager.sendWaiting("\(status); restart in \(delay.inWords)", for: delay) }
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

    private func readInbox() {
        let (signals, answers) = inbox.drain()
        for (bot, answer) in answers where bot == child?.processID { readHealth(answer) }
        for signal in signals {
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
            for finding in findings { botLog.log(.error, "SIGHUP: \(finding)") }
            return botLog.log(
                .error, "SIGHUP: variables are invalid; the bot keeps running with the old ones")
        }
        settings = next
        botLog.hide(next.secrets)
        state.adopt(next.policy)
        handle(.reloadSignal)
    }
}
