import Synchronization

/// Routes a command to the current run, or to the first run if none has begun.
final class RunSlot: Sendable {
    private struct State {
        var run: BotRun?
        /// A stop that came before the run.
        var earlyStop: String?
        /// Whether the run has stopped as asked; then another request has no effect.
        var hasStopped = false
    }

    private let state = Mutex(State())

    var run: BotRun? { state.withLock { $0.run } }

    /// - Throws: ``KeepAliveError/critical(reason:)`` when a run is under way.
    func enter(_ run: BotRun) throws(KeepAliveError) {
        let isFree = state.withLock { state in
            guard state.run == nil else { return false }
            state.run = run
            state.hasStopped = false
            if let reason = state.earlyStop { run.post(.stop(by: reason)) }
            state.earlyStop = nil
            return true
        }
        guard isFree else {
            throw .critical(reason: "run was called while the bot runs; call it again once it has returned")
        }
    }

    func leave(hasStopped: Bool) {
        state.withLock { state in
            state.run = nil
            state.hasStopped = hasStopped
        }
    }

    /// Stops the run, or the next run. From any thread; never waits. A second call has no effect.
    func stop(by reason: String) {
        let run = state.withLock { state in
            if state.run == nil, !state.hasStopped { state.earlyStop = reason }
            return state.run
        }
        run?.post(.stop(by: reason))
    }

    /// False when there is nothing to restart.
    func restart() -> Bool {
        guard let run, run.phase.rawValue < Lifecycle.Phase.stopping.rawValue else { return false }
        run.post(.restart)
        return true
    }
}
