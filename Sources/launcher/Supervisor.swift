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
    private let records: Records
    private var metrics: LauncherMetrics
    private var metricsFile: MetricsFile

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
        records = Records(settings, journal: journal)
        metrics = LauncherMetrics(bot: settings.bot, stateDirectory: settings.stateDirectory)
        metricsFile = MetricsFile(path: settings.metricsPath)
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
        if let leftover = records.leftover {
            journal.log(
                .warn, "ending the bot that an earlier launcher left behind (process \(leftover.processID))")
            leftover.end(grace: settings.shutdownTimeout)
        }
        // Read before the clock is: what is left is what is left once the file has been read and told of.
        let delay = records.resume(
            resetAfter: settings.policy.resetAfter, forgetsDelay: settings.forgetsDelay)
        startAt = MonotonicTime.now().advanced(by: delay)
        manager.beginWatchdog(at: .now())
        while exitCode == nil { turn() }
        manager.send("STOPPING=1")
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
        if poller.isReadable(3) { readOutput() }
        if poller.isReadable(1) { readNotifications() }
        if poller.isReadable(2) { readHealth() }
        if poller.isReadable(0) { readSignals() }
        runTimers(at: .now())
        records.note(bot: child?.processID, healthURL: healthURL)
        records.writeUnwritten()
        writeMetrics()
    }

    private func nextDeadline() -> MonotonicTime? {
        [
            startAt, graceAt, abortAt, manager.watchdogAt, watch.healthAt, watch.watchdogAt, watch.readyAt,
            metricsFile.dueAt,
        ].compactMap { $0 }.min()
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
        metrics.note(event)
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
            metrics.noteWait(delay)
            records.save(record, delay: delay)
            if delay > .zero {
                // There is time, and whoever reads the log may look at once.
                records.note(bot: nil, healthURL: healthURL)
                records.writeUnwritten()
            }
            startAt = MonotonicTime.now().advanced(by: delay)
            manager.send("STATUS=the bot has ended; next start in \(delay.inWords)")
        case .remember(let delay, let record): records.save(record, delay: delay)
        case .forgetFailures: records.forgetFailures()
        case .log(let level, let text): journal.log(level, text)
        case .crashed(let status, let reason):
            if let child { records.noteCrash(status, of: child, reason: reason) }
        case .exit(let code): exitCode = code
        }
    }

    // MARK: The bot

    private func start() {
        watch = BotWatch()
        records.prepareStart()
        do {
            let child = try ChildProcess(
                executable: settings.bot, arguments: settings.arguments,
                environment: settings.botEnvironment(
                    notifySocket: listener.address, backtrace: records.backtracePath, manager: manager))
            self.child = child
            metrics.noteStart()
            outputIsOpen = true
            watch.began(at: child.started, grace: settings.healthGrace, polls: settings.health != .off)
            journal.log(.info, "started \(settings.bot) as process \(child.processID)")
        } catch {
            handle(.startFailed("\(settings.bot) cannot be started (\(error.message))", record: records.record))
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
        handle(.exited(WaitStatus(raw: raw), healthyFor: healthyFor, record: records.record))
        if self.child === child {
            self.child = nil
            outputIsOpen = false
        }
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
                guard records.remainingDelay == .zero else { continue }
                watch.failures += 1
                metrics.notePollFailure()
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
}
