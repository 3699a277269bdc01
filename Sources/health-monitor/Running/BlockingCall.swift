import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Where a probe does what the system may hold up for ever, such as looking at a network drive that is gone: on a thread
/// of its own, which is left to itself when the time is over. One at a time: however often a probe is run, no more than
/// one thread of its waits.
///
/// Thread-safe.
final class BlockingCall: Sendable {
    /// Why there is no result.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case late(Duration)
        /// An earlier look has not come back yet.
        case stuck(Duration)
        case noThread(Errno)

        var description: String {
            switch self {
            case .late(let timeout): ProbeResult.late(timeout)
            case .stuck(let time): "no answer has come for \(time.components.seconds) s"
            case .noThread(let error): "no thread could be started: \(error.message)"
            }
        }
    }

    private let busySince = Mutex<MonotonicTime?>(nil)

    /// Does the work; returns when it is done, when the time is over, or when the task is cancelled.
    func run<Value: Sendable>(
        timeout: Duration, _ work: @escaping @Sendable () -> Value
    ) async throws(Failure) -> Value {
        let now = MonotonicTime.now()
        let since = busySince.withLock { since in
            defer { since = since ?? now }
            return since
        }
        if let since { throw .stuck(now.since(since)) }
        let wait = Wait<Value>()
        do {
            try OSThread.start(name: "probe") { [self] in
                let value = work()
                busySince.withLock { $0 = nil }
                wait.finish(.success(value))
            }
        } catch {
            busySince.withLock { $0 = nil }
            throw .noThread(error)
        }
        let limit = Task {
            try await Task.sleep(for: timeout)
            wait.finish(.failure(.late(timeout)))
        }
        defer { limit.cancel() }
        return try await withTaskCancellationHandler {
            await wait.outcome()
        } onCancel: {
            wait.finish(.failure(.late(timeout)))
        }.get()
    }

    /// The first of several outcomes, for one task that waits for it.
    private final class Wait<Value: Sendable>: Sendable {
        typealias Outcome = Result<Value, Failure>

        private enum Phase {
            case new
            case waiting(CheckedContinuation<Outcome, Never>)
            case finished(Outcome)
        }

        private let phase = Mutex(Phase.new)

        func finish(_ outcome: Outcome) {
            let waiter = phase.withLock { phase -> CheckedContinuation<Outcome, Never>? in
                switch phase {
                case .new:
                    phase = .finished(outcome)
                    return nil
                case .waiting(let continuation):
                    phase = .finished(outcome)
                    return continuation
                case .finished:
                    return nil
                }
            }
            waiter?.resume(returning: outcome)
        }

        func outcome() async -> Outcome {
            await withCheckedContinuation { continuation in
                let early = phase.withLock { phase -> Outcome? in
                    if case .finished(let outcome) = phase { return outcome }
                    phase = .waiting(continuation)
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        }
    }
}
