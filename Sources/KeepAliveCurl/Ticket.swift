import Synchronization

/// A caller that waits for the outcome of a transfer.
protocol Waiter: AnyObject, Sendable {
    /// Whether there is an outcome.
    var isFinished: Bool { get }
    func fail(_ error: HTTPClientError)
}

/// One caller's wait for one outcome.
///
/// Thread-safe: the transfer's end, a cancelled task and a closed client may all finish it; the first resumes the
/// caller.
final class Ticket<Output: Sendable>: Waiter {
    private enum Phase {
        case open(CheckedContinuation<Output, any Error>?)
        case finished(Result<Output, any Error>)
    }

    private let phase = Mutex(Phase.open(nil))

    var isFinished: Bool { phase.withLock { if case .finished = $0 { true } else { false } } }

    /// The outcome, once it exists; for one caller.
    func outcome() async throws -> Output {
        try await withCheckedThrowingContinuation { continuation in
            let early: Result<Output, any Error>? = phase.withLock { phase in
                if case .finished(let outcome) = phase { return outcome }
                phase = .open(continuation)
                return nil
            }
            if let early { continuation.resume(with: early) }
        }
    }

    /// Resumes the caller with the outcome; returns false, without effect, after the first call.
    @discardableResult
    func finish(_ outcome: Result<Output, any Error>) -> Bool {
        let (isFirst, caller) = phase.withLock { phase -> (Bool, CheckedContinuation<Output, any Error>?) in
            guard case .open(let caller) = phase else { return (false, nil) }
            phase = .finished(outcome)
            return (true, caller)
        }
        // Outside the lock, because resuming may run the caller's executor.
        caller?.resume(with: outcome)
        return isFirst
    }

    func fail(_ error: HTTPClientError) { finish(.failure(error)) }
}
