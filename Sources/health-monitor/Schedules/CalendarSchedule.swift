/// The times of systemd's OnCalendar (systemd.time(7), "Calendar events"), as systemd computes them. Pure.
///
/// Around a change of the clocks, a skipped time does not come, and a time that comes twice is due at the first.
struct CalendarSchedule: Sendable, Equatable {
    private let pattern: CivilPattern
    /// The zone at the end of the text; nil without one.
    let zone: Zone?

    private static let shorthands = [
        "minutely": "*-*-* *:*:00", "hourly": "*-*-* *:00:00", "daily": "*-*-* 00:00:00",
        "monthly": "*-*-01 00:00:00", "weekly": "Mon *-*-* 00:00:00", "yearly": "*-01-01 00:00:00",
        "annually": "*-01-01 00:00:00", "quarterly": "*-01,04,07,10-01 00:00:00",
        "semiannually": "*-01,07-01 00:00:00", "semi-annually": "*-01,07-01 00:00:00",
        "biannually": "*-01,07-01 00:00:00", "bi-annually": "*-01,07-01 00:00:00",
    ]

    /// - Parameter zones: finds a zone by its name.
    init(_ text: String, zones: (String) -> Zone?) throws(ScheduleFault) {
        var words = text.split(separator: " ").map(String.init)
        // A name after the first word, which may be a shorthand.
        if words.count > 1, let last = words.last, let found = Self.zone(last, zones) {
            zone = found
            words.removeLast()
        } else {
            zone = nil
        }
        if words.count == 1, let shorthand = Self.shorthands[words[0].lowercased()] {
            words = shorthand.split(separator: " ").map(String.init)
        }
        if words.count == 1, words[0].hasPrefix("@") {
            pattern = try Self.instant(words[0], text)
            guard zone == nil else { throw CalendarReader.fault(text, "seconds since 1970 take no zone") }
        } else {
            var reader = CalendarReader(words, text)
            pattern = try reader.pattern()
        }
    }

    private static func zone(_ word: String, _ zones: (String) -> Zone?) -> Zone? {
        if word.lowercased() == "utc" { return .utc }
        // No zone begins with a digit or a star, and no date or time is a name.
        return word.first?.isLetter == true ? zones(word) : nil
    }

    /// `@1395716396`: once.
    private static func instant(_ word: String, _ text: String) throws(ScheduleFault) -> CivilPattern {
        // `Int64` would take a sign.
        guard !word.contains("+"), let seconds = Int64(word.dropFirst()), seconds >= 0, seconds < 7_258_118_400 else {
            throw CalendarReader.fault(text, "give seconds since 1970 after the @")
        }
        let time = CivilTime(seconds: seconds)
        func only(_ number: Int) -> NumberSet { NumberSet(parts: [.init(start: number)]) }
        let (hour, rest) = Int(time.microseconds).quotientAndRemainder(dividingBy: 3_600_000_000)
        return CivilPattern(
            years: only(time.year), months: only(time.month), days: only(time.day), hours: only(hour),
            minutes: only(rest / 60_000_000), seconds: only(rest % 60_000_000))
    }

    /// The first due time after a time, in microseconds since 1970.
    func next(after time: Int64, in zone: Zone) -> Int64? {
        let (seconds, fraction) = (time / 1_000_000, time % 1_000_000)
        var start = CivilTime(seconds: zone.local(seconds), fraction: fraction).advanced()
        while let found = pattern.next(from: start) {
            func due(_ seconds: Int64) -> Int64 { seconds * 1_000_000 + found.microseconds % 1_000_000 }
            switch zone.meaning(of: found.seconds) {
            case .once(let only):
                return due(only)
            case .twice(let first, let second):
                if due(first) > time { return due(first) }
                if due(second) > time { return due(second) }
                start = found.advanced()
            case .never(let change):
                start = CivilTime(seconds: zone.local(change))
            }
        }
        return nil
    }
}

extension CivilTime {
    /// A microsecond later.
    fileprivate func advanced() -> CivilTime {
        guard microseconds + 1 < Self.microsecondsPerDay else { return CivilTime(seconds: seconds + 1) }
        return CivilTime(year: year, month: month, day: day, microseconds: microseconds + 1)
    }
}
