import KeepAliveKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A time in which failures are expected and nobody is woken: once, or every week on some days. UTC. Pure.
enum MaintenanceWindow: Sendable, Equatable {
    case once(from: Date, to: Date)
    /// Days as Calendar counts them, Sunday being 1; minutes since midnight. One that ends before it begins goes on into
    /// the next day.
    case weekly(days: Set<Int>, from: Int, to: Int)

    func contains(_ time: Date) -> Bool {
        switch self {
        case .once(let from, let to):
            return from <= time && time < to
        case .weekly(let days, let from, let to):
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = .gmt
            let parts = calendar.dateComponents([.weekday, .hour, .minute], from: time)
            guard let day = parts.weekday, let hour = parts.hour, let minute = parts.minute else { return false }
            let now = hour * 60 + minute
            if from < to { return days.contains(day) && from <= now && now < to }
            let yesterday = day == 1 ? 7 : day - 1
            return (days.contains(day) && now >= from) || (days.contains(yesterday) && now < to)
        }
    }

    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Reads `{from: "2026-01-19T22:00:00Z", to: "2026-01-20T02:00:00Z"}` or `{days: ["sun"], from: "02:00", to: "04:00"}`.
    init?(reading section: ConfigurationSection) {
        let from = section.string("from")
        let to = section.string("to")
        if section.has("days") || from.contains(":") && from.count <= 5 {
            let names = section.strings("days")
            var days = Set(1...7)
            if !names.isEmpty {
                days = []
                for name in names {
                    guard let index = Self.days.firstIndex(of: String(name.lowercased().prefix(3))) else {
                        section.refuse(
                            "days",
                            "\"\(name.prefix(20))\" is not allowed: give some of \(Self.days.joined(separator: ", "))")
                        continue
                    }
                    days.insert(index + 1)
                }
            }
            guard let start = Self.minutes(from, "from", section), let end = Self.minutes(to, "to", section) else {
                return nil
            }
            self = .weekly(days: days, from: start, to: end)
        } else {
            guard let start = Self.date(from, "from", section), let end = Self.date(to, "to", section) else {
                return nil
            }
            if end <= start { section.refuse("to", "it is not later than from") }
            self = .once(from: start, to: end)
        }
        section.finish()
    }

    private static func minutes(_ text: String, _ key: String, _ section: ConfigurationSection) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hour = Int(parts[0]), let minute = Int(parts[1]),
            (0...23).contains(hour), (0...59).contains(minute)
        {
            return hour * 60 + minute
        }
        if !text.isEmpty {
            section.refuse(key, "\"\(text.prefix(40))\" is not allowed: give a time such as 02:30 (UTC)")
        }
        return nil
    }

    private static func date(_ text: String, _ key: String, _ section: ConfigurationSection) -> Date? {
        if let date = try? Date(text, strategy: .iso8601) { return date }
        if !text.isEmpty {
            section.refuse(key, "\"\(text.prefix(40))\" is not allowed: give a time such as 2026-01-19T22:00:00Z")
        }
        return nil
    }
}
