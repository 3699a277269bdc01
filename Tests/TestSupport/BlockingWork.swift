/// Blocking work brought into async code.
public enum BlockingWork {
    /// Runs `body` on a thread of its own.
    ///
    /// The pool of async tasks has as many threads as the machine has cores; a test that blocks one of them in a
    /// socket call can starve the very task it waits for. The thread works for the caller's task, so that what fails in
    /// `body` is that test's failure.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withTaskExecutorPreference(ThreadExecutor.shared) { try body() }
    }
}
