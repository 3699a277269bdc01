import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// What is under way and until when it has to have ended, and whether the process stood still: what the guard's thread and
/// the checks know of each other. Thread-safe.
final class Pulse: Sendable {
    /// Something that has an end: `the check of web`.
    struct Activity: Sendable, Equatable, CustomStringConvertible {
        private let what: String
        private let name: String

        init(_ what: String, _ name: String = "") {
            self.what = what
            self.name = name
        }

        var description: String { name.isEmpty ? what : "\(what) \(name)" }
    }

    private struct State {
        var activities: [UInt64: (activity: Activity, end: MonotonicTime)] = [:]
        var lastActivity: UInt64 = 0
        /// The last tick, on the clock that goes on in a suspended machine too.
        var tick: (at: ContinuousClock.Instant, monotonic: MonotonicTime)?
        /// When it was last noticed that the process had stood still.
        var stoodStill: MonotonicTime?
    }

    private let state = Mutex(State())

    /// Ticks come several times a second; after this long without one, the process was stopped, or the machine paused.
    private static let standstill = Duration.seconds(1)

    // MARK: What is under way

    /// Does something that has to have ended within a limit.
    func during<Result>(
        _ activity: Activity, within limit: Duration, isolation: isolated (any Actor)? = #isolation,
        _ work: () async -> Result
    ) async -> Result {
        let id = state.withLock { state in
            state.lastActivity &+= 1
            state.activities[state.lastActivity] = (activity, MonotonicTime.now().advanced(by: limit))
            return state.lastActivity
        }
        defer { state.withLock { _ = $0.activities.removeValue(forKey: id) } }
        return await work()
    }

    /// What should have ended longest ago, where that is longer ago than `grace`; and how long.
    func overdue(at now: MonotonicTime = .now(), grace: Duration) -> (activity: Activity, by: Duration)? {
        let late = state.withLock { $0.activities.values.min { $0.end < $1.end } }
        guard let late, late.end.advanced(by: grace) < now else { return nil }
        return (late.activity, now.since(late.end))
    }

    // MARK: Standing still

    /// Notes that time passes. After a standstill everything that is under way has so much more time.
    func tick(at now: ContinuousClock.Instant = .now, _ monotonic: MonotonicTime = .now()) {
        state.withLock { state in
            defer { state.tick = (now, monotonic) }
            guard let last = state.tick, last.at.duration(to: now) > Self.standstill else { return }
            state.stoodStill = monotonic
            let lost = monotonic.since(last.monotonic)
            state.activities = state.activities.mapValues { ($0.activity, $0.end.advanced(by: lost)) }
        }
    }

    /// Whether the process has stood still since a time. Where nobody ticks, that cannot be told.
    func stoodStill(since time: MonotonicTime, at now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            guard let tick = state.tick else { return false }
            // The ticking thread may not have come to its turn yet.
            return tick.at.duration(to: now) > Self.standstill || state.stoodStill.map { $0 >= time } == true
        }
    }
}
