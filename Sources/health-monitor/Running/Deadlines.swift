import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Ends what takes too long: one thread for everything that is under way, which looks when the next thing is due, and twice
/// a second at least. A plain one, so that no timer of the pool's, which may fail to be armed, is needed to end a probe.
final class Deadlines: Sendable {
    private struct State {
        var pending: [UInt64: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
        var last: UInt64 = 0
        var isWatched = false
    }

    private let state = Mutex(State())
    /// How late an action may be that is scheduled for less than this.
    private static let interval = Duration.milliseconds(500)

    /// Runs an action after a time, unless it is cancelled before.
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
                while let rest = endWhatIsDue() { OSThread.rest(milliseconds: rest) }
            }
        } catch {
            // No thread is left: the pool has to do.
            Task { [self] in
                while let rest = endWhatIsDue() {
                    try? await Task.sleep(for: .milliseconds(rest), clock: .suspending)
                }
            }
        }
    }

    /// Returns how long to rest, in milliseconds; nil when nothing is left to watch.
    private func endWhatIsDue() -> Int32? {
        let now = MonotonicTime.now()
        let (due, rest) = state.withLock { state -> ([@Sendable () -> Void], Int32?) in
            let due = state.pending.filter { $0.value.at <= now }
            for id in due.keys { state.pending[id] = nil }
            state.isWatched = !(state.pending.isEmpty && due.isEmpty)
            let next = state.pending.values.map { $0.at.since(now) }.min() ?? Self.interval
            // Rounded up: a millisecond too early is a wake-up for nothing.
            let rest = Int32(clamping: min(next, Self.interval).microseconds / 1000 + 1)
            return (due.values.map(\.action), state.isWatched ? rest : nil)
        }
        for action in due { action() }
        return rest
    }
}
