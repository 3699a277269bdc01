#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A date and a time of day without a zone. Pure.
struct CivilTime: Comparable, Sendable {
    var year: Int
    var month: Int
    var day: Int
    /// Since midnight.
    var microseconds: Int64

    /// The years that schedules know, as systemd has them. Other times are taken for the nearest of these years.
    static let years = 1970...2199
    static let microsecondsPerDay: Int64 = 86_400_000_000

    fileprivate static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private static let limits = CivilMonth(years.lowerBound, 1).start...CivilMonth(years.upperBound + 1, 1).start - 1

    init(year: Int, month: Int, day: Int, microseconds: Int64 = 0) {
        (self.year, self.month, self.day, self.microseconds) = (year, month, day, microseconds)
    }

    /// - Parameters:
    ///   - seconds: since 1970 on a clock that shows this time.
    ///   - fraction: microseconds beyond.
    init(seconds: Int64, fraction: Int64 = 0) {
        let seconds = min(max(seconds, Self.limits.lowerBound), Self.limits.upperBound)
        let date = Date(timeIntervalSince1970: Double(seconds))
        let parts = Self.calendar.dateComponents([.year, .month, .day], from: date)
        (year, month, day) = (parts.year ?? 1970, parts.month ?? 1, parts.day ?? 1)
        microseconds = seconds % 86_400 * 1_000_000 + fraction
    }

    /// Seconds since 1970 on a clock that shows this time, rounded down.
    var seconds: Int64 { CivilMonth(year, month).start + Int64(day - 1) * 86_400 + microseconds / 1_000_000 }

    static func < (left: CivilTime, right: CivilTime) -> Bool {
        (left.year, left.month, left.day, left.microseconds) < (right.year, right.month, right.day, right.microseconds)
    }
}

/// A month of the calendar. Pure.
struct CivilMonth: Sendable {
    /// Seconds from 1970 to its first midnight.
    let start: Int64
    let length: Int
    /// The weekday of its first day; Sunday is 0.
    let firstWeekday: Int

    init(_ year: Int, _ month: Int) {
        let first = Self.first(year, month)
        start = Int64(first.timeIntervalSince1970)
        length = Int(Self.first(year, month + 1).timeIntervalSince(first) / 86_400)
        firstWeekday = CivilTime.calendar.component(.weekday, from: first) - 1
    }

    private static func first(_ year: Int, _ month: Int) -> Date {
        // The components name a day of every calendar year, so there is always a date.
        CivilTime.calendar.date(from: DateComponents(year: year, month: month, day: 1)) ?? Date.distantFuture
    }

    /// The weekday of a day; Sunday is 0.
    func weekday(of day: Int) -> Int { (firstWeekday + day - 1) % 7 }
}
