import Synchronization

/// A clock that only a test moves.
public final class ManualClock: Clock, Sendable {
    /// A moment, relative to the clock's start.
    public struct Instant: InstantProtocol, CustomStringConvertible {
        /// The time since the clock's start.
        public let offset: Duration

        /// The moment `offset` after the clock's start.
        public init(offset: Duration) { self.offset = offset }

        /// The moment `duration` later.
        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }

        /// The time from here to `other`.
        public func duration(to other: Instant) -> Duration { other.offset - offset }

        /// Whether `lhs` comes before `rhs`.
        public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.offset < rhs.offset }

        /// The offset, for failure messages.
        public var description: String { "start + \(offset)" }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        let isMet: @Sendable ([Instant]) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [UInt64: Sleeper] = [:]
        var watchers: [UInt64: Watcher] = [:]
        var nextID: UInt64 = 0

        var deadlines: [Instant] { sleepers.values.map(\.deadline) }

        mutating func makeID() -> UInt64 {
            nextID += 1
            return nextID
        }
    }

    private let state = Mutex(State())

    /// A clock at offset zero.
    public init() {}

    /// The clock's current moment.
    public var now: Instant { state.withLock { $0.now } }

    /// Any step is possible.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// The number of sleeping tasks.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// The earliest deadline of a sleeping task.
    public var nextDeadline: Instant? { state.withLock { $0.deadlines.min() } }

    /// Suspends until the clock reaches `deadline`; throws at once if the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        try Task.checkCancellation()
        let id = state.withLock { $0.makeID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                fallAsleep(id: id, deadline: deadline, continuation: continuation)
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the clock forward and wakes all tasks whose deadline is reached, earliest first.
    ///
    /// It moves in one step: a woken task that sleeps again sees the final time.
    public func advance(by duration: Duration) {
        wake { $0.now.advanced(by: duration) }
    }

    /// Moves the clock to `instant`, never backwards.
    public func advance(to instant: Instant) {
        wake { max($0.now, instant) }
    }

    /// Moves the clock to the earliest deadline and returns it; `nil` without sleepers.
    @discardableResult
    public func advanceToNextDeadline() -> Instant? {
        var reached: Instant?
        wake { state in
            reached = state.deadlines.min()
            return max(state.now, reached ?? state.now)
        }
        return reached
    }

    /// Returns once at least `count` tasks sleep, or after a cancellation of the waiting task.
    public func waitForSleeper(count: Int = 1) async {
        await watch { $0.count >= count }
    }

    /// Returns once a task sleeps until exactly `deadline`, or after a cancellation of the waiting task.
    public func waitForSleeper(until deadline: Instant) async {
        await watch { $0.contains(deadline) }
    }

    private func fallAsleep(id: UInt64, deadline: Instant, continuation: CheckedContinuation<Void, any Error>) {
        let (immediate, watchers) = state.withLock { state -> (Result<Void, any Error>?, [Watcher]) in
            if Task.isCancelled { return (.failure(CancellationError()), []) }
            if deadline <= state.now { return (.success(()), []) }
            state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
            let deadlines = state.deadlines
            let met = state.watchers.filter { $0.value.isMet(deadlines) }
            for key in met.keys { state.watchers[key] = nil }
            return (nil, Array(met.values))
        }
        if let immediate { continuation.resume(with: immediate) }
        for watcher in watchers { watcher.continuation.resume() }
    }

    private func wake(movingTo target: (State) -> Instant) {
        let due = state.withLock { state in
            state.now = target(state)
            let now = state.now
            let due = state.sleepers.filter { $0.value.deadline <= now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
        }
        for (_, sleeper) in due { sleeper.continuation.resume() }
    }

    private func watch(_ isMet: @escaping @Sendable ([Instant]) -> Bool) async {
        let id = state.withLock { $0.makeID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let done = state.withLock { state in
                    if Task.isCancelled || isMet(state.deadlines) { return true }
                    state.watchers[id] = Watcher(isMet: isMet, continuation: continuation)
                    return false
                }
                if done { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.watchers.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}
