import Synchronization

/// Something that happens once; fired on any thread, waited for by tasks.
final class Event: Sendable {
    private struct State {
        var hasFired = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Whether it has happened.
    var hasFired: Bool { state.withLock { $0.hasFired } }

    /// Makes it happen; does nothing the second time.
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

    /// Returns when it has happened.
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
