import KeepAlivePlatform

/// The updates that wait for a bot, check by check, and what they say about it. Pure.
///
/// A bot that works fetches every update within seconds, so the backlog of a busy one rises and falls. A deaf bot's
/// backlog does not fall, also not when its chats are quiet. Therefore the row of checks without a fall decides, not
/// the height alone: a burst, or a bot that catches up after a pause, is no failure.
struct UpdateBacklog: Sendable, Equatable {
    /// When a backlog counts as trouble.
    struct Rules: Sendable, Equatable {
        var pendingDegraded = 20
        var pendingUnhealthy = 100
        var growingChecks = 5
    }

    /// Checks in a row that each found updates, and not fewer than before.
    private struct Row: Sendable, Equatable {
        var count: Int
        var length = 1
        var since: WallTime
        var firstCount: Int
        var peak: Int
        /// The count before, if the backlog has just fallen.
        var fellFrom: Int?
        /// Whether it began with the first look of this process, so that nobody knows what was before.
        var isFirstSight = false

        init(_ count: Int, at time: WallTime) {
            (self.count, firstCount, peak) = (count, count, count)
            since = time
        }
    }

    /// The row with the current check, and the row before it, for another try of this check.
    private var current: Row?
    private var before: Row?
    private var countedAt: MonotonicTime?

    /// Telegram drops updates after 24 hours, which lets a deaf bot's backlog sag by a few. Only a larger fall, by more
    /// than a twentieth of the peak, is the bot's work.
    private static let sag = 20
    /// A backlog below `pendingDegraded` is trouble after this many times `growingChecks` without a fall.
    private static let quietFactor = 3

    /// Notes a count. A look soon after the last one is another try of the same check and replaces it.
    ///
    /// - Parameter interval: the target's interval.
    mutating func note(_ count: Int, at time: WallTime, tick: MonotonicTime, interval: Duration) {
        let isRetry = countedAt.map { tick.since($0) < interval / 2 } ?? false
        if !isRetry {
            before = current
            countedAt = tick
        }
        current = Self.next(before, min(max(0, count), 1_000_000_000), at: time)
    }

    private static func next(_ row: Row?, _ count: Int, at time: WallTime) -> Row {
        guard var row, count > 0, row.count > 0 else {
            var new = Row(count, at: time)
            new.isFirstSight = row == nil
            return new
        }
        guard count * sag >= row.peak * (sag - 1) else {
            var new = Row(count, at: time)
            new.fellFrom = row.count
            return new
        }
        row.count = count
        row.length += 1
        row.peak = max(row.peak, count)
        row.fellFrom = nil
        return row
    }

    /// The result of the last check, with a sentence for people.
    func verdict(_ rules: Rules, now: WallTime) -> (status: ProbeStatus, words: String) {
        guard let row = current, row.count > 0 else { return (.healthy, "no update waits") }
        let waiting = row.count == 1 ? "1 update waits" : "\(row.count) updates wait"
        if row.length >= rules.growingChecks {
            let verb = row.count > row.firstCount ? "growing" : "none fetched"
            let words = "\(waiting), \(verb) since \(Self.clock(row.since, now))"
            if row.count >= rules.pendingUnhealthy { return (.unhealthy, words) }
            let isLong = row.length >= rules.growingChecks * Self.quietFactor
            return (row.count >= rules.pendingDegraded || isLong ? .degraded : .healthy, words)
        }
        if row.isFirstSight, row.firstCount >= rules.pendingDegraded {
            // Unknown leaves an alert of the process before open, and opens none for a bot that catches up.
            return (
                .unknown, "\(waiting); \(rules.growingChecks) checks are needed to see whether the bot fetches them"
            )
        }
        if let earlier = row.fellFrom { return (.healthy, "\(waiting), \(earlier) before: the bot catches up") }
        return (.healthy, waiting)
    }

    /// `14:02 UTC`, with the date if it is not today's.
    static func clock(_ time: WallTime, _ now: WallTime) -> String {
        let (text, today) = (time.iso8601, now.iso8601)
        let minute = text.dropFirst(11).prefix(5)
        return text.prefix(10) == today.prefix(10) ? "\(minute) UTC" : "\(text.prefix(10)) \(minute) UTC"
    }
}
