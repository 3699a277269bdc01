import Foundation

/// Runs each piece of a task on a thread of its own, where it may wait without starving the tasks that it waits for. Unlike
/// a bare thread it stays the same task, with its values.
final class ThreadExecutor: TaskExecutor {
    /// One for all, since a task does not keep the executor that it prefers.
    static let shared = ThreadExecutor()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
