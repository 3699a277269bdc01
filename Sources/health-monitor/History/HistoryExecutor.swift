import Dispatch

/// Runs the history's work on a queue of its own: a disk that takes its time must hold up none of the two or three threads
/// that all checks share.
final class HistoryExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "history")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}
