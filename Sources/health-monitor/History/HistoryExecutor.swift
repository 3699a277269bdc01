import Dispatch

/// Runs the history's work on its own queue: a slow disk must not block the two or three threads that all checks share.
final class HistoryExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "history")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Unsafe because it is unowned: the closure holds the executor until the job has run.
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
