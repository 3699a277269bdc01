import Foundation

/// Blocking work brought into async code.
public enum BlockingWork {
    /// Runs `body` on a thread of its own.
    ///
    /// The pool of async tasks has as many threads as the machine has cores; a test that blocks one of them in a
    /// socket call can starve the very task it waits for.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}
