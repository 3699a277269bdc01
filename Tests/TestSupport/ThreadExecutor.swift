import Foundation

/// Runs each piece of a task on its own thread, where it may block without starving the tasks it waits for. Unlike on a
/// bare thread it stays the task, with its task-local values.
final class ThreadExecutor: TaskExecutor {
    /// One for all, because a task does not retain its preferred executor.
    static let shared = ThreadExecutor()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
