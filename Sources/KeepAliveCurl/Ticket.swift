import Synchronization

/// One caller's wait for the outcome of one job: a request, or an exchange of bytes.
///
/// Thread-safe: the transfer's end, a cancelled task and a closed client may all try to finish it, and the first one
/// resumes the caller.
final class Ticket<Job: Sendable, Output: Sendable>: Sendable {
    private typealias Outcome = Result<Output, any Error>

    private enum Phase {
        case new
        case waiting(CheckedContinuation<Output, any Error>)
        case finishedBeforeWaiting(Outcome)
        case finished
    }

    /// What to do, already checked.
    let job: Job
    /// The peer, for messages.
    let endpoint: Endpoint
    private let phase: Mutex<Phase>

    init(_ job: Job, endpoint: Endpoint) {
        self.job = job
        self.endpoint = endpoint
        phase = Mutex(.new)
    }

    /// Whether the caller has its outcome, or will have as soon as it waits.
    var isFinished: Bool {
        phase.withLock {
            switch $0 {
            case .new, .waiting: false
            case .finishedBeforeWaiting, .finished: true
            }
        }
    }

    /// Keeps the caller's continuation until the end; returns false when there already was one, and resumes it.
    func wait(with continuation: CheckedContinuation<Output, any Error>) -> Bool {
        let early: Outcome? = phase.withLock {
            guard case .finishedBeforeWaiting(let outcome) = $0 else {
                $0 = .waiting(continuation)
                return nil
            }
            $0 = .finished
            return outcome
        }
        guard let early else { return true }
        continuation.resume(with: early)
        return false
    }

    /// Resumes the caller with the outcome; returns false, and does nothing, when that has happened before.
    @discardableResult
    func finish(_ outcome: Result<Output, any Error>) -> Bool {
        let (isFirst, continuation) = phase.withLock {
            phase -> (Bool, CheckedContinuation<Output, any Error>?) in
            switch phase {
            case .new:
                phase = .finishedBeforeWaiting(outcome)
                return (true, nil)
            case .waiting(let continuation):
                phase = .finished
                return (true, continuation)
            case .finishedBeforeWaiting, .finished:
                return (false, nil)
            }
        }
        // Outside the lock, since resuming may run the caller's executor.
        continuation?.resume(with: outcome)
        return isFirst
    }
}
