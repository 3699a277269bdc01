import Synchronization

/// The targets' turns over reloads: when each is due, and its running check. A reload leaves the turns of unchanged
/// targets alone; otherwise a list of containers that changes all the time would end every check before its result.
/// Thread-safe.
final class Turns: Sendable {
    private struct State {
        var due: [String: SuspendingClock.Instant] = [:]
        var running: [String: Task<Void, Never>] = [:]
        /// The targets with which the next loop goes on.
        var kept: Set<String> = []
    }

    private let state = Mutex(State())

    /// Names the targets that stay as they are when the loop ends.
    func keep(_ names: Set<String>) { state.withLock { $0.kept = names } }

    /// Begins a loop; returns when the targets of the one before are due.
    func takeOver() -> [String: SuspendingClock.Instant] {
        state.withLock { state in
            state.kept = []
            return state.due
        }
    }

    /// Starts a target's check unless one is running.
    func begin(_ name: String, _ check: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard state.running[name] == nil else { return }
            state.running[name] = Task { [self] in
                await check()
                self.state.withLock { $0.running[name] = nil }
            }
        }
    }

    /// Ends a loop: the checks of all but the kept targets are cancelled.
    ///
    /// - Parameter due: when each target is due.
    /// - Returns: the names of the kept targets, and the cancelled checks, which may not have ended yet.
    func end(due: [String: SuspendingClock.Instant]) -> (kept: Set<String>, ended: [Task<Void, Never>]) {
        let (kept, ended) = state.withLock { state in
            state.due = due.filter { state.kept.contains($0.key) }
            return (state.kept, Array(state.running.filter { !state.kept.contains($0.key) }.values))
        }
        for check in ended { check.cancel() }
        return (kept, ended)
    }
}
