import KeepAliveKit
import Synchronization

/// Ends what takes too long, looked at twice a second: one timer for everything that is under way.
final class Deadlines: Sendable {
    private struct State {
        var pending: [UInt64: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
        var last: UInt64 = 0
        var isWatched = false
    }

    private let state = Mutex(State())
    private let interval: Duration

    init(interval: Duration = .milliseconds(500)) {
        self.interval = interval
    }

    /// Runs an action after a time, at most an interval late, unless it is cancelled before.
    func schedule(after time: Duration, _ action: @escaping @Sendable () -> Void) -> UInt64 {
        let at = MonotonicTime.now().advanced(by: time)
        let (id, begins) = state.withLock { state in
            state.last &+= 1
            state.pending[state.last] = (at, action)
            let begins = !state.isWatched
            state.isWatched = true
            return (state.last, begins)
        }
        if begins { Task { await watch() } }
        return id
    }

    func cancel(_ id: UInt64) {
        state.withLock { _ = $0.pending.removeValue(forKey: id) }
    }

    /// Until nothing is left to watch.
    private func watch() async {
        while true {
            try? await Task.sleep(for: interval, clock: .suspending)
            let now = MonotonicTime.now()
            let due: [@Sendable () -> Void]? = state.withLock { state in
                let due = state.pending.filter { $0.value.at <= now }
                for id in due.keys { state.pending[id] = nil }
                if state.pending.isEmpty, due.isEmpty {
                    state.isWatched = false
                    return nil
                }
                return due.values.map(\.action)
            }
            guard let due else { return }
            for action in due { action() }
        }
    }
}
