import Foundation

/// Runs each piece of a task on a thread of its own, where it may wait without starving the tasks that it waits for. Unlike
/// a bare thread it stays the test's task, so that what fails is the test's failure.
final class ThreadExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
