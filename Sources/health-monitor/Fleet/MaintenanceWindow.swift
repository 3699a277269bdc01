import KeepAliveKit
import KeepAlivePlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A period in which failures are expected and send no alert: once, weekly on some days, or by a schedule. Pure.
enum MaintenanceWindow: Sendable, Equatable {
    case once(from: Date, to: Date)
    /// Days as Calendar counts them (Sunday is 1); minutes since midnight. A window that ends before it begins extends
    /// into the next day.
    case weekly(days: Set<Int>, from: Int, to: Int, zone: Zone = .utc)
    /// From each of these times on.
    case recurring(JobSchedule, for: Duration)

    func contains(_ time: Date) -> Bool {
        switch self {
        case .once(let from, let to):
            return from <= time && time < to
        case .recurring(let schedule, let length):
            let now = WallTime(microseconds: Self.wall(time))
            let start = WallTime(microseconds: now.microseconds - length.microseconds)
            return schedule.next(after: start).map { $0 <= now } ?? false
        case .weekly(let days, let from, let to, let zone):
            let local = CivilTime(seconds: zone.local(Self.wall(time) / 1_000_000))
            let day = CivilMonth(local.year, local.month).weekday(of: local.day) + 1
            let now = Int(local.microseconds / 60_000_000)
            if from < to { return days.contains(day) && from <= now && now < to }
            let yesterday = day == 1 ? 7 : day - 1
            return (days.contains(day) && now >= from) || (days.contains(yesterday) && now < to)
        }
    }

    static func wall(_ time: Date) -> Int64 {
        Int64(min(max(0, time.timeIntervalSince1970), 7_000_000_000) * 1_000_000)
    }

    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Reads `{from: "2026-01-19T22:00:00Z", to: "2026-01-20T02:00:00Z"}`,
    /// `{days: ["sun"], from: "02:00", to: "04:00", timeZone: "Europe/Berlin"}` or
    /// `{schedule: "0 2 1 * *", minutes: 120, timeZone: "Europe/Berlin"}`.
    init?(reading section: ConfigurationSection) {
        if section.has("schedule") {
            defer { section.finish() }
            let schedule = JobSchedule(reading: section)
            if !section.has("minutes") { section.refuse("minutes", "is missing: give how long the window is") }
            let minutes = section.integer("minutes", in: 1...40_320, default: 60)
            guard let schedule else { return nil }
            self = .recurring(schedule, for: .seconds(minutes * 60))
            return
        }
        let from = section.string("from")
        let to = section.string("to")
        defer { section.finish() }
        if section.has("days") || from.contains(":") && from.count <= 5 {
            let names = section.strings("days")
            var days = Set(1...7)
            if names.isEmpty, section.value("days")?.elements?.isEmpty == true {
                section.refuse(
                    "days", "the list is empty: give some of \(Self.days.joined(separator: ", ")), or leave it out")
            }
            if !names.isEmpty {
                days = []
                for name in names {
                    guard let index = Self.day(name) else {
                        section.refuse(
                            "days",
                            "\"\(name.prefix(20))\" is not allowed: give some of \(Self.days.joined(separator: ", "))")
                        continue
                    }
                    days.insert(index + 1)
                }
            }
            // Read both before returning, because each may be wrong.
            let ends = (Self.minutes(from, "from", 0..<1440, section), Self.minutes(to, "to", 0..<1441, section))
            let zone = Zone(reading: section)
            guard let start = ends.0, let end = ends.1 else { return nil }
            if start == end { section.refuse("to", "it equals from: for a whole day give 00:00 and 24:00") }
            self = .weekly(days: days, from: start, to: end, zone: zone)
        } else {
            let ends = (Self.date(from, "from", section), Self.date(to, "to", section))
            guard let start = ends.0, let end = ends.1 else { return nil }
            if end <= start { section.refuse("to", "it is not later than from") }
            self = .once(from: start, to: end)
        }
    }

    /// The index of a day by its English name, in full or by its first three letters.
    private static func day(_ name: String) -> Int? {
        let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        let name = name.lowercased()
        return days.firstIndex(of: name) ?? names.firstIndex(of: name)
    }

    private static func minutes(
        _ text: String, _ key: String, _ range: Range<Int>, _ section: ConfigurationSection
    ) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        // `Int` would take a sign.
        let areDigits = parts.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        if parts.count == 2, areDigits, let hour = Int(parts[0]), let minute = Int(parts[1]), (0...24).contains(hour),
            (0...59).contains(minute), range.contains(hour * 60 + minute)
        {
            return hour * 60 + minute
        }
        if !text.isEmpty {
            section.refuse(key, "\"\(text.prefix(40))\" is not allowed: give a time such as 02:30")
        }
        return nil
    }

    static func date(_ text: String, _ key: String, _ section: ConfigurationSection) -> Date? {
        if let date = ISO8601Time.date(text) { return date }
        if !text.isEmpty {
            section.refuse(key, "\"\(text.prefix(40))\" is not allowed: give a time such as 2026-01-19T22:00:00Z")
        }
        return nil
    }
}
