import Dispatch

/// Runs a ledger's work on its own queue: a slow disk or server must not block the few threads that all tasks share.
final class LedgerExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "ledger")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Unsafe because it is unowned: the closure holds the executor until the job has run.
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
