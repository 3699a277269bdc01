import KeepAlivePlatform

/// Remembers when a bot's status changed. Pure.
struct StatusTrack: Sendable {
    /// A larger difference between the wall clock and the reported moment means that the clock was set.
    private static let tolerance: Int64 = 1_000_000

    private var status: HealthStatus
    private var since: MonotonicTime
    private var noted: MonotonicTime
    private var shown: WallTime?

    init(_ status: HealthStatus, at now: MonotonicTime) {
        self.status = status
        since = now
        noted = now
    }

    /// Records the status at a moment. A moment earlier than the last one changes nothing.
    ///
    /// - Returns: how long ago the status changed, and when by the wall clock. That time stays equal until the status
    ///   changes or the clock is set.
    mutating func note(
        _ status: HealthStatus, at now: MonotonicTime, wall: WallTime
    ) -> (age: Duration, since: WallTime) {
        if now >= noted {
            noted = now
            if status != self.status {
                self.status = status
                since = now
                shown = nil
            }
        }
        let age = now.since(since)
        let moment = wall.microseconds &- age.saturatedNanoseconds / 1000
        if let shown, (moment &- shown.microseconds).magnitude <= Self.tolerance { return (age, shown) }
        let fresh = WallTime(microseconds: moment)
        shown = fresh
        return (age, fresh)
    }
}
