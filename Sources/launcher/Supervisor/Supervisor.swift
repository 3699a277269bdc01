import KeepAliveKit
import KeepAliveLease
import KeepAlivePlatform
import KeepAliveToolSupport

/// Carries out the decisions of ``SupervisorState``: one thread and one poll(2). Signals, the bot's output and
/// notifications, health answers and the next timer wake it.
final class Supervisor {
    /// Reads the variables again: the new settings and their errors.
    typealias Reread = () -> (settings: LauncherSettings, findings: [String])

    private(set) var settings: LauncherSettings
    let botLog: BotLog
    let reread: Reread
    private let inbox: Inbox
    let listener: NotifyListener
    let folder: StateFolder
    let remains: Remains
    var metrics: LauncherMetrics
    private var metricsFile: MetricsFile

    private(set) var state: SupervisorState
    var child: ChildProcess?
    /// The last ended bot, for the log line and the report on its end.
    var endedChild: ChildProcess?
    var outputIsOpen = false
    var watch = BotWatch()
    /// Nil without a bot or a limit.
    var memory: MemoryLimit?
    var manager: Manager
    var startAt: MonotonicTime?
    /// When the backoff delay ends, on the wall clock, for people.
    private var nextStart: WallTime?
    var graceAt: MonotonicTime?
    var abortAt: MonotonicTime?
    var isAborted = false
    var reapAt: MonotonicTime?
    private var exitCode: Int32?
    /// Nil without `LEASE_URL`: then the bot runs on this machine alone.
    let lease: LeaseDriver?
    /// The exit code, which waits for the lease's release.
    var exitPending: Int32?
    var isLeaseFinished = false
    /// Why the bot could not run here when the lease was free; nil if it could.
    var unfitness: String?
    /// What the service manager was told last about the lease and a leader's trouble with it, and when to repeat it.
    var saidLease: String?
    var saidTrouble: String?
    var leaseSaidAt: MonotonicTime?
    private var terminal = StartTerminal(isThere: Terminal.isAttached)
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
            settings.stateDirectory, ledger: settings.ledgerPath, status: settings.statusPath,
            notify: listener.address, botLog: botLog)
        remains = Remains(notifyPath: listener.address)
        metrics = LauncherMetrics(bot: settings.bot, stateDirectory: settings.stateDirectory)
        metricsFile = MetricsFile(path: settings.metricsPath, isForOthers: settings.metricsAreForOthers)
        state = SupervisorState(policy: settings.policy, needsLease: settings.lease != nil)
        if let needed = settings.lease {
            lease = try LeaseDriver(
                needed, environment: settings.environment, grace: settings.shutdownTimeout,
                stateDirectory: settings.stateDirectory, log: botLog.log)
        } else {
            lease = nil
        }
    }

    /// Supervises until nothing is left to do; returns the exit code.
    func run() -> Int32 {
        // The parent may have blocked signals, and without SIGCHLD the launcher would miss the bot's end.
        OSThread.unblockAllSignals()
        SignalRelay.install([SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD])
        SignalRelay.connect(to: inbox.writeEnd)
        if let trouble = manager.trouble { botLog.log(.warning, trouble) }
        if let leftover = Leftover(StatusFile(path: settings.statusPath), notifyPath: settings.notifyPath) {
            botLog.log(.warning, leftover.words)
            leftover.end(grace: settings.shutdownTimeout)
        }
        // Read the file before the clock, so that the delay starts after the read and its log line.
        let delay = folder.resume(
            resetAfter: settings.policy.resetAfter, forgetsDelay: settings.forgetsDelay)
        if lease == nil { wait(delay, "waiting out the restart delay of an earlier start") }
        manager.beginWatchdog(at: .now())
        turnLease()
        publish()
        while exitCode == nil { turn() }
        manager.send("STOPPING=1")
        lease?.finish()
        publish()
        if folder.isLost { return 78 }
        folder.finish()
        listener.remove()
        noteLeaseFigures()
        if exitCode == 0 { metricsFile.remove() } else { writeMetrics() }
        return exitCode ?? 0
    }

    // MARK: One iteration

    private func turn() {
        poller.removeAll()
        let news = poller.add(inbox.readEnd, read: true, write: false)
        let notifications = poller.add(listener.raw, read: true, write: false)
        let output = outputIsOpen ? child.map { poller.add($0.outputRaw, read: true, write: false) } : nil
        if let lease {
            for raw in [lease.timerRaw, lease.channelRaw, lease.outputRaw] {
                if let raw { poller.add(raw, read: true, write: false) }
            }
        }
        do {
            try poller.wait(until: nextDeadline())
        } catch {
            OSThread.rest(milliseconds: 50)
        }
        // First of all: after a pause, what follows must not count as a leader's.
        turnLease()
        terminal.look(at: .now()) { Terminal.isAttached }
        // Not only after SIGCHLD: a lost signal must not hide the bot's end. First, so that messages of an ended bot
        // have no effect.
        reap()
        if let output, poller.isReadable(output) { readOutput() }
        if poller.isReadable(notifications) { readNotifications() }
        if poller.isReadable(news) { readInbox() }
        runTimers(at: .now())
        publish()
        leaveLostFolder()
        writeMetrics()
        if isLeaseFinished, exitCode == nil { exitCode = exitPending }
    }

    private func nextDeadline() -> MonotonicTime? {
        [
            // A renewal will wake a start that waits for it.
            mustPostpone ? nil : startAt, folder.retryAt, graceAt, abortAt, reapAt, manager.watchdogAt, watch.healthAt,
            watch.watchdogAt, watch.readyAt, watch.startLimitAt, watch.stopLimitAt, metricsFile.dueAt, memory?.dueAt,
            manager.isReady ? nil : leaseSaidAt,
        ].compactMap { $0 }.min()
    }

    private func publish() {
        let status = leaseStatus
        folder.note(
            bot: state.hasBot ? child?.processID : nil, healthURL: healthURL,
            state: lease != nil && exitCode != nil ? "stopped" : state.word,
            restarts: metrics.allRestarts, nextStart: startAt == nil ? nil : nextStart,
            reason: status?.reason ?? state.reason, lease: status)
        folder.writeUnwritten()
    }

    private func writeMetrics() {
        guard !folder.isLost, let failure = metricsFile.write(metrics) else { return }
        botLog.log(
            .warning,
            "cannot write metrics to \(metricsFile.path) (\(failure.message)); "
                + failure.remedy(orElse: "set METRICS_FILE to another path"))
    }

    func runTimers(at now: MonotonicTime) {
        if let at = startAt, at <= now, !mustPostpone { handle(.delayOver) }
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
        if watch.isLateToEnd(at: now) { handle(.notEnded) }
        lookAtMemory(at: now)
        endSilence(at: now)
        let url = healthURL
        if watch.isPollDue(every: url.map { _ in settings.healthInterval }, at: now), isPolled, let url, let child {
            inbox.ask(url, of: child.processID, timeout: BotWatch.pollTimeout)
        }
    }

    /// All actions precede the first log line about them. So a slow reader or a slow disk delays neither a restart nor
    /// a stop.
    func handle(_ event: SupervisorState.Event) {
        var next: SupervisorState.Event? = event
        while let event = next {
            next = nil
            botLog.hold()
            switch event {
            case .unhealthy, .watchdogMissed, .hung, .notReady, .notEnded: watch.condemn()
            default: break
            }
            metrics.note(event)
            var started: String?
            for action in state.handle(event) {
                switch action {
                case .start: (started, next) = start()
                case .wait(let delay, _):
                    act(action)
                    // Even after a failed start, read pending signals first.
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
            lease?.note(record)
            handleLease(.waiting(delay))
        case .remember(let delay, let record):
            folder.save(record, delay: delay)
            lease?.note(record)
        case .forgetFailures:
            folder.forgetFailures()
            lease?.note(.init())
        case .log(let level, let text): botLog.log(level, text)
        case .died(let status, let words, let reason, let next):
            guard let endedChild else { break }
            let report = folder.noteCrash(status, of: endedChild, reason: reason)
            let age = endedChild.uptime.inWords
            botLog.log(.error, "\(words) after \(age)" + (next.map { "; \($0)" } ?? "") + "; report: \(report)")
        case .exit(let code): if lease == nil { exitCode = code } else { exitOnceReleased(code) }
        }
    }

    private func wait(_ delay: Duration, _ status: String) {
        startAt = MonotonicTime.now().advanced(by: delay)
        let (time, overflow) = WallTime.now().microseconds.addingReportingOverflow(delay.saturatedNanoseconds / 1000)
        nextStart = overflow ? nil : WallTime(microseconds: time)
        if delay > .zero { manager.sendWaiting("\(status); restart in \(delay.inWords)", for: delay) }
    }

    private func readInbox() {
        let (signals, answers) = inbox.drain()
        for (bot, answer) in answers where bot == child?.processID { readHealth(answer) }
        for signal in signals {
            switch signal {
            case SIGCHLD: noteStop()
            case SIGHUP where terminal.isClosing(at: .now()): stopAtHangup()
            case SIGHUP: reload()
            case SIGUSR1, SIGUSR2: handle(.otherSignal(signal))
            default:
                handleLease(.stop)
                handle(.stopSignal(signal))
            }
        }
    }

    /// SIGHUP: reads the variables first. If they are invalid, the current bot keeps running.
    func reload() {
        let (read, findings) = reread()
        guard findings.isEmpty else {
            for finding in findings { botLog.log(.error, "SIGHUP: \(finding)") }
            let who = state.hasBot ? "the bot keeps running" : "the launcher goes on"
            return botLog.log(.error, "SIGHUP: variables are invalid; \(who) with the old ones")
        }
        var next = read
        if next.keep(stateDirectory: settings.stateDirectory) {
            botLog.log(
                .warning, "SIGHUP: the state folder stays \(settings.stateDirectory); restart the launcher to change it"
            )
        }
        settings = next
        botLog.adopt(next.logLevel, next.logFormat)
        botLog.hide(next.secrets)
        state.adopt(next.policy)
        lease?.grace = next.shutdownTimeout
        if next.lease != lease?.settings {
            botLog.log(
                .warning, "SIGHUP: LEASE_URL, LEASE_NAME and LEASE_TTL_SEC stay as they were; restart the launcher")
        }
        handleLease(.hurry)
        handle(.reloadSignal)
    }
}
