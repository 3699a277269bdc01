import KeepAlivePlatform
import Synchronization

/// Ends what takes too long: one thread for everything that is under way. A plain one, so that no timer of the pool's, which
/// may fail to be armed, is needed to end a probe.
final class Deadlines: Sendable {
    private struct State {
        var pending: [UInt64: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
        var last: UInt64 = 0
        /// When the thread looks next; nil while there is none.
        var next: MonotonicTime?
    }

    private let state = Mutex(State())
    private let bell = Bell()

    /// Nothing is scheduled for so long: then the thread ends.
    private static let idle = Duration.milliseconds(500)

    /// Runs an action after a time, unless it is cancelled before.
    func schedule(after time: Duration, _ action: @escaping @Sendable () -> Void) -> UInt64 {
        let at = MonotonicTime.now().advanced(by: time)
        let (id, next) = state.withLock { state in
            state.last &+= 1
            state.pending[state.last] = (at, action)
            defer { state.next = min(state.next ?? at, at) }
            return (state.last, state.next)
        }
        if let next {
            // Most come last, and wake nobody.
            if at < next { bell.ring() }
        } else {
            watch()
        }
        return id
    }

    func cancel(_ id: UInt64) {
        state.withLock { _ = $0.pending.removeValue(forKey: id) }
    }

    private func watch() {
        do {
            try OSThread.start(name: "deadlines") { [self] in
                while let next = endWhatIsDue() { bell.wait(until: next) }
            }
        } catch {
            // No thread is left: the pool has to do.
            Task { [self] in
                while endWhatIsDue() != nil { try? await Task.sleep(for: Self.idle, clock: .suspending) }
            }
        }
    }

    /// Returns when to look again; nil when nothing is left to watch.
    private func endWhatIsDue() -> MonotonicTime? {
        let now = MonotonicTime.now()
        let (due, next) = state.withLock { state in
            let due = state.pending.filter { $0.value.at <= now }
            for id in due.keys { state.pending[id] = nil }
            let isIdle = state.pending.isEmpty && due.isEmpty
            state.next = isIdle ? nil : state.pending.values.map(\.at).min() ?? now.advanced(by: Self.idle)
            return (due.values.map(\.action), state.next)
        }
        for action in due { action() }
        return next
    }
}
