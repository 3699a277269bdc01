import KeepAlivePlatform
import Synchronization

/// Cancels overdue work: one plain thread for everything that is running. So ending a probe needs no timer of the pool,
/// which may fail.
final class Deadlines: Sendable {
    private struct State {
        var pending: [UInt64: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
        var last: UInt64 = 0
        /// When the thread looks next; nil without a thread.
        var next: MonotonicTime?
    }

    private let state = Mutex(State())
    private let bell = Bell()

    /// After this long without work the thread ends.
    private static let idle = Duration.milliseconds(500)

    /// Runs an action after a time, unless it is cancelled earlier.
    func schedule(after time: Duration, _ action: @escaping @Sendable () -> Void) -> UInt64 {
        let at = MonotonicTime.now().advanced(by: time)
        let (id, next) = state.withLock { state in
            state.last &+= 1
            state.pending[state.last] = (at, action)
            defer { state.next = min(state.next ?? at, at) }
            return (state.last, state.next)
        }
        if let next {
            // Most deadlines come last and need no wake-up.
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
            // The system has no thread left, so the pool runs it.
            Task { [self] in
                while endWhatIsDue() != nil { try? await Task.sleep(for: Self.idle, clock: .suspending) }
            }
        }
    }

    /// Returns when to look again; nil if nothing is left.
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
