import KeepAliveKit
import Synchronization

private let deadlines = Deadlines()

/// Returns the work's result, or nil if it exceeds the limit or the task is cancelled. Work that is too slow is
/// cancelled and abandoned: unlike a task group, this does not wait for it.
///
/// - Parameters:
///   - limit: the time limit; with nil only a cancellation ends the wait.
///   - grace: the extra time for the work after a cancellation.
func withDeadline<Result: Sendable>(
    _ limit: Duration?, grace: Duration = .zero, _ work: @escaping @Sendable () async -> Result
) async -> Result? {
    let first = First<Result>()
    let task = Task { first.settle(await work()) }
    let end: @Sendable () -> Void = {
        task.cancel()
        first.settle(nil)
    }
    let timer = limit.map { deadlines.schedule(after: $0, end) }
    defer { if let timer { deadlines.cancel(timer) } }
    return await withTaskCancellationHandler {
        await withCheckedContinuation { first.wait($0) }
    } onCancel: {
        if grace > .zero { _ = deadlines.schedule(after: grace, end) } else { end() }
    }
}

/// Keeps the first of two outcomes.
private final class First<Result: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Result?, Never>)
        case settled(Result?)
        case over
    }

    private let state = Mutex(State.open)

    func wait(_ continuation: CheckedContinuation<Result?, Never>) {
        let outcome: Result?? = state.withLock { state in
            if case .settled(let outcome) = state {
                state = .over
                return .some(outcome)
            }
            state = .waiting(continuation)
            return .none
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    func settle(_ outcome: Result?) {
        let continuation: CheckedContinuation<Result?, Never>? = state.withLock { state in
            switch state {
            case .open:
                state = .settled(outcome)
                return nil
            case .waiting(let continuation):
                state = .over
                return continuation
            case .settled, .over:
                return nil
            }
        }
        continuation?.resume(returning: outcome)
    }
}
