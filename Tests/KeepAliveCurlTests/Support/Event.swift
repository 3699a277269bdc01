import Synchronization

/// A one-time event; any thread fires it, and tasks wait for it.
final class Event: Sendable {
    private struct State {
        var hasFired = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Whether it has fired.
    var hasFired: Bool { state.withLock { $0.hasFired } }

    /// Fires it; the second call does nothing.
    func fire() {
        let waiters = state.withLock { state in
            state.hasFired = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters {
            waiter.resume()
        }
    }

    /// Returns once it has fired.
    func wait() async {
        await withCheckedContinuation { continuation in
            let hasFired = state.withLock {
                if !$0.hasFired { $0.waiters.append(continuation) }
                return $0.hasFired
            }
            if hasFired {
                continuation.resume()
            }
        }
    }
}
