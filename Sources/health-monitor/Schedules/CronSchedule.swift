/// The times of a cron expression with five fields, as Vixie's cron runs them. Pure.
///
/// Around a change of the clocks: a job with fixed minutes and hours that the clocks skip is due right after the skip,
/// and a time that comes twice is due at the first. A job whose minute or hour begins with `*` follows the clock
/// through each real hour.
struct CronSchedule: Sendable, Equatable {
    private let pattern: CivilPattern
    private let isWild: Bool

    private static let names = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// Whether a text is meant as a cron expression.
    static func isCron(_ text: String) -> Bool {
        if text.hasPrefix("@") { return text.dropFirst().first?.isNumber != true }
        return text.split(whereSeparator: \.isWhitespace).count == 5
    }

    init(_ text: String) throws(ScheduleFault) {
        let isName = text.hasPrefix("@")
        guard let line = isName ? Self.names[text.lowercased()] : text else {
            throw ScheduleFault(
                words: text.lowercased() == "@reboot"
                    ? "@reboot names no time: give a time, or maxSilence"
                    : "\"\(text.prefix(40))\" is unknown: give one of \(Self.names.keys.sorted().joined(separator: ", "))"
            )
        }
        let fields = line.split(whereSeparator: \.isWhitespace)
        guard fields.count == 5 else {
            throw ScheduleFault(
                words: "\"\(text.prefix(60))\" has \(fields.count) fields: give minute, hour, day of month, month and "
                    + "day of week")
        }
        var sets: [NumberSet] = []
        for (field, text) in zip(CronField.all, fields) { sets.append(try field.numbers(text)) }
        var pattern = CivilPattern(months: sets[3], days: sets[2], hours: sets[1], minutes: sets[0])
        // 7 is Sunday too.
        pattern.weekdays = (0...7).reduce(0) { sets[4].contains($1) ? $0 | 1 << UInt8($1 % 7) : $0 }
        // Vixie's rule: only when neither day field begins with a star, one of them suffices.
        pattern.isEither = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
        self.pattern = pattern
        isWild = fields[0].hasPrefix("*") || fields[1].hasPrefix("*")
        guard pattern.next(from: CivilTime(year: 2000, month: 1, day: 1)) != nil else {
            throw ScheduleFault(
                words: "\"\(text.prefix(60))\" names a date that no year has: give another day or month")
        }
    }

    /// The first due time after a time, in seconds since 1970.
    func next(after time: Int64, in zone: Zone) -> Int64? {
        var start = Self.minute(after: zone.local(time))
        while let found = pattern.next(from: CivilTime(seconds: start)) {
            let local = found.seconds
            switch zone.meaning(of: local) {
            case .once(let due):
                return repeated(after: time, until: due, in: zone) ?? due
            case .twice(let first, let second):
                if first > time { return first }
                if isWild, second > time { return repeated(after: time, until: second, in: zone) ?? second }
                start = local + 60
            case .never(let change):
                if !isWild { return change }
                start = zone.local(change)
            }
        }
        return nil
    }

    /// A time in the hour that the clocks repeat, for a job that runs in both.
    private func repeated(after time: Int64, until end: Int64, in zone: Zone) -> Int64? {
        guard isWild else { return nil }
        var start = time
        while let change = zone.change(after: start, until: end) {
            let (first, last) = (change.time + change.after, change.time + change.before)
            if first < last, let found = pattern.next(from: CivilTime(seconds: Self.minute(from: first)))?.seconds,
                found < last, found - change.after > time
            {
                return found - change.after
            }
            start = change.time
        }
        return nil
    }

    private static func minute(after seconds: Int64) -> Int64 { minute(from: seconds + 1) }

    private static func minute(from seconds: Int64) -> Int64 { (seconds + 59) / 60 * 60 }
}
