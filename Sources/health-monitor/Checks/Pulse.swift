import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Shares state between the guard's thread and the checks: running activities with their deadlines, and standstills of
/// the process. Thread-safe.
final class Pulse: Sendable {
    /// An activity with a deadline: `the check of web`.
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
        /// The last tick, also on the clock that continues while the machine is suspended.
        var tick: (at: ContinuousClock.Instant, monotonic: MonotonicTime)?
        /// When a standstill was last noticed.
        var stoodStill: MonotonicTime?
    }

    private let state = Mutex(State())

    /// Ticks come several times a second. After this long without a tick, the process was stopped or the machine
    /// paused.
    private static let standstill = Duration.seconds(1)

    // MARK: Running activities

    /// Runs an activity that must end within a limit.
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

    /// The activity that is overdue the longest, if by more than `grace`, and by how much.
    func overdue(at now: MonotonicTime = .now(), grace: Duration) -> (activity: Activity, by: Duration)? {
        let late = state.withLock { $0.activities.values.min { $0.end < $1.end } }
        guard let late, late.end.advanced(by: grace) < now else { return nil }
        return (late.activity, now.since(late.end))
    }

    // MARK: Standstills

    /// Notes the time. After a standstill each running activity gets that much more time.
    func tick(at now: ContinuousClock.Instant = .now, _ monotonic: MonotonicTime = .now()) {
        state.withLock { state in
            defer { state.tick = (now, monotonic) }
            guard let last = state.tick, last.at.duration(to: now) > Self.standstill else { return }
            state.stoodStill = monotonic
            let lost = monotonic.since(last.monotonic)
            state.activities = state.activities.mapValues { ($0.activity, $0.end.advanced(by: lost)) }
        }
    }

    /// Whether the process has stood still since a time. Without ticks this is unknown.
    func stoodStill(since time: MonotonicTime, at now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            guard let tick = state.tick else { return false }
            // The ticking thread may not have run yet.
            return tick.at.duration(to: now) > Self.standstill || state.stoodStill.map { $0 >= time } == true
        }
    }
}
