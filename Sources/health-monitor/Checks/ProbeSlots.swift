import Synchronization

/// Limits the probes that run at once; the others wait in order. Thread-safe.
final class ProbeSlots: Sendable {
    private struct State {
        var free: Int
        var waiting = WaitingLine<CheckedContinuation<Void, Never>>()
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
                state.waiting.add(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func giveBack() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            let next = state.waiting.takeFirst()
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume()
    }
}
