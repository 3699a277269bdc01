@testable import KeepAliveHealthMonitor
@testable import KeepAlivePlatform

/// Schedules of jobs, and time zones.
let scheduleTargets = [
    Target(name: "schedule", most: 512, look: lookAtSchedule),
    Target(name: "zone", most: 1 << 16, look: lookAtZone),
    Target(name: "zone-rule", most: 256, look: lookAtRule),
]

private let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"].compactMap {
    ZoneFile.zone(named: $0)
}

/// cron and OnCalendar: the next time lies ahead, and the time after it ahead of that.
private func lookAtSchedule(_ bytes: [UInt8]) {
    let text = text(bytes)
    let now = WallTime(microseconds: 1_768_838_847_123_456)
    for zone in [Zone.utc] + zones.prefix(2) {
        guard let schedule = try? JobSchedule(text, in: zone) else { return }
        var time = now
        for _ in 0..<4 {
            guard let next = schedule.next(after: time) else { break }
            require(next > time, "\(text): \(next.iso8601) is not after \(time.iso8601)")
            _ = schedule.words(next, now: now)
            time = next
        }
        for edge in [Int64.min, -1, 0, .max] { _ = schedule.next(after: WallTime(microseconds: edge)) }
    }
}

private let times: [Int64] = [0, 1_768_838_847, -1, 4_102_444_800, 7_258_118_399]

private func look(at zone: Zone) {
    for time in times + zone.changes.prefix(3).map(\.time) + zone.changes.suffix(3).map(\.time) {
        guard abs(time) < 1 << 40 else { continue }
        let offset = zone.offset(at: time)
        require(abs(offset) <= 200 * 3600, "the offset is \(offset)")
        _ = zone.time(of: zone.local(time), after: time - 1)
        if let change = zone.change(after: time, until: time + 400 * 86_400) {
            require(change.time > time && change.before != change.after, "the change at \(change.time) is none")
        }
    }
}

/// A file of the zone database (RFC 9636).
private func lookAtZone(_ bytes: [UInt8]) {
    if let zone = ZoneFile.zone(named: "Fuzz/Zone", bytes) { look(at: zone) }
}

/// The last line of such a file.
private func lookAtRule(_ bytes: [UInt8]) {
    guard let rule = ZoneRule(text(bytes)) else { return }
    look(at: Zone(name: "Fuzz/Rule", changes: [], first: 0, rule: rule))
}
