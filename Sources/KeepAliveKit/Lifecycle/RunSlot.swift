import Synchronization

/// Which run a command belongs to: the one that is under way, or the first one where there was none yet.
final class RunSlot: Sendable {
    private struct State {
        var run: BotRun?
        /// A stop that came before the run.
        var earlyStop: String?
        /// Asked again after it has stopped as asked, it has stopped already.
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

    /// Stops the run, or the next one. From any thread; never waits. Twice is once.
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
