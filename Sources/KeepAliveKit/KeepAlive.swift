import KeepAlivePlatform
import Synchronization

/// Keeps a bot alive, and tells the truth about its health: the one object that most bots need.
///
/// ```swift
/// let keepAlive = try KeepAlive(name: "Casino Bot", version: "2.0.1", configuration: .fromEnvironment())
/// keepAlive.check("database", critical: true, every: .seconds(15)) { try await ledger.ping() }
/// try await keepAlive.run { health in
///     for try await update in bot.updates(onIdle: health.heartbeat) {
///         try await health.handling { try await bot.reply(to: update) }
///     }
/// }
/// ```
///
/// Duties: it serves `/health` and its neighbours, catches SIGTERM and SIGINT, runs the bot's body and runs it again.
///
/// Guarantees: after SIGTERM or SIGINT the process ends within the shutdown timeout whatever the body does, also when
/// the body ignores its cancellation or blocks every thread, and when the system has no thread left; a second signal ends
/// it at once.
///
/// The trap: it owns the process's SIGTERM and SIGINT and may end the process, so there is one of it in a process.
public final class KeepAlive: Sendable {
    /// What counts the bot's work; the body is given it too.
    public let health: HealthMonitor
    /// Where the kit's lines go.
    public let log: Log

    private let name: String
    private let version: String
    private let configuration: Configuration
    private let server: HealthServer
    private let autoRestart: AutoRestart
    private let stop: StopState
    private let notifier: ServiceNotifier?
    private let watchdog: Watchdog
    private let onEvent: @Sendable (KeepAliveEvent) -> Void
    /// Whether the log is the kit's own, on standard error.
    private let writesLog: Bool

    /// Makes everything and starts nothing.
    ///
    /// - Parameters:
    ///   - name: the bot's name, as people and `health-check --bot` know it.
    ///   - version: the bot's version.
    ///   - configuration: ports, limits and times.
    ///   - log: where lines go; nil is standard error, and the file of `LOG_FILE`.
    ///   - secrets: texts that no line, and no error that `/health` shows, may hold, beside the secret variables that the
    ///     configuration was read with.
    ///   - gateway: what the bot tells of its connection. Readiness follows it, and the watchdog watches it.
    ///   - classify: what an error means for a restart; nil leaves it to the error itself (``ClassifiedError``), and an
    ///     error that says nothing is a failure.
    ///   - onEvent: told of everything that happens, after the log; it must return soon.
    /// - Throws: ``KeepAliveError/configuration(_:)`` when the log file cannot be opened.
    public init(
        name: String, version: String, configuration: Configuration = Configuration(), log: Log? = nil,
        secrets: [String] = [], gateway: GatewayHeartbeat? = nil,
        classify: (@Sendable (any Error) -> ErrorClass?)? = nil,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in }
    ) throws(KeepAliveError) {
        let hidden = secrets + configuration.hidden
        let base: Log
        do throws(KeepAliveError) {
            base = if let log { log } else { try configuration.makeLog() }
        } catch {
            throw error.hiding(hidden)
        }
        writesLog = log == nil
        let log = base.hiding(hidden)
        let describe: @Sendable (any Error) -> String = { log.redact("\($0)") }
        let notifier: ServiceNotifier?
        do {
            notifier = try ServiceNotifier()
        } catch {
            notifier = nil
            log(.warn, ServiceNotifier.words(for: error))
        }
        let tell: @Sendable (KeepAliveEvent) -> Void = { event in
            log(event)
            notifier?.report(event, readyWithBody: gateway == nil)
            onEvent(event)
        }
        var thresholds = configuration.watchdogThresholds
        if let patience = notifier?.watchdogTimeout {
            // No `WATCHDOG=1` is sent for a bot that is to be condemned: say why before the manager ends it for that.
            thresholds.interval = min(thresholds.interval, patience / 3)
        }
        let canary = ExecutorCanary()
        let health = HealthMonitor(
            unhealthyAfter: configuration.unhealthyAfter, gateway: gateway,
            executor: .init(canary: canary, limit: thresholds.executorStall), body: .starting, describe: describe)
        let stop = StopState(timeout: configuration.shutdownTimeout, tell: tell)
        let watchdog = Watchdog(gateway: gateway, thresholds: thresholds, canary: canary, onEvent: tell) {
            condemnation in
            switch (condemnation, configuration.condemnation) {
            case (.executor, _): stop.abort()
            case (.gateway, .exit): stop.condemn()
            case (.gateway, .restartBody): stop.restart()
            }
        }
        let autoRestart = AutoRestart(
            policy: RestartPolicy(
                backoff: configuration.backoff, maxRestarts: configuration.maxRestarts,
                resetAfter: configuration.restartResetAfter),
            stateFile: configuration.stateFile, health: health, classify: classify, describe: describe,
            clock: SuspendingClock(), wallClock: { WallTime.now().microseconds },
            onEvent: { event in
                switch event {
                case .bodyEnded: stop.bodyEnded()
                // Silence that the service asked for, or that an earlier process left to be waited out, is no loss.
                case .restartScheduled(_, .threw(.network(let asked?)), _, _, _): gateway?.noteAskedToWait(asked)
                case .ledgerResumed(_, let remaining): gateway?.noteAskedToWait(remaining)
                case .bodyStarted:
                    stop.bodyStarted()
                    guard watchdog.isCondemning else { break }
                    gateway?.beginAnew(at: .now())
                    watchdog.reprieve()
                default: break
                }
                tell(event)
            })
        stop.connect(autoRestart)
        gateway?.whenFirstReady { notifier?.ready("connected") }
        Self.latestLog.withLock { $0 = log }
        self.name = name
        self.version = version
        self.configuration = configuration
        self.log = log
        self.health = health
        self.stop = stop
        self.autoRestart = autoRestart
        self.notifier = notifier
        self.onEvent = tell
        self.watchdog = watchdog
        server = HealthServer(
            name: name, version: version, health: health, configuration: configuration,
            limits: ConnectionState.Limits(), onRestart: { stop.restart() },
            isCondemned: { watchdog.isCondemning }, onEvent: tell)
    }

    /// The health server's port; nil while the bot does not run.
    public var port: Int? { server.port }

    /// Registers a check that runs on its own schedule; see ``HealthMonitor/check(_:critical:every:timeout:_:)``.
    public func check(
        _ name: String, critical: Bool = false, every interval: Duration = .seconds(30),
        timeout: Duration = .seconds(5), _ operation: @escaping @Sendable () async throws -> Void
    ) {
        health.check(name, critical: critical, every: interval, timeout: timeout, operation)
    }

    /// Runs the bot: starts the server, runs the body, runs it again when it ends too early, and returns once it was
    /// stopped by a signal, by ``shutDown()`` or by the cancellation of its task.
    ///
    /// - Parameter body: the bot's work. It should end soon after its task is cancelled.
    /// - Throws: ``KeepAliveError``, whose `exitCode` is the process's: gave up, critical, no free port. Let ``main(_:)``
    ///   turn it into the exit code: Swift itself makes an error that leaves `main` look like a crash.
    public func run(_ body: @escaping @Sendable (HealthMonitor) async throws -> Void) async throws(KeepAliveError) {
        onEvent(.starting(name: name, version: version, environment: configuration.environment))
        try Self.prepareProcess()
        CrashSignals.install()
        let port = try server.start()
        if let mailbox = ProcessGuard.shared.mailbox {
            stop.connect(mailbox)
            ProcessGuard.shared.onSignal { [self] signal in
                // Before anything that may wait: this is the thread that keeps the deadline.
                guard beginStop() else { return }
                ProcessGuard.shared.run("keepalive-stop") { [stop] in stop.proceed(by: SignalRelay.name(signal)) }
            }
            SignalRelay.connect(
                to: mailbox.writeEnd, endsAtSecond: true, json: writesLog && configuration.logFormat == .json)
        }
        if let mailbox = server.mailbox {
            notifier?.keepWatchdogFed(by: mailbox) { [watchdog] in !watchdog.wouldCondemn(at: .now()) }
        }
        notifier?.announce(port: port, host: configuration.host)
        try watchdog.start()
        health.startChecks()
        defer { health.stopChecks() }
        let health = self.health
        do throws(KeepAliveError) {
            try await autoRestart.run { try await body(health) }
        } catch {
            await end(error.exitCode)
            throw error
        }
        await end(0)
        onEvent(.stopped)
    }

    private func end(_ code: Int32) async {
        watchdog.stop()
        ProcessGuard.shared.forgetSignals()
        if Self.endsProcess.load(ordering: .relaxed) {
            SignalRelay.disconnect(endingWith: code)
            stop.disconnect(endingWith: code)
        } else {
            // The program goes on, and a signal does to it what it would do without the kit.
            SignalRelay.release(SignalRelay.bot)
            stop.disconnect(endingWith: nil)
        }
        await server.stop()
    }

    /// What a process needs before its bot runs: descriptors, the threads that end it whatever happens, and its signals.
    private static func prepareProcess() throws(KeepAliveError) {
        DescriptorLimit.raise()
        do throws(Errno) {
            try DescriptorLimit.require(leastDescriptors)
        } catch {
            throw .system(
                "fewer than \(leastDescriptors) file descriptors are free (\(error.message)); raise the limit: "
                    + "ulimit -n, LimitNOFILE=")
        }
        do throws(Errno) {
            try ProcessGuard.shared.start()
        } catch {
            throw .system("\(error) (for the thread that takes signals); raise the limit: ulimit -u, TasksMax=")
        }
        SignalRelay.install(SignalRelay.bot)
    }

    /// For the guard's, the server's and the watchdog's pipes, the listening socket and what Swift opens for its tasks.
    private static let leastDescriptors = 8

    /// Cancels the body and starts it again at once, as `POST /restart` does. From any thread; does not wait.
    ///
    /// - Returns: false when the bot is stopping already.
    @discardableResult
    public func restart() -> Bool {
        stop.restart()
    }

    /// Stops the bot as SIGTERM does; `run` returns. From any thread; does not wait.
    public func shutDown() {
        if beginStop() { stop.proceed(by: "shutdown requested") }
    }

    private func beginStop() -> Bool {
        // Silence is what was asked for now, and the code is 0 however long the body takes.
        watchdog.stop()
        return stop.begin(health)
    }

    /// Runs a program and ends the process with the code its error asks for, after one line that says why.
    ///
    /// ```swift
    /// await KeepAlive.main { try await KeepAlive(name: "My Bot", version: "1.0").run { health in … } }
    /// ```
    ///
    /// Exit codes (sysexits.h): 0 stopped as asked, 70 gave up, 71 the system is short of something for now, 75 start me
    /// again, 78 starting again will not help. SIGTERM, SIGINT and SIGHUP end the process with 0 from the first moment on,
    /// and within the shutdown timeout, or 1.5 s after the bot has ended, whatever the program does then.
    ///
    /// The line goes to the log of the `KeepAlive` that the program made, else to standard error.
    public static func main(_ program: () async throws -> Void) async -> Never {
        endsProcess.store(true, ordering: .relaxed)
        ProgramStart.prepare()
        do {
            try prepareProcess()
            try await program()
            endProcess(0)
        } catch {
            var settings = Settings(environment: Settings.processEnvironment)
            let log = latestLog.withLock { $0 } ?? (try? Configuration(reading: &settings).makeLog()) ?? .none
            log(.error, "\(error)")
            endProcess((error as? KeepAliveError)?.exitCode ?? 70)
        }
    }

    /// The log of the object made last: it knows the format, the file and the secrets.
    private static let latestLog = Mutex<Log?>(nil)

    /// Whether ``main(_:)`` runs the program, so that the process ends when it does.
    private static let endsProcess = Atomic<Bool>(false)
}
