import KeepAlivePlatform
import Synchronization

/// The async half of a run: executes the orders of the ``Lifecycle`` in sequence, on the task that called `run`.
///
/// Orders and cancellations come from the guard's thread, which must not wait. Resuming a task may wait for a thread,
/// and cancelling a task runs the body's own handlers. So both run on separate threads.
final class BodyLoop: Sendable {
    private struct State {
        var orders: [Lifecycle.Order] = []
        var waiter: CheckedContinuation<Void, Never>?
        /// How many pieces of work (a wait, or the body) were ordered and begun, and the last cancelled one.
        var ordered = 0
        var begun = 0
        var cancelled = 0
        var cancelWork: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    // MARK: From the guard's thread

    func give(_ order: Lifecycle.Order) {
        let waiter = state.withLock { state in
            state.orders.append(order)
            if order.isWork { state.ordered += 1 }
            defer { state.waiter = nil }
            return state.waiter
        }
        if let waiter { ProcessGuard.shared.run("keepalive-order") { waiter.resume() } }
    }

    /// Cancels the work that was ordered last, even if it has not begun yet.
    func cancel() {
        let cancel = state.withLock { state in
            state.cancelled = state.ordered
            return state.begun == state.ordered ? state.cancelWork : nil
        }
        if let cancel { ProcessGuard.shared.run("keepalive-cancel", cancel) }
    }

    // MARK: On the task

    /// Runs the body as the lifecycle orders, until the run is over.
    ///
    /// - Returns: why the run failed; nil when it was stopped as asked.
    func run(_ run: BotRun, _ body: @escaping @Sendable () async throws -> Void) async -> KeepAliveError? {
        let tell: @Sendable (KeepAliveEvent) -> Void = { run.parts.events.post($0) }
        let ledger = run.parts.ledger
        let earlier = ledger?.resume(resetAfter: run.rules.policy.resetAfter, tell: tell)
        run.post(.began(left: earlier.flatMap { ledger?.remaining(of: $0) } ?? .zero, failures: earlier?.record))
        while true {
            switch await next() {
            case .wait(let duration):
                let clock = run.parts.clock
                begin(Task { try await clock.sleep(clamping: duration) }) { _ in run.post(.waited) }
            case .run:
                let elapsed = Self.stopwatch(run.parts.clock)
                let watch = Task { await Self.watchHealth(of: run) }
                begin(Task { try await body() }) { result in
                    watch.cancel()
                    // Otherwise it could still forget the failure that is about to be counted.
                    await watch.value
                    run.bodyEnded(result, ran: elapsed())
                }
            case .save(let record, let delay, let event):
                ledger?.save(record, delay: delay, tell: tell)
                if let event { tell(event) }
            case .forget:
                ledger?.clear(tell: tell)
            case .finish(let error):
                return error
            }
        }
    }

    private func next() async -> Lifecycle.Order {
        while true {
            let order = state.withLock { $0.orders.isEmpty ? nil : $0.orders.removeFirst() }
            if let order { return order }
            await withCheckedContinuation { continuation in
                let isLate = state.withLock { state in
                    if state.orders.isEmpty { state.waiter = continuation }
                    return !state.orders.isEmpty
                }
                if isLate { continuation.resume() }
            }
        }
    }

    private func begin(
        _ task: Task<Void, any Error>, _ ended: @escaping @Sendable (Result<Void, any Error>) async -> Void
    ) {
        let isCancelled = state.withLock { state in
            state.begun += 1
            state.cancelWork = { task.cancel() }
            return state.cancelled >= state.begun
        }
        if isCancelled { ProcessGuard.shared.run("keepalive-cancel") { task.cancel() } }
        Task { await ended(await task.result) }
    }

    /// Once the body has run healthy for the reset time, its failures are forgotten, also on disk for the launcher.
    private static func watchHealth(of run: BotRun) async {
        let limit = run.rules.policy.resetAfter
        while !Task.isCancelled {
            do { try await run.parts.clock.sleep(clamping: max(limit, .milliseconds(10))) } catch { return }
            if run.isHealthy { return run.post(.ranWell(limit)) }
        }
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}

extension BotRun {
    /// Whether the bot is healthy, so that after enough time its failures are forgotten.
    fileprivate var isHealthy: Bool {
        parts.health.map { $0.report(at: .now(), responseTimes: nil).status != .unhealthy } ?? true
    }

    fileprivate func bodyEnded(_ result: Result<Void, any Error>, ran: Duration) {
        // Asked before the body is shown as ended, which is unhealthy.
        let isHealthy = isHealthy
        post(.bodyLeft)
        let outcome: RestartPolicy.Outcome
        let reason: String
        switch result {
        case .success:
            (outcome, reason) = (.returned, "it returned without a stop request")
        case .failure(let error):
            (outcome, reason) = (.threw(.of(error, rule: parts.classify)), parts.describe(error).cut())
        }
        post(.bodyEnded(outcome, reason: reason, ran: ran, isHealthy: isHealthy))
    }
}

extension Lifecycle.Order {
    fileprivate var isWork: Bool {
        switch self {
        case .wait, .run: true
        case .save, .forget, .finish: false
        }
    }
}
