/// The numbers that one field of a schedule allows. Pure.
struct NumberSet: Sendable, Equatable {
    struct Part: Sendable, Equatable {
        var start: Int
        /// The last number of a repetition; nil for the field's end.
        var stop: Int?
        /// Zero for a single number.
        var step = 0
    }

    /// Empty for every number.
    var parts: [Part] = []

    static let any = NumberSet()

    /// The first allowed number from `number` on.
    func next(from number: Int) -> Int? {
        if parts.isEmpty { return number }
        return parts.lazy.compactMap { Self.next($0, from: number) }.min()
    }

    private static func next(_ part: Part, from number: Int) -> Int? {
        if part.start >= number { return part.start }
        guard part.step > 0 else { return nil }
        let next = part.start + (number - part.start + part.step - 1) / part.step * part.step
        return part.stop.map { next <= $0 } ?? true ? next : nil
    }

    func contains(_ number: Int) -> Bool { next(from: number) == number }

    /// The days that a set of days before a month's end names in a month of this length; 1 is the last.
    func reversed(inMonthOf length: Int) -> NumberSet {
        NumberSet(
            parts: parts.map { part in
                let (start, stop) = (length + 1 - part.start, part.stop.map { length + 1 - $0 })
                return Part(start: start, stop: part.step > 0 ? stop ?? length : nil, step: part.step)
            })
    }
}

/// The dates and times of day of a schedule, whatever the zone. Pure.
struct CivilPattern: Sendable, Equatable {
    var years = NumberSet.any
    var months = NumberSet.any
    var days = NumberSet.any
    /// Whether days count from the month's end.
    var daysAreFromEnd = false
    /// Bits; Sunday is bit 0.
    var weekdays: UInt8 = 0x7F
    /// Whether a day of the month or of the week suffices.
    var isEither = false
    var hours = NumberSet.any
    var minutes = NumberSet.any
    /// Microseconds of the minute.
    var seconds = NumberSet(parts: [.init(start: 0)])

    /// The first time from `start` on; nil if there is none until 2199.
    func next(from start: CivilTime) -> CivilTime? {
        var year = start.year
        while let found = years.next(from: year), found <= CivilTime.years.upperBound {
            var month = found == start.year ? start.month : 1
            while let next = months.next(from: month), next <= 12 {
                if let time = first(found, next, from: start) { return time }
                month = next + 1
            }
            year = found + 1
        }
        return nil
    }

    private func first(_ year: Int, _ month: Int, from start: CivilTime) -> CivilTime? {
        let facts = CivilMonth(year, month)
        let isFirst = (year, month) == (start.year, start.month)
        let allowed = daysAreFromEnd ? days.reversed(inMonthOf: facts.length) : days
        for day in stride(from: isFirst ? start.day : 1, through: facts.length, by: 1) {
            let (isDay, isWeekday) = (allowed.contains(day), weekdays & 1 << facts.weekday(of: day) != 0)
            guard isEither ? isDay || isWeekday : isDay && isWeekday else { continue }
            if let time = time(from: isFirst && day == start.day ? start.microseconds : 0) {
                return CivilTime(year: year, month: month, day: day, microseconds: time)
            }
        }
        return nil
    }

    /// The first time of day from `start` on, in microseconds since midnight.
    private func time(from start: Int64) -> Int64? {
        let (startHour, rest) = Int(start).quotientAndRemainder(dividingBy: 3_600_000_000)
        let (startMinute, startSecond) = rest.quotientAndRemainder(dividingBy: 60_000_000)
        var hour = startHour
        while let h = hours.next(from: hour), h < 24 {
            var minute = h == startHour ? startMinute : 0
            while let m = minutes.next(from: minute), m < 60 {
                let isStart = (h, m) == (startHour, startMinute)
                if let s = seconds.next(from: isStart ? startSecond : 0), s < 60_000_000 {
                    return Int64(h) * 3_600_000_000 + Int64(m) * 60_000_000 + Int64(s)
                }
                minute = m + 1
            }
            hour = h + 1
        }
        return nil
    }
}
