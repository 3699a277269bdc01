import Synchronization

/// A growing list whose growth can be awaited.
///
/// All waits of this library use it: a waiter reads the log from its own index. So it finds events from before the wait
/// too, and nothing has to poll.
public final class EventLog<Element: Sendable>: Sendable {
    private struct Waiter {
        let index: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let state = Mutex(State())

    /// An empty log.
    public init() {}

    /// The number of events so far.
    public var count: Int { state.withLock { $0.elements.count } }

    /// The events so far, oldest first.
    public var elements: [Element] { state.withLock { $0.elements } }

    /// Adds an event and wakes its waiters.
    public func append(_ element: Element) {
        let due = state.withLock { state in
            state.elements.append(element)
            let count = state.elements.count
            let due = state.waiters.filter { $0.value.index < count }
            for id in due.keys { state.waiters[id] = nil }
            return due
        }
        for (_, waiter) in due.sorted(by: { $0.key < $1.key }) { waiter.continuation.resume() }
    }

    /// The event at `index`; waits for it if necessary. Throws if the task is cancelled.
    public func element(at index: Int) async throws -> Element {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let immediate: Result<Void, any Error>? = state.withLock { state in
                    if index < state.elements.count { return .success(()) }
                    // Read under the lock that the cancellation handler also takes, or each might rely on the other.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(index: index, continuation: continuation)
                    return nil
                }
                if let immediate { continuation.resume(with: immediate) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
        return state.withLock { $0.elements[index] }
    }

    /// The first or n-th event that satisfies `predicate`; waits for it if necessary.
    public func first(
        occurrence: Int = 1, where predicate: @Sendable (Element) throws -> Bool
    ) async throws -> Element {
        var seen = 0
        for index in 0... {
            let element = try await element(at: index)
            if try predicate(element) { seen += 1 }
            if seen == occurrence { return element }
        }
        throw CancellationError()
    }
}
