import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Carries out what ``SupervisorState`` decides: one thread, one poll(2), which wakes for signals, the bot's output and
/// notifications, health answers, and the next timer.
final class Supervisor {
    private let settings: LauncherSettings
    private let journal: Journal
    private let mailbox: Mailbox
    private let listener: NotifyListener
    private let healthPoll: HealthPoll
    private let crashes: CrashFolder
    private let ledger: LedgerKeeper
    private let statusFile: StatusFile

    private var state: SupervisorState
    private var child: ChildProcess?
    private var outputIsOpen = false
    private var watch = BotWatch()
    private var manager: Manager
    private var startAt: MonotonicTime?
    private var graceAt: MonotonicTime?
    private var abortAt: MonotonicTime?
    private var exitCode: Int32?
    private var poller = Poller()
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    init(_ settings: LauncherSettings, journal: Journal) throws(Errno) {
        self.settings = settings
        self.journal = journal
        mailbox = try Mailbox()
        listener = try NotifyListener(path: settings.notifyPath)
        manager = try Manager()
        healthPoll = try HealthPoll()
        crashes = CrashFolder(path: "\(settings.stateDirectory)/crashes")
        ledger = LedgerKeeper(path: settings.ledgerPath)
        statusFile = StatusFile(path: settings.statusPath)
        state = SupervisorState(policy: settings.policy)
        crashes.prepare()
    }

    /// Supervises until there is nothing left to do; returns the exit code.
    func run() -> Int32 {
        // A parent may have started it with signals blocked, and without SIGCHLD no end of a bot is seen.
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        SignalRelay.install([SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD])
        SignalRelay.connect(to: mailbox.writeEnd)
        if let leftover = Leftover(statusFile) {
            journal.log(
                .warn, "ending the bot that an earlier launcher left behind (process \(leftover.processID))")
            leftover.end(grace: settings.shutdownTimeout)
        }
        startAt = MonotonicTime.now().advanced(by: initialDelay())
        manager.beginWatchdog(at: .now())
        while exitCode == nil { turn() }
        manager.send("STOPPING=1")
        writeStatus()
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
        if poller.isReadable(3) { readOutput() }
        if poller.isReadable(1) { readNotifications() }
        if poller.isReadable(2) { readHealth() }
        if poller.isReadable(0) { readSignals() }
        runTimers(at: .now())
    }

    private func nextDeadline() -> MonotonicTime? {
        [startAt, graceAt, abortAt, manager.watchdogAt, watch.healthAt, watch.watchdogAt, watch.readyAt].compactMap {
            $0
        }.min()
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
        if let at = watch.readyAt, at <= now {
            // A program that speaks no sd_notify must not keep a unit of Type=notify from being started.
            watch.readyAt = nil
            announceReady()
        }
        if let at = watch.healthAt, at <= now {
            // A bot that announces no port has nothing to be asked; the launcher does not wake for it again.
            watch.healthAt = healthURL.map { _ in now.advanced(by: settings.healthInterval) }
            if let url = healthURL, let child {
                healthPoll.ask(url, of: child.processID, timeout: .seconds(5))
            }
        }
    }

    private func handle(_ event: SupervisorState.Event) {
        switch event {
        case .unhealthy, .watchdogMissed: watch.condemn()
        default: break
        }
        for action in state.handle(event) { act(action) }
    }

    private func act(_ action: SupervisorState.Action) {
        switch action {
        case .start: start()
        case .signal(let number):
            child?.signal(number)
            // Swift's backtracer returns from a signal that was sent; the second one then ends the process.
            if number == SIGABRT { abortAt = MonotonicTime.now().advanced(by: .seconds(2)) }
        case .killGroup: child?.killGroup()
        case .beginGrace:
            graceAt = MonotonicTime.now().advanced(by: settings.shutdownTimeout)
            manager.send("EXTEND_TIMEOUT_USEC=\(settings.shutdownTimeout.saturatedNanoseconds / 1000 + 5_000_000)")
        case .wait(let delay, let record):
            ledger.save(record, delay: delay, tell: journal.log)
            startAt = MonotonicTime.now().advanced(by: delay)
            manager.send("STATUS=the bot has ended; next start in \(delay.inWords)")
        case .remember(let delay, let record): ledger.save(record, delay: delay, tell: journal.log)
        case .forgetFailures: ledger.clear(tell: journal.log)
        case .log(let level, let text): journal.log(level, text)
        case .crashed(let status, let reason): reportCrash(status, reason)
        case .exit(let code): exitCode = code
        }
    }

    // MARK: The bot

    private func start() {
        watch = BotWatch()
        // The bot reads the same ledger, and is not to wait once more.
        if let now = ledger.current(tell: journal.log), ledger.remaining(of: now) > .zero {
            ledger.save(now.record, delay: .zero, tell: journal.log)
        }
        do {
            let child = try ChildProcess(
                executable: settings.bot, arguments: settings.arguments,
                environment: settings.botEnvironment(
                    notifySocket: listener.address, backtrace: crashes.backtracePath, manager: manager))
            self.child = child
            outputIsOpen = true
            watch.began(at: child.started, grace: settings.healthGrace, polls: settings.health != .off)
            journal.log(.info, "started \(settings.bot) as process \(child.processID)")
            writeStatus()
        } catch {
            handle(.startFailed("\(settings.bot) cannot be started (\(error.message))", record: loadRecord()))
        }
    }

    private func ended(_ child: ChildProcess, _ raw: Int32) {
        // What it said last is part of what is told about its end.
        // Bounded: a descendant of it that never stops talking must not keep its end from being seen.
        var turns = 16
        while turns > 0, outputIsOpen, Poller.isReadable(child.outputRaw), readOutput() { turns -= 1 }
        journal.endOfOutput()
        readNotifications()
        graceAt = nil
        abortAt = nil
        let uptime = MonotonicTime.now().since(child.started)
        watch.ended(uptime: uptime)
        let healthyFor = watch.healthyFor(since: child.started, at: .now())
        handle(.exited(WaitStatus(raw: raw), healthyFor: healthyFor, record: loadRecord()))
        if self.child === child {
            self.child = nil
            outputIsOpen = false
        }
        writeStatus()
    }

    @discardableResult
    private func readOutput() -> Bool {
        guard let child else { return false }
        guard let bytes = child.readOutput(into: &buffer) else {
            outputIsOpen = false
            return false
        }
        journal.append(botOutput: bytes)
        return !bytes.isEmpty
    }

    /// Reaps every child that has ended, known or not: as PID 1 or subreaper the orphans of others end up here.
    private func reap() {
        var raw: Int32 = 0
        while true {
            let processID = waitpid(-1, &raw, WNOHANG)
            guard processID > 0 else { return }
            if let child, child.processID == processID { ended(child, raw) }
        }
    }

    // MARK: What the bot says

    private func readNotifications() {
        for message in listener.drain() {
            for notice in message.assignments.compactMap(Notice.init) { heed(notice) }
        }
        writeStatusIfChanged()
    }

    private func heed(_ notice: Notice) {
        switch notice {
        case .ready: announceReady()
        case .passedUp(let assignment): manager.send(assignment)
        case .alive: watch.watchdogSeen(timeout: botWatchdogTimeout, at: .now())
        case .stuck: handle(.watchdogMissed)
        case .watchdogTimeout(let timeout): watch.watchdogTimeout = timeout
        case .port(let port):
            watch.port = port
            if settings.health == .auto, watch.healthAt == nil {
                watch.healthAt = MonotonicTime.now().advanced(by: settings.healthInterval)
            }
        case .host(let host): watch.host = host
        }
    }

    private var botWatchdogTimeout: Duration? {
        watch.watchdogTimeout ?? manager.watchdogTimeout
            ?? settings.environment["WATCHDOG_USEC"].flatMap(Notice.timeout)
    }

    private func announceReady() {
        guard !watch.isReady else { return }
        watch.isReady = true
        watch.readyAt = nil
        manager.send("READY=1")
        journal.log(.info, "the bot is ready")
    }

    private var healthURL: HTTPURL? {
        switch settings.health {
        case .off: nil
        case .url(let url): url
        case .auto: watch.port.map { HTTPURL(host: watch.host ?? "localhost", port: $0, target: "/health") }
        }
    }

    private func readHealth() {
        for answer in healthPoll.take(of: child?.processID) {
            switch answer {
            case .well: watch.wasWell()
            case .cutOff: continue
            case .failed(let reason, let isStuck):
                // A bot that waits out a restart delay says 503 and does its duty.
                guard ledger.current(tell: journal.log).map(ledger.remaining) ?? .zero == .zero else { continue }
                watch.failures += 1
                journal.log(.warn, "health check failed (\(watch.failures) of \(settings.healthFailures)): \(reason)")
                guard watch.failures >= settings.healthFailures else { continue }
                watch.failures = 0
                let words = "its health check failed \(settings.healthFailures) times in a row: \(reason)"
                handle(.unhealthy(words, isStuck: isStuck))
            }
        }
    }

    private func readSignals() {
        for signal in mailbox.drain().signals {
            switch signal {
            case SIGCHLD: reap()
            case SIGHUP: handle(.reloadSignal)
            case SIGUSR1, SIGUSR2: handle(.otherSignal(signal))
            default: handle(.stopSignal(signal))
            }
        }
    }

    // MARK: The ledger

    private func loadRecord() -> RestartPolicy.Record {
        ledger.current(tell: journal.log)?.record ?? RestartPolicy.Record()
    }

    /// What is left of the delay that an earlier launcher or bot began.
    private func initialDelay() -> Duration {
        guard let earlier = ledger.resume(resetAfter: settings.policy.resetAfter, tell: journal.log) else {
            // Whatever is left there is history, for the bot too.
            ledger.clear(tell: journal.log)
            return .zero
        }
        guard settings.forgetsDelay else { return ledger.remaining(of: earlier) }
        // The bot reads the same file, and is not to wait either.
        ledger.save(earlier.record, delay: .zero, tell: journal.log)
        return .zero
    }

    // MARK: Reports

    private func reportCrash(_ status: WaitStatus, _ reason: String?) {
        guard let child else { return }
        let now = WallTime.now()
        let uptime = MonotonicTime.now().since(child.started)
        let report = CrashReport(
            status: status, reason: reason, processID: child.processID, uptime: uptime, lastLines: journal.lastLines,
            backtrace: crashes.takeBacktrace())
        do {
            let path = try crashes.save(
                journal.redact(report.text(at: now)), at: now, processID: child.processID)
            journal.log(.error, "the bot died: \(status.words) after \(uptime.inWords); report: \(path)")
        } catch {
            journal.log(
                .error, "the bot died: \(status.words) after \(uptime.inWords); no report (\(error.message))")
        }
    }

    private var writtenStatus: StatusFile.Status?

    private func writeStatus() {
        var status = StatusFile.Status(launcher: getpid())
        if let child {
            status.bot = child.processID
            status.botStartTime = StatusFile.startTime(of: child.processID) ?? 0
        }
        if let url = healthURL { status.healthURL = "http://\(url.authority)\(url.target)" }
        writtenStatus = status
        statusFile.write(status)
    }

    private func writeStatusIfChanged() {
        let url = healthURL.map { "http://\($0.authority)\($0.target)" } ?? ""
        if url != writtenStatus?.healthURL ?? "" { writeStatus() }
    }
}
