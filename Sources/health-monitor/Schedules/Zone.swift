/// A time zone: its offset from UTC at each time, and back. Pure.
///
/// Foundation knows zones too, but only with 40 MB of ICU, which a statically linked program silently lacks.
struct Zone: Sendable, Equatable {
    let name: String
    /// Seconds since 1970, ascending, each with the offset from then on.
    let changes: [Change]
    let first: Int
    /// After the last change.
    let rule: ZoneRule?

    struct Change: Sendable, Equatable {
        let time: Int64
        let offset: Int
    }

    static let utc = Zone(name: "UTC", changes: [], first: 0, rule: nil)

    init(name: String, changes: [Change], first: Int, rule: ZoneRule?) {
        (self.name, self.changes, self.first, self.rule) = (name, changes, first, rule)
    }

    /// Seconds to add to UTC.
    func offset(at time: Int64) -> Int64 {
        guard let last = changes.last else { return Int64(rule?.offset(at: time) ?? first) }
        if time >= last.time, let rule { return Int64(rule.offset(at: time)) }
        // The number of changes up to this time.
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return Int64(low == 0 ? first : changes[low - 1].offset)
    }

    /// What a clock of the zone shows, in seconds since 1970.
    func local(_ time: Int64) -> Int64 { time + offset(at: time) }

    enum Meaning: Equatable {
        case once(Int64)
        /// The clocks skip it at this time.
        case never(skippedAt: Int64)
        case twice(Int64, Int64)
    }

    /// When a clock of the zone shows `local`.
    func meaning(of local: Int64) -> Meaning {
        // Every offset is below a day, and a day has at most one change.
        guard let change = change(after: local - 86_400, until: local + 86_400) else {
            return .once(local - offset(at: local))
        }
        if local < change.time + min(change.before, change.after) { return .once(local - change.before) }
        if local >= change.time + max(change.before, change.after) { return .once(local - change.after) }
        if change.before < change.after { return .never(skippedAt: change.time) }
        return .twice(local - change.before, local - change.after)
    }

    /// When a clock of the zone shows `local` first after a time; the end of the skip if it never does.
    func time(of local: Int64, after time: Int64) -> Int64 {
        switch meaning(of: local) {
        case .once(let only), .never(skippedAt: let only): only
        case .twice(let first, let second): first > time ? first : second
        }
    }

    /// The first change of the offset after a time; looked for in steps of half a day.
    func change(after start: Int64, until end: Int64) -> (time: Int64, before: Int64, after: Int64)? {
        var time = start
        var before = offset(at: time)
        while time < end {
            let next = min(time + 43_200, end)
            let after = offset(at: next)
            if after != before {
                var (low, high) = (time, next)
                while high - low > 1 {
                    let middle = low + (high - low) / 2
                    if offset(at: middle) == before { low = middle } else { high = middle }
                }
                return (high, before, offset(at: high))
            }
            (time, before) = (next, after)
        }
        return nil
    }
}
