#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A moment as people and programs write it: `2026-01-19T22:00:00Z`, also without seconds, with a fraction, or with an
/// offset. Pure.
enum ISO8601Time {
    /// Nil if it is none, or if that day does not exist.
    static func date(_ text: String) -> Date? {
        let form =
            /([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]+))?([Zz]|[-+][0-9]{2}(?::?[0-9]{2})?)/
        guard let match = text.wholeMatch(of: form), match.3 != nil || match.4 == nil,
            isInCalendar(match.1, match.2, match.3 ?? ":00"), let zone = offset(match.5)
        else { return nil }
        let fraction = match.4.flatMap { Double("0.\($0)") } ?? 0
        let whole = try? Date("\(match.1)T\(match.2)\(match.3 ?? ":00")\(zone)", strategy: .iso8601)
        return whole?.addingTimeInterval(fraction)
    }

    /// `+02`, `+0200` and `+02:00` as the last one; nil beyond a day.
    private static func offset(_ text: Substring) -> String? {
        if text.lowercased() == "z" { return "Z" }
        let digits = text.dropFirst().filter { $0 != ":" }
        let (hours, minutes) = (digits.prefix(2), digits.count > 2 ? digits.suffix(2) : "00")
        guard let hour = Int(hours), let minute = Int(minutes), hour < 24, minute < 60 else { return nil }
        return "\(text.prefix(1))\(hours):\(minutes)"
    }

    /// Whether the date and time exist: the reader takes 30 February for 2 March.
    private static func isInCalendar(_ date: Substring, _ clock: Substring, _ second: Substring) -> Bool {
        let numbers = (date.split(separator: "-") + clock.split(separator: ":") + second.split(separator: ":"))
            .compactMap { Int($0) }
        guard numbers.count == 6, (1...12).contains(numbers[1]) else { return false }
        let (year, month) = (numbers[0], numbers[1])
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        return (1...length).contains(numbers[2]) && numbers[3] < 24 && numbers[4] < 60 && numbers[5] < 60
    }
}
