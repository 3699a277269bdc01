import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Ends what takes too long, looked at twice a second: one thread for everything that is under way. A plain one, so that
/// no timer of the pool's, which may fail to be armed, is needed to end a probe.
final class Deadlines: Sendable {
    private struct State {
        var pending: [UInt64: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
        var last: UInt64 = 0
        var isWatched = false
    }

    private let state = Mutex(State())
    private let interval: Int32

    /// - Parameter interval: in milliseconds.
    init(interval: Int32 = 500) {
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
        if begins { watch() }
        return id
    }

    func cancel(_ id: UInt64) {
        state.withLock { _ = $0.pending.removeValue(forKey: id) }
    }

    private func watch() {
        do {
            try OSThread.start(name: "deadlines") { [self] in
                repeat { OSThread.rest(milliseconds: interval) } while endWhatIsDue()
            }
        } catch {
            // No thread is left: the pool has to do.
            Task { [self] in
                repeat { try? await Task.sleep(for: .milliseconds(interval), clock: .suspending) } while endWhatIsDue()
            }
        }
    }

    /// Whether anything is left to watch.
    private func endWhatIsDue() -> Bool {
        let now = MonotonicTime.now()
        let (due, isMore) = state.withLock { state in
            let due = state.pending.filter { $0.value.at <= now }
            for id in due.keys { state.pending[id] = nil }
            if state.pending.isEmpty, due.isEmpty { state.isWatched = false }
            return (due.values.map(\.action), state.isWatched)
        }
        for action in due { action() }
        return isMore
    }
}
