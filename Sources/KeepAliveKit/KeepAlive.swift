import KeepAlivePlatform
import Synchronization

/// Keeps a bot alive and reports its health: the one object that most bots need.
///
/// ```swift
/// let keepAlive = try KeepAlive(name: "Casino Bot", version: "2.0.1", configuration: .fromEnvironment())
/// keepAlive.check("database", critical: true, every: .seconds(15)) { try await ledger.ping() }
/// try await keepAlive.run { health in
///     for try await update in bot.updates(onIdle: health.heartbeat) {
///         try await health.attempt { try await bot.reply(to: update) }
///     }
/// }
/// ```
///
/// Duties: it serves `/health` and its neighbours, catches SIGTERM, SIGINT and SIGHUP, runs the bot's body and restarts
/// it. A SIGINT or SIGHUP that was ignored at the start, as nohup(1) does, stays ignored.
///
/// Guarantees: after one of these signals the process ends within the shutdown timeout. This holds even when the body
/// ignores its cancellation, the log or `onEvent` hang, every thread is blocked, or the system has no thread left. A
/// second SIGTERM or SIGINT ends the process at once.
///
/// Limits: while the bot runs, it owns these signals and may end the process. So only one instance may run at a time.
/// Inside a bigger program, leave both to the program: ``Configuration/signals``. Do so too if the program handles a
/// signal by a `DispatchSource` or swift-service-lifecycle's `ServiceGroup`: those take it from the kit.
public final class KeepAlive: Sendable {
    /// Counts the bot's work; the body receives it as its argument.
    public let health: HealthMonitor
    /// The log of the kit's lines.
    public let log: Log
    /// The launcher's lease on this bot's work; always held if the launcher uses none.
    public let lease: Lease

    private let name: String
    private let version: String
    private let configuration: Configuration
    private let server: HealthServer
    private let rules: Lifecycle.Rules
    private let parts: BotRun.Parts
    private let thresholds: WatchdogThresholds
    private let canary: ExecutorCanary
    private let slot = RunSlot()
    /// Whether the kit writes the log itself, to standard error.
    private let writesLog: Bool

    /// Makes a bot and starts nothing, except for the thread that ends the process when its ``lease`` runs out.
    ///
    /// - Parameters:
    ///   - name: the bot's name in pages, in reports and for `health-check --bot`.
    ///   - version: the bot's version.
    ///   - configuration: ports, limits and times.
    ///   - log: where lines go; nil is standard error, and the file of `LOG_FILE`.
    ///   - secrets: texts to hide in every line and in the errors of `/health`, besides the secret variables that the
    ///     configuration was read with.
    ///   - gateway: the heartbeat of the bot's connection. Readiness follows it, and the watchdog watches it.
    ///   - classify: maps an error to its restart class. If nil, the error classifies itself (``ClassifiedError``); an
    ///     error without a class is a failure.
    ///   - onEvent: receives every event after the log, on a separate thread with a stack of 512 KiB; it delays neither
    ///     the bot nor its end.
    /// - Throws: ``KeepAliveError/configuration(_:)`` when the configuration has an impossible value, the log file
    ///   cannot be opened, or the launcher's lease cannot be used.
    public init(
        name: String, version: String, configuration: Configuration = Configuration(), log: Log? = nil,
        secrets: [String] = [], gateway: GatewayHeartbeat? = nil,
        classify: (@Sendable (any Error) -> ErrorClass?)? = nil,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in }
    ) throws(KeepAliveError) {
        try configuration.check()
        let hidden = secrets + configuration.hidden
        let base: Log
        do throws(KeepAliveError) {
            base = if let log { log } else { try configuration.makeLog() }
        } catch {
            throw error.hiding(hidden)
        }
        writesLog = log == nil
        lease = try Lease.ofProcess()
        try LeaseGuard.start(lease, json: log == nil && configuration.logFormat == .json)
        let log = base.hiding(hidden)
        let describe: @Sendable (any Error) -> String = { log.redact("\($0)") }
        let events = EventQueue(log: log, onEvent: onEvent)
        var notifier: ServiceNotifier?
        do {
            notifier = try ServiceNotifier()
        } catch {
            events.post(.line(.warning, ServiceNotifier.words(for: error)))
        }
        if let words = ServiceNotifier.watchdogTrouble() { events.post(.line(.warning, words)) }
        var thresholds = configuration.watchdogThresholds
        if let patience = notifier?.watchdogTimeout {
            // A bot that will be given up gets no `WATCHDOG=1`: log why before the manager ends it.
            thresholds.interval = min(thresholds.interval, patience / 3)
        }
        canary = ExecutorCanary()
        health = HealthMonitor(
            HealthPolicy(unhealthyAfter: configuration.unhealthyAfter, stall: StallPolicy(thresholds: thresholds)),
            gateway: gateway, executor: .init(canary: canary, limit: thresholds.executorStall), body: .starting,
            classify: classify, lease: lease, tell: events.post, describe: describe)
        rules = Lifecycle.Rules(
            policy: RestartPolicy(
                backoff: configuration.backoff, maxRestarts: configuration.maxRestarts,
                resetAfter: configuration.restartResetAfter),
            timeout: configuration.shutdownTimeout, isReadyWithBody: gateway == nil,
            restartsCondemned: configuration.condemnation == .restartBody,
            ownsProcess: configuration.signals == .handled)
        parts = BotRun.Parts(
            events: events, health: health, gateways: health.gateways, notifier: notifier,
            ledger: configuration.stateFile.map { LedgerKeeper(path: $0) }, classify: classify, describe: describe)
        Self.latestEvents.withLock { $0 = events }
        self.name = name
        self.version = version
        self.configuration = configuration
        self.thresholds = thresholds
        self.log = log
        server = HealthServer(
            name: name, version: version, health: health, configuration: configuration,
            limits: ConnectionLimits(), onRestart: { [slot] in slot.restart() },
            isCondemned: { [slot] in slot.run?.isCondemned ?? false }, onEvent: events.post)
    }

    /// The health server's port; nil while the bot does not run.
    public var port: Int? { server.port }

    /// The text of `GET /metrics` (Prometheus exposition format 0.0.4), for programs that publish metrics elsewhere.
    /// Callable from any thread; it reads a few files of /proc and never blocks.
    public func metrics() -> String {
        var text = MetricsText(.prometheus)
        var report = health.report()
        report.memory = ProcessMemory()
        report.appendMetrics(name: name, version: version, times: health.latencies, to: &text)
        ProcessMetrics()?.append(to: &text)
        return String(decoding: text.finish(), as: UTF8.self)
    }

    /// Registers a check that runs on its own schedule, once and before `run`; see
    /// ``HealthMonitor/check(_:critical:every:timeout:_:)``.
    public func check(
        _ name: String, critical: Bool = false, every interval: Duration = .seconds(30),
        timeout: Duration = .seconds(5), _ operation: @escaping @Sendable () async throws -> Void
    ) {
        health.check(name, critical: critical, every: interval, timeout: timeout, operation)
    }

    /// The heartbeat of one of several connections, such as a shard; see ``HealthMonitor/gateway(_:onStall:)``.
    @discardableResult
    public func gateway(_ name: String, onStall: (@Sendable (GatewaySnapshot) -> Void)? = nil) -> GatewayHeartbeat {
        health.gateway(name, onStall: onStall)
    }

    /// Runs the bot: starts the server, runs the body and restarts it when it ends too early. It returns once the bot
    /// is stopped by a signal, by ``shutDown()`` or by cancellation of its task; all three stop it alike.
    ///
    /// After it returns or throws, it may be called again: nothing is left of the run, and signals act as before.
    ///
    /// - Parameter body: the bot's work. It should end soon after its task is cancelled.
    /// - Throws: ``KeepAliveError``, with the `exitCode` for the process: gave up, critical, no free port. With
    ///   ``SignalHandling/leftToTheProgram`` also: given up by the watchdog, or not stopped in time. Let
    ///   ``main(isolation:_:)`` turn it into the exit code: an error that leaves Swift's `main` looks like a crash.
    public func run(_ body: @escaping @Sendable (HealthMonitor) async throws -> Void) async throws(KeepAliveError) {
        try await run(until: nil, body)
    }

    /// - Parameter until: stops the bot when it returns.
    func run(
        until: (@Sendable () async throws -> Void)?, _ body: @escaping @Sendable (HealthMonitor) async throws -> Void
    ) async throws(KeepAliveError) {
        var (rules, parts) = (rules, parts)
        rules.endsProcess = rules.ownsProcess && Self.endsProcess.load(ordering: .relaxed)
        parts.watchdog = WatchdogLook(
            gateways: health.gateways, thresholds: thresholds, canary: canary, pauses: health.pauses, at: .now())
        let run = BotRun(rules, parts)
        try slot.enter(run)
        run.takeGateways()
        // A separate task: if it ignores its cancellation, it delays no end.
        let shutdown = until.map { until in
            Task {
                _ = try? await until()
                run.post(.stop(by: "the program shuts down"))
            }
        }
        defer { shutdown?.cancel() }
        var failure: KeepAliveError?
        do throws(KeepAliveError) {
            try start(run)
            let health = self.health
            health.startChecks()
            failure = await run.run { try await body(health) }
            health.stopChecks()
            await server.stop()
            if failure == nil { parts.events.post(.stopped) }
        } catch {
            failure = error
            // It did not come so far as to do this itself.
            if rules.endsProcess { SignalRelay.disconnect(endingWith: error.exitCode) }
        }
        await run.end()
        // Not before: a second signal while the log is waited for ends the process with the run's code.
        if rules.ownsProcess, !rules.endsProcess { BotRun.releaseSignals() }
        slot.leave(hasStopped: failure == nil)
        if let failure { throw failure }
    }

    private func start(_ run: BotRun) throws(KeepAliveError) {
        health.body = .starting
        parts.events.post(.starting(name: name, version: version, environment: configuration.environment))
        try Self.prepareProcess(takesSignals: rules.ownsProcess)
        if rules.ownsProcess { CrashSignals.install() }
        // `main` took them before it could know.
        if !rules.ownsProcess, Self.endsProcess.load(ordering: .relaxed) { BotRun.releaseSignals() }
        let port = try server.start()
        ProcessGuard.shared.attach(run, takesSignals: rules.ownsProcess)
        if rules.ownsProcess {
            SignalRelay.connect(
                to: ProcessGuard.shared.signalPipe, endsAtSecond: true,
                json: writesLog && configuration.logFormat == .json)
        }
        parts.notifier?.announce(port: port, host: configuration.host)
        parts.events.post(.watchdogStarted(thresholds))
    }

    /// Prepares the process for its bot: descriptors, the threads that end it in any case, and its signals.
    static func prepareProcess(takesSignals: Bool = true) throws(KeepAliveError) {
        DescriptorLimit.raise()
        do throws(Errno) {
            try DescriptorLimit.require(leastDescriptors)
        } catch {
            throw .system(
                "fewer than \(leastDescriptors) file descriptors are free (\(error.message)); raise the limit: "
                    + "ulimit -n, LimitNOFILE=")
        }
        try ProcessGuard.shared.startOrSay()
        if takesSignals { SignalRelay.install(SignalRelay.bot) }
    }

    /// For the pipes of guard and server, the listening socket, its poller and what Swift opens for its tasks.
    private static let leastDescriptors = 9

    /// Cancels the body and restarts it at once, as `POST /restart` does. From any thread; does not wait.
    ///
    /// - Returns: false when the bot does not run, or is already stopping.
    @discardableResult
    public func restart() -> Bool { slot.restart() }

    /// Stops the bot as SIGTERM does; `run` returns. From any thread; does not wait. Twice is once. Before `run`, and after one
    /// that threw, it is remembered, and the next `run` returns at once. After one that returned it does nothing.
    public func shutDown() { slot.stop(by: "shutdown requested") }
}
