import Synchronization

/// One look at a time, shared by all callers that wait for it. Concurrent looks would delay each other and make a slow
/// service seem down. Thread-safe.
final class SharedLook<Value: Sendable>: Sendable {
    private struct State {
        var running: Task<Void, Never>?
        var last: Value?
    }

    private let state = Mutex(State())

    /// The last look's value if it suits, otherwise the value of the running look or a new one.
    func value(where suits: (Value) -> Bool, _ look: @escaping @Sendable () async -> Value) async -> Value {
        while true {
            let (last, running): (Value?, Task<Void, Never>?) = state.withLock { state in
                if let last = state.last, suits(last) { return (last, nil) }
                if let running = state.running { return (nil, running) }
                let task = Task { [self] in
                    let value = await look()
                    // Store the value before the task ends: waiting for a finished task does not suspend, so the owner
                    // would never run.
                    self.state.withLock { $0 = State(running: nil, last: value) }
                }
                state.running = task
                return (nil, task)
            }
            if let last { return last }
            await running?.value
        }
    }

    /// Cancels the running look.
    func cancel() { state.withLock { $0.running }?.cancel() }
}
