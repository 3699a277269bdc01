import Synchronization

/// One look at a time, shared by everybody who waits for it: several at once hold each other up, and a slow service seems
/// to be down. Thread-safe.
final class SharedLook<Value: Sendable>: Sendable {
    private struct State {
        var running: Task<Void, Never>?
        var last: Value?
    }

    private let state = Mutex(State())

    /// The last look's value if it suits, that of the one under way, or that of a new one.
    func value(where suits: (Value) -> Bool, _ look: @escaping @Sendable () async -> Value) async -> Value {
        while true {
            let (last, running): (Value?, Task<Void, Never>?) = state.withLock { state in
                if let last = state.last, suits(last) { return (last, nil) }
                if let running = state.running { return (nil, running) }
                let task = Task { [self] in
                    let value = await look()
                    // Left here before the task ends: whoever waits for a task that is over does not suspend, and would
                    // never let its owner come to its turn.
                    self.state.withLock { $0 = State(running: nil, last: value) }
                }
                state.running = task
                return (nil, task)
            }
            if let last { return last }
            await running?.value
        }
    }

    /// Breaks off what is under way.
    func cancel() { state.withLock { $0.running }?.cancel() }
}
