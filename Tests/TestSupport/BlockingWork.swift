/// Blocking work for async code.
public enum BlockingWork {
    /// Runs `body` on its own thread.
    ///
    /// The pool of async tasks has as many threads as the machine has cores. A test that blocks one in a socket call
    /// can starve the task it waits for. The thread works for the caller's task, so a failure in `body` counts for that
    /// test.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withTaskExecutorPreference(ThreadExecutor.shared) { try body() }
    }
}
