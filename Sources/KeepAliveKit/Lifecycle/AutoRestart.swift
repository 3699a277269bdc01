import KeepAlivePlatform

/// Runs a bot's body, and restarts it when it throws or returns early.
///
/// Duties: it classifies each error, waits by the backoff of its ``RestartPolicy``, and keeps the ledger of restarts in
/// a file if it has one. A stop ends it at once, also during a wait.
///
/// Guarantees: attempt N+1 never starts before attempt N has returned, because two long polls on one token would fight.
/// So a body that ignores cancellation delays its own restart; ``KeepAlive`` ends such a process.
///
/// One `run` at a time; `restart` and `stop` may be called from any thread and never wait.
public final class AutoRestart: Sendable {
    private let slot = RunSlot()
    private let rules: Lifecycle.Rules
    private let parts: BotRun.Parts

    /// Makes a restart loop.
    ///
    /// - Parameters:
    ///   - policy: delays, limit and reset.
    ///   - stateFile: the file of the ledger, so that the next process continues the sequence; nil keeps it in memory.
    ///   - health: receives the body's state, and confirms that the bot is healthy before failures are forgotten.
    ///   - classify: the embedder's rule; if it returns nil, the error classifies itself (``ClassifiedError``).
    ///   - onEvent: receives every event, on a separate thread.
    public convenience init(
        policy: RestartPolicy = RestartPolicy(), stateFile: String? = nil, health: HealthMonitor? = nil,
        classify: (@Sendable (any Error) -> ErrorClass?)? = nil,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in }
    ) {
        self.init(
            policy: policy, stateFile: stateFile, health: health, classify: classify, clock: SuspendingClock(),
            wallClock: { WallTime.now().microseconds }, onEvent: onEvent)
    }

    init(
        policy: RestartPolicy, stateFile: String?, health: HealthMonitor?,
        classify: (@Sendable (any Error) -> ErrorClass?)?, clock: any Clock<Duration>,
        wallClock: @escaping @Sendable () -> Int64, onEvent: @escaping @Sendable (KeepAliveEvent) -> Void
    ) {
        rules = Lifecycle.Rules(policy: policy, ownsProcess: false)
        parts = BotRun.Parts(
            events: EventQueue(onEvent: onEvent), health: health,
            ledger: stateFile.map { LedgerKeeper(path: $0, wallClock: wallClock) },
            clock: clock, classify: classify)
    }

    /// Cancels the body, or the wait for its restart, and restarts it at once; this does not count toward the limit.
    ///
    /// - Returns: false when the loop is already stopping, or does not run.
    @discardableResult
    public func restart() -> Bool { slot.restart() }

    /// Cancels the body, or the wait for its restart, and lets `run` return. Before `run`, `run` returns at once.
    public func stop() { slot.stop(by: "stop") }

    /// Runs the body until it is stopped.
    ///
    /// - Throws: ``KeepAliveError`` of the kind ``KeepAliveError/Kind/gaveUp``, ``KeepAliveError/Kind/critical`` or
    ///   ``KeepAliveError/Kind/system``.
    public func run(_ body: @escaping @Sendable () async throws -> Void) async throws(KeepAliveError) {
        try ProcessGuard.shared.startOrSay()
        let run = BotRun(rules, parts)
        try slot.enter(run)
        ProcessGuard.shared.attach(run, takesSignals: false)
        let error = await run.run(body)
        await run.end()
        slot.leave(hasStopped: error == nil)
        if let error { throw error }
    }
}
