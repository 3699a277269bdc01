import Foundation

/// Counts running threads, so that a caller can wait for the end of all.
///
/// Unchecked because the compiler does not know that `condition` guards `running`.
final class ThreadTally: @unchecked Sendable {
    private let condition = NSCondition()
    private var running = 0

    /// Runs `body` on a new thread, which counts until `body` returns.
    func start(_ body: @escaping @Sendable () -> Void) {
        condition.lock()
        running += 1
        condition.unlock()
        Thread.detachNewThread { [self] in
            body()
            condition.lock()
            running -= 1
            condition.broadcast()
            condition.unlock()
        }
    }

    /// Blocks until no thread runs.
    func waitUntilAllEnded() {
        condition.lock()
        while running > 0 { condition.wait() }
        condition.unlock()
    }
}
