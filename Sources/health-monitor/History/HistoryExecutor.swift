import Dispatch

/// Runs the history's work on a queue of its own: a disk that takes its time must hold up none of the two or three threads
/// that all checks share.
final class HistoryExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "history")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Unsafe as it is unowned: the closure holds the executor until the job has run.
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
