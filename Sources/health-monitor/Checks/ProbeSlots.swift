import Synchronization

/// Limits the probes that run at once; the others wait in order. Thread-safe.
final class ProbeSlots: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// The index of the first waiting entry; earlier entries were served.
        var head = 0
    }

    private let state: Mutex<State>

    init(_ count: Int = DescriptorBudget.now().probes) {
        state = Mutex(State(free: max(1, count)))
    }

    /// Returns once the caller owns a free slot.
    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func giveBack() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.head < state.waiting.count else {
                state.free += 1
                return nil
            }
            let next = state.waiting[state.head]
            state.head += 1
            if state.head == state.waiting.count {
                state.waiting = []
                state.head = 0
            }
            return next
        }
        next?.resume()
    }
}
