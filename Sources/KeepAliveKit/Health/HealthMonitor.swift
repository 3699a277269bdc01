package import KeepAlivePlatform
import Synchronization

/// Counts what a bot does and reports its health.
///
/// Duties: it counts updates, errors and heartbeats, measures response times, and runs the registered checks on their
/// own schedules. Recording works from any thread, takes no lock, allocates nothing, never waits and never hops an
/// executor. It costs about 10 ns, or 30 ns with a response time.
///
/// Guarantees: ages come from a monotonic clock, so a change of the wall clock moves none of them.
///
/// Limits: it takes no action. ``KeepAlive`` serves its report and restarts the bot.
public final class HealthMonitor: Sendable {
    private let started = MonotonicTime.now()
    private let counters = UpdateCounters()
    private let judge: Mutex<Judge>
    private let restarts = Atomic<UInt64>(0)
    private let executor: ExecutorWatch?
    private let lease: Lease
    private let describe: @Sendable (any Error) -> String
    private let classify: (@Sendable (any Error) -> ErrorClass?)?
    private let tell: @Sendable (KeepAliveEvent) -> Void
    private let failureLines = Mutex(LineBudget())
    private let lifecycle: Mutex<BodyState>
    private let troubles = Mutex<[String: Trouble]>([:])
    private let checks: CheckSchedule
    let gateways: GatewayRegistry
    let pauses: PauseWatch

    private struct Judge {
        var policy: HealthPolicy
        var track: StatusTrack
    }

    /// The canary that measures the executor, and the time after which it counts as stopped.
    struct ExecutorWatch {
        let canary: ExecutorCanary
        let limit: Duration
    }

    /// The bot's connection; nil when the monitor was made without one.
    public var gateway: GatewayHeartbeat? { gateways.main }

    /// Makes a monitor for a bot whose body already runs.
    ///
    /// - Parameters:
    ///   - unhealthyAfter: longer than this without an update or heartbeat, and the bot is unhealthy.
    ///   - gateway: the bot's connection; `/health` shows it, and readiness follows it.
    ///   - classify: maps an error to its class for ``attempt(isolation:_:)``. If nil, the error classifies itself
    ///     (``ClassifiedError``).
    ///   - onEvent: receives the monitor's events, such as failed updates, on a separate thread.
    public convenience init(
        unhealthyAfter: SilenceLimit = .seconds(300), gateway: GatewayHeartbeat? = nil,
        classify: (@Sendable (any Error) -> ErrorClass?)? = nil,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in }
    ) {
        self.init(
            HealthPolicy(unhealthyAfter: unhealthyAfter), gateway: gateway, body: .running, classify: classify,
            tell: EventQueue(onEvent: onEvent).post
        ) { "\($0)" }
    }

    init(
        _ policy: HealthPolicy = HealthPolicy(), gateway: GatewayHeartbeat? = nil, executor: ExecutorWatch? = nil,
        body: BodyState, classify: (@Sendable (any Error) -> ErrorClass?)? = nil, lease: Lease = .none,
        tell: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in },
        describe: @escaping @Sendable (any Error) -> String
    ) {
        gateways = GatewayRegistry(main: gateway)
        pauses = PauseWatch(gateways: gateways, canary: executor?.canary, grace: policy.stall.thresholds.interval)
        checks = CheckSchedule(pauses: pauses, describe: describe)
        self.executor = executor
        judge = Mutex(Judge(policy: policy, track: StatusTrack(body == .running ? .healthy : .unhealthy, at: started)))
        lifecycle = Mutex(body)
        self.classify = classify
        self.lease = lease
        self.tell = tell
        self.describe = describe
    }

    // MARK: Recording

    /// Records that one update was handled. From any thread, without locks.
    public func recordUpdate() {
        counters.addUpdate(at: .coarseNow())
    }

    /// Records that one update was handled, and its response time. From any thread, without locks.
    ///
    /// - Parameter duration: 1 µs to 19 hours; a negative one counts as zero.
    public func recordUpdate(took duration: Duration) {
        counters.addUpdate(at: .coarseNow(), took: MonotonicTime.nanoseconds(in: duration))
    }

    /// Records that an update could not be handled. From any thread, without locks.
    public func recordError() {
        counters.addError()
    }

    /// Records a sign of life without work, such as a long poll that the server answered with no messages. From any
    /// thread, without locks. Do not record a poll that failed or timed out: a deaf bot would look alive.
    public func heartbeat() {
        counters.addHeartbeat(at: .coarseNow())
    }

    /// Runs the handling of one update: counts it, times it, and counts the error it throws.
    ///
    /// A `CancellationError` does not count as an error: the bot is stopping.
    ///
    /// - Throws: what the operation throws.
    public func handling<Result>(
        isolation: isolated (any Actor)? = #isolation, _ operation: () async throws -> sending Result
    ) async rethrows -> sending Result {
        let start = MonotonicTime.now()
        do {
            let result = try await operation()
            recordHandled(since: start)
            return result
        } catch {
            recordHandled(since: start)
            if !(error is CancellationError) { recordError() }
            throw error
        }
    }

    /// Runs the handling of one update and continues when it fails: counts it, times it, counts and logs its error.
    ///
    /// One message that fails must not restart the bot. At most ten failures a minute are logged, as events of the kind
    /// ``KeepAliveEvent/Kind/updateFailed``.
    ///
    /// ```swift
    /// for message in messages { try await health.attempt { try await bot.reply(to: message) } }
    /// ```
    ///
    /// - Returns: the operation's result; nil when it failed.
    /// - Throws: only errors that must end the body: cancellation (a `CancellationError`, or any error in a cancelled
    ///   task), and the classes ``ErrorClass/network(retryAfter:)``, ``ErrorClass/critical`` or ``ErrorClass/system``.
    ///   The embedder's rule decides the class, then the error itself (``ClassifiedError``).
    @discardableResult
    public func attempt<Result>(
        isolation: isolated (any Actor)? = #isolation, _ operation: () async throws -> sending Result
    ) async throws -> sending Result? {
        do {
            return try await handling(isolation: isolation, operation)
        } catch {
            if error is CancellationError || Task.isCancelled { throw error }
            guard ErrorClass.of(error, rule: classify) == .failure else { throw error }
            if let omitted = failureLines.withLock({ $0.admit(at: .now()) }) {
                tell(.updateFailed(reason: describe(error).cut(), omitted: omitted))
            }
            return nil
        }
    }

    private func recordHandled(since start: MonotonicTime) {
        let now = MonotonicTime.now()
        counters.addUpdate(at: now, took: now.elapsed(since: start))
    }

    // MARK: Gateways

    /// The heartbeat of one of several connections, such as a shard; the first call makes it.
    ///
    /// `/health` shows it in `gateways`, `/metrics` by the label `gateway`. A stalled gateway makes the bot degraded.
    /// When ``KeepAlive`` runs the bot, its watchdog calls `onStall` once a stall. It gives up the bot if there is no
    /// callback, or if all named gateways are lost and still lost one check later.
    ///
    /// Register a shard before it connects: it then counts as stalled if it stays unconnected beyond the disconnect
    /// grace. From any thread.
    ///
    /// - Parameters:
    ///   - name: what `/health` calls it, such as `shard 2`. The same name gives the same heartbeat.
    ///   - onStall: restarts this connection alone; each call runs on a thread of its own, `keepalive-stall`, where it may wait.
    ///     Nil keeps an earlier callback of that name.
    @discardableResult
    public func gateway(_ name: String, onStall: (@Sendable (GatewaySnapshot) -> Void)? = nil) -> GatewayHeartbeat {
        gateways.heartbeat(name, onStall: onStall)
    }

    // MARK: Checks

    /// Registers a check that runs on its own schedule. `/health` serves its latest result and never runs the check.
    ///
    /// A run beyond the timeout is cancelled and counts as failed from that moment on.
    ///
    /// Register checks once, before `run`. A check stays registered: one that the body registers comes again, as
    /// `NAME-2` and so on, at each start of the body.
    ///
    /// - Parameters:
    ///   - name: its name in `/health`; a second check with an equal name becomes `NAME-2`.
    ///   - critical: whether its failure makes the bot unhealthy; otherwise degraded.
    ///   - interval: the pause after each run, at least 10 ms. A failed check that has not passed yet is due again sooner:
    ///     after 0.25 s, 0.5 s, 1 s and so on, because the bot may not listen yet.
    ///   - timeout: how long one run may take, at least 1 ms.
    ///   - operation: throws when the checked thing is not healthy; `/health` shows the error's description.
    public func check(
        _ name: String, critical: Bool = false, every interval: Duration = .seconds(30),
        timeout: Duration = .seconds(5), _ operation: @escaping @Sendable () async throws -> Void
    ) {
        checks.register(name, critical: critical, every: interval, timeout: timeout, operation)
    }

    /// Starts the schedules of the registered checks, and of checks registered later.
    ///
    /// ``KeepAlive`` does this; call it when you use the monitor alone. A second call has no effect. From any thread.
    public func startChecks() { checks.start() }

    /// Ends the schedules; the last results stay, and their age grows. From any thread.
    public func stopChecks() { checks.stop() }

    // MARK: Troubles

    /// Reports what keeps the process from its work (no descriptors, an unwritable file), or that it is over.
    ///
    /// From any thread.
    ///
    /// - Parameters:
    ///   - key: names the trouble; a later report with this key replaces the earlier report.
    ///   - sentence: shown among the reasons of `/health`; nil once the trouble is over.
    ///   - isCritical: whether it makes the process unhealthy; otherwise degraded.
    package func note(trouble key: String, _ sentence: String?, isCritical: Bool = false) {
        troubles.withLock { $0[key] = sentence.map { Trouble(sentence: $0.cut(), isCritical: isCritical) } }
    }

    /// Records that the thread which watches this process runs now, and will run again within the limit. If it comes
    /// later, the whole process was stopped, and silence counts only from the end of that pause on.
    package func noteLook(at now: MonotonicTime, next limit: Duration) {
        _ = pauses.lastResumed(at: now)
        pauses.expectCheck(by: now.advanced(by: limit))
    }

    /// Changes how long the process may go without update and heartbeat, as after a reload.
    package func expectUpdates(within limit: Duration) {
        judge.withLock { $0.policy.unhealthyAfter = .after(limit) }
    }

    // MARK: Reading

    /// The bot's health now. From any thread; it neither runs a check nor waits for a check.
    public func report() -> HealthReport {
        report(at: .now(), responseTimes: counters.latencies.summary)
    }

    /// The bot's health at a given moment, with response times summed up earlier (summing takes microseconds).
    func report(at now: MonotonicTime, responseTimes: ResponseTimes?) -> HealthReport {
        let totals = counters.totals
        // First: it may change what the gateways and the executor report.
        let resumed = pauses.lastResumed(at: now)
        let facts = HealthReport(
            uptime: now.since(started), lastUpdateAgo: now.since(totals.lastUpdate ?? started),
            lastHeartbeatAgo: totals.lastHeartbeat.map { now.since($0) }, totalUpdates: totals.updates,
            totalErrors: totals.errors, restarts: restarts.load(ordering: .relaxed), responseTimes: responseTimes,
            checks: checks.all.map { $0.result(at: now, resumed: resumed) },
            troubles: troubles.withLock { $0.sorted { $0.key < $1.key }.map(\.value) },
            body: lifecycle.withLock { $0 }, gateway: gateway?.snapshot(at: now),
            gateways: gateways.snapshots(at: now),
            executor: executor.map { $0.canary.state(at: now, limit: $0.limit) } ?? .responsive,
            lease: lease.report, sinceResumed: resumed.map { now.since($0) }, status: .healthy, reasons: [])
        return judge.withLock { judge in
            var report = judge.policy.judge(facts)
            (report.statusAge, report.statusSince) = judge.track.note(report.status, at: now, wall: .now())
            return report
        }
    }

    /// How often each response time was recorded so far.
    var latencies: LatencyHistogram.Counts { counters.latencies }

    /// The response times of all updates so far.
    var responseTimes: ResponseTimes? { counters.latencies.summary }

    // MARK: The body

    /// What the bot's body does now.
    var body: BodyState {
        get { lifecycle.withLock { $0 } }
        set {
            lifecycle.withLock { $0 = newValue }
            observe(at: .now())
        }
    }

    /// Records the status, so that `status_since` is right after a while without requests. It never waits.
    func observe(at now: MonotonicTime) { _ = report(at: now, responseTimes: nil) }

    /// Counts a restart of the body.
    func recordRestart() {
        restarts.wrappingAdd(1, ordering: .relaxed)
    }
}
