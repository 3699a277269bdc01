import Synchronization

/// A list that only grows and whose growth can be awaited.
///
/// Every wait of this library rests on it: a waiter walks the log from an index of its own, so an event that
/// happened before the wait began is found just as one that comes later, and nothing has to poll.
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

    /// How many events there are by now.
    public var count: Int { state.withLock { $0.elements.count } }

    /// The events up to now, oldest first.
    public var elements: [Element] { state.withLock { $0.elements } }

    /// Adds an event and wakes those who wait for it.
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

    /// The event at `index`, awaited when it has not happened yet; throws when the task is cancelled.
    public func element(at index: Int) async throws -> Element {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let immediate: Result<Void, any Error>? = state.withLock { state in
                    if index < state.elements.count { return .success(()) }
                    // Read under the lock the cancellation handler takes too, lest both believe the other acts.
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

    /// The first event, or the n-th one, that satisfies `predicate`, awaited when it has not happened yet.
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
