import KeepAlivePlatform
import Synchronization

/// Runs a bot's body, and runs it again when it throws or returns early.
///
/// Duties: it classifies each error, waits by the backoff of its ``RestartPolicy``, keeps the ledger of restarts in a file
/// if it is given one, and ends at once when it is told to, also during a wait.
///
/// Guarantees: attempt N+1 never starts before attempt N has returned, since two long polls on one token would fight each
/// other. So a body that ignores cancellation holds up its own restart; ``KeepAlive`` ends such a process.
///
/// One `run` at a time; `restart` and `stop` may be called from any thread, and neither waits.
public final class AutoRestart: Sendable {
    private enum Command {
        case restart, stop
    }

    private struct State {
        var policy: RestartPolicy
        var command: Command?
        var cancelCurrent: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>
    private let ledger: LedgerKeeper?
    private let health: HealthMonitor?
    private let clock: any Clock<Duration>
    private let rule: (@Sendable (any Error) -> ErrorClass?)?
    private let describe: @Sendable (any Error) -> String
    private let onEvent: @Sendable (KeepAliveEvent) -> Void

    /// Makes a restart loop.
    ///
    /// - Parameters:
    ///   - policy: delays, limit and reset.
    ///   - stateFile: where the ledger is kept, so that the next process continues the sequence; nil keeps it in memory.
    ///   - health: told what the body is doing, and asked whether the bot is well before a sequence of failures is forgotten.
    ///   - classify: the embedder's rule; where it answers nil, the error itself is asked (``ClassifiedError``).
    ///   - onEvent: told of everything that happens; called on the loop's task, so it should return soon.
    public convenience init(
        policy: RestartPolicy = RestartPolicy(), stateFile: String? = nil, health: HealthMonitor? = nil,
        classify: (@Sendable (any Error) -> ErrorClass?)? = nil,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in }
    ) {
        self.init(
            policy: policy, stateFile: stateFile, health: health, classify: classify, describe: { "\($0)" },
            clock: SuspendingClock(), wallClock: { WallTime.now().microseconds }, onEvent: onEvent)
    }

    package init(
        policy: RestartPolicy, stateFile: String?, health: HealthMonitor?,
        classify: (@Sendable (any Error) -> ErrorClass?)?, describe: @escaping @Sendable (any Error) -> String,
        clock: any Clock<Duration>, wallClock: @escaping @Sendable () -> Int64,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void
    ) {
        state = Mutex(State(policy: policy))
        ledger = stateFile.map { LedgerKeeper(path: $0, wallClock: wallClock) }
        self.health = health
        self.clock = clock
        rule = classify
        self.describe = describe
        self.onEvent = onEvent
    }

    /// Cancels the body, or the wait for its next start, and starts it at once, without using up an attempt.
    ///
    /// - Returns: false when the loop is stopping already.
    @discardableResult
    public func restart() -> Bool {
        give(.restart)
    }

    /// Cancels the body, or the wait for its next start, and lets `run` return.
    public func stop() {
        give(.stop)
    }

    /// Runs the body until it is stopped.
    ///
    /// - Throws: ``KeepAliveError/gaveUp(failures:reason:)``, ``KeepAliveError/critical(reason:)`` or
    ///   ``KeepAliveError/system(_:)``.
    public func run(_ body: @escaping @Sendable () async throws -> Void) async throws(KeepAliveError) {
        let result: Result<Void, KeepAliveError> = await withTaskCancellationHandler {
            do throws(KeepAliveError) {
                return .success(try await loop(body))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            stop()
        }
        try result.get()
    }

    private func loop(_ body: @escaping @Sendable () async throws -> Void) async throws(KeepAliveError) {
        if let wait = resumeLedger() {
            health?.body = .backingOff(reason: "waiting out what is left of the restart delay")
            if await sleep(wait) == .stop { return finish() }
        }
        var attempt = 1
        while true {
            if state.withLock({ $0.command == .stop }) { return finish() }
            health?.body = .running
            onEvent(.bodyStarted(attempt: attempt))
            let elapsed = clock.stopwatch
            let (result, command) = await runOnce(body)
            onEvent(.bodyEnded)
            switch command {
            case .stop:
                return finish()
            case .restart:
                health?.body = .restarting
            case nil:
                let action = decide(result, ran: elapsed())
                guard case .restart(let delay, _) = action else { throw fail(action) }
                if await sleep(delay) == .stop { return finish() }
            }
            health?.recordRestart()
            attempt += 1
        }
    }

    // MARK: One run

    private func runOnce(_ body: @escaping @Sendable () async throws -> Void) async -> (
        Result<Void, any Error>, Command?
    ) {
        let task = Task { try await body() }
        let watch = Task { await forgetFailuresOnceHealthy() }
        let command = attach(task)
        let result = await task.result
        watch.cancel()
        // Else it could still forget the failure that is about to be counted.
        await watch.value
        return (result, detach() ?? command)
    }

    private enum Decision {
        case restart(after: Duration, reason: String)
        case giveUp(failures: Int, reason: String)
        case critical(reason: String)
        case system(reason: String)
    }

    private func decide(_ result: Result<Void, any Error>, ran: Duration) -> Decision {
        let outcome: RestartPolicy.Outcome
        let reason: String
        switch result {
        case .success:
            outcome = .returned
            reason = "it returned although nobody had asked it to stop"
        case .failure(let error):
            outcome = .threw(ErrorClass.of(error, rule: rule))
            reason = describe(error).cut()
        }
        if isHealthy { forgetFailures(healthyFor: ran) }
        var random = SystemRandomNumberGenerator()
        let (action, policy) = state.withLock { state in
            (state.policy.ended(outcome, using: &random), state.policy)
        }
        switch action {
        case .restart(let delay):
            // Before anything that may take its time: nobody is to read of a body that runs when it has ended.
            health?.body = .backingOff(reason: "\(reason); next start after a delay of \(delay.inWords)")
            ledger?.save(policy.record, delay: delay, tell: onEvent)
            onEvent(
                .restartScheduled(
                    after: delay, outcome: outcome, failures: policy.record.failures, limit: policy.maxRestarts,
                    reason: reason))
            return .restart(after: delay, reason: reason)
        case .giveUp(let failures):
            // The next process continues here: it waits first, and one more failure ends it.
            ledger?.save(policy.record, delay: policy.latestDelay, tell: onEvent)
            return .giveUp(failures: failures, reason: reason)
        case .stop:
            return outcome == .threw(.system) ? .system(reason: reason) : .critical(reason: reason)
        }
    }

    private func fail(_ decision: Decision) -> KeepAliveError {
        let error: KeepAliveError
        switch decision {
        case .giveUp(let failures, let reason): error = .gaveUp(failures: failures, reason: reason)
        case .critical(let reason), .restart(_, let reason): error = .critical(reason: reason)
        case .system(let reason): error = .system(reason)
        }
        health?.body = .failed(reason: error.description)
        return error
    }

    private func finish() {
        health?.body = .stopped
    }

    // MARK: Health

    private var isHealthy: Bool {
        health.map { $0.report(at: .now(), responseTimes: nil).status != .unhealthy } ?? true
    }

    /// Once the body has run for the reset time and is well, its failures are forgotten, on the disk too: the launcher
    /// reads the same file.
    private func forgetFailuresOnceHealthy() async {
        let limit = state.withLock { $0.policy.resetAfter }
        while !Task.isCancelled {
            do { try await clock.sleep(for: max(limit, .milliseconds(10))) } catch { return }
            if isHealthy {
                forgetFailures(healthyFor: limit)
                return
            }
        }
    }

    private func forgetFailures(healthyFor duration: Duration) {
        guard state.withLock({ $0.policy.wasHealthy(for: duration) }) else { return }
        onEvent(.failuresForgotten(healthyFor: duration))
        ledger?.clear(tell: onEvent)
    }

    /// Continues the sequence of an earlier process; returns what is left of its delay.
    private func resumeLedger() -> Duration? {
        let limit = state.withLock { $0.policy.resetAfter }
        guard let ledger, let earlier = ledger.resume(resetAfter: limit, tell: onEvent) else { return nil }
        state.withLock { $0.policy.resume(earlier.record) }
        let left = ledger.remaining(of: earlier)
        return left > .zero ? left : nil
    }

    // MARK: Commands

    @discardableResult
    private func give(_ command: Command) -> Bool {
        let (accepted, cancel) = state.withLock { state in
            if state.command == .stop { return (command == .stop, (@Sendable () -> Void)?.none) }
            state.command = command
            return (true, state.cancelCurrent)
        }
        cancel?()
        return accepted
    }

    /// Lets a command cancel the task from now on; returns the command that came before it could.
    private func attach<Success: Sendable>(_ task: Task<Success, any Error>) -> Command? {
        // Cancelling runs the body's own cancellation handlers on the thread that cancels, and those may block. The
        // caller may be the thread that answers /health, so that they get a thread of their own.
        let cancel: @Sendable () -> Void = {
            if !ProcessGuard.shared.run("keepalive-cancel", { task.cancel() }) { Task.detached { task.cancel() } }
        }
        let command = state.withLock { state in
            state.cancelCurrent = cancel
            return state.command
        }
        if command != nil { cancel() }
        return command
    }

    private func detach() -> Command? {
        state.withLock { state in
            state.cancelCurrent = nil
            defer { if state.command == .restart { state.command = nil } }
            return state.command
        }
    }

    /// Waits; returns the command that ended the wait, nil when the time was up.
    private func sleep(_ duration: Duration) async -> Command? {
        let clock = self.clock
        // A clock adds the time it has, and traps where that no longer fits into Int64 seconds; 30 years are for ever.
        let duration = min(duration, .seconds(1_000_000_000))
        let task = Task { try await clock.sleep(for: duration) }
        let command = attach(task)
        _ = await task.result
        return detach() ?? command
    }
}

extension Clock<Swift.Duration> {
    /// How much time has passed since this was taken.
    fileprivate var stopwatch: @Sendable () -> Swift.Duration {
        let start = now
        return { start.duration(to: now) }
    }
}
