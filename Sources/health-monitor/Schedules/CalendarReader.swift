/// Reads the parts of an OnCalendar text: `Mon..Fri *-*-1,15 08..18/2:30:00`. Pure.
struct CalendarReader {
    private let words: [String]
    private let text: String

    init(_ words: [String], _ text: String) {
        (self.words, self.text) = (words, text)
    }

    static func fault(_ text: String, _ words: String) -> ScheduleFault {
        ScheduleFault(
            words: "\"\(text.prefix(60))\" is neither a cron expression nor a calendar event of systemd: \(words); "
                + "try it with systemd-analyze calendar")
    }

    private func fault(_ words: String) -> ScheduleFault { Self.fault(text, words) }

    mutating func pattern() throws(ScheduleFault) -> CivilPattern {
        var pattern = CivilPattern()
        var words = words[...]
        // Without a time it is midnight.
        (pattern.hours, pattern.minutes) = (NumberSet(parts: [.init(start: 0)]), NumberSet(parts: [.init(start: 0)]))
        if let word = words.first, word.first?.isLetter == true {
            pattern.weekdays = try weekdays(word)
            words = words.dropFirst()
        } else if words.isEmpty {
            throw fault("it is empty")
        }
        if let word = words.first, !word.contains(":") {
            try readDate(word, into: &pattern)
            words = words.dropFirst()
        }
        if let word = words.first {
            try readTime(word, into: &pattern)
            words = words.dropFirst()
        }
        guard words.isEmpty else {
            throw fault("\"\(words.joined(separator: " ").prefix(30))\" is not expected after the time")
        }
        return pattern
    }

    // MARK: Weekdays

    private static let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    /// `Mon`, `Mon,Wed`, `Mon..Fri`, `Mon-Fri,Sun`; a week begins with Monday.
    private func weekdays(_ word: String) throws(ScheduleFault) -> UInt8 {
        var bits: UInt8 = 0
        var items = word.split(separator: ",", omittingEmptySubsequences: false)[...]
        // systemd takes a comma at the end.
        if items.count > 1, items.last?.isEmpty == true { items = items.dropLast() }
        for item in items {
            let ends = Self.split(item, at: item.contains("..") ? ".." : "-")
            let numbers = ends.map { day in
                Self.days.firstIndex { $0 == day.lowercased() || $0.prefix(3) == day.lowercased() }.map { ($0 + 6) % 7 }
            }
            guard let first = numbers.first ?? nil, let last = numbers.last ?? nil, first <= last
            else { throw fault("\"\(item.prefix(20))\" is not a weekday or a range from Mon to Sun") }
            for number in first...last { bits |= 1 << UInt8((number + 1) % 7) }
        }
        return bits
    }

    private static func split(_ text: Substring, at mark: String) -> [Substring] {
        guard let range = text.firstRange(of: mark) else { return [text] }
        return [text[..<range.lowerBound], text[range.upperBound...]]
    }

    // MARK: Date and time

    /// `*-*-*`, `10-31`, `*-02~03` or `2026-01-01`.
    private func readDate(_ word: String, into pattern: inout CivilPattern) throws(ScheduleFault) {
        pattern.daysAreFromEnd = word.contains("~")
        let parts = word.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "~" }
        let isLast = word.lastIndex { $0 == "-" || $0 == "~" }.map { word[$0] == "~" } ?? false
        guard (2...3).contains(parts.count), word.filter({ $0 == "~" }).count == (isLast ? 1 : 0) else {
            throw fault("\"\(word.prefix(30))\" is not a date such as *-*-01, 12-31 or *-*~01 (the last day)")
        }
        let fields = Array(parts.suffix(2))
        if parts.count == 3 {
            pattern.years = try numbers(parts[0], "year", in: CivilTime.years) { year in
                year < 70 ? year + 2000 : year < 100 ? year + 1900 : year
            }
        }
        pattern.months = try numbers(fields[0], "month", in: 1...12)
        pattern.days = try numbers(fields[1], "day", in: isLast ? 1...28 : 1...31, descends: isLast)
    }

    /// `10:00`, `*:0/15` or `08:30:00.5`.
    private func readTime(_ word: String, into pattern: inout CivilPattern) throws(ScheduleFault) {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count) else {
            throw fault("\"\(word.prefix(30))\" is not a time such as 02:30 or *:0/15")
        }
        pattern.hours = try numbers(parts[0], "hour", in: 0...23)
        pattern.minutes = try numbers(parts[1], "minute", in: 0...59)
        if parts.count == 3 {
            pattern.seconds = try numbers(parts[2], "second", in: 0...59_999_999, unit: 1_000_000)
            // Every second, not every microsecond.
            if parts[2] == "*" { pattern.seconds = NumberSet(parts: [.init(start: 0, step: 1_000_000)]) }
        }
    }

    /// A list of numbers, ranges and repetitions: `1,3`, `8..18`, `0/15`, `8..18/2`.
    ///
    /// - Parameter descends: the numbers count from the end.
    private func numbers(
        _ text: Substring, _ name: String, in range: ClosedRange<Int>, unit: Int = 1, descends: Bool = false,
        _ change: (Int) -> Int = { $0 }
    ) throws(ScheduleFault) -> NumberSet {
        if text == "*" { return .any }
        var parts: [NumberSet.Part] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let ends = Self.split(halves[0], at: "..")
            let numbers = ends.map { Self.number($0, unit).map(change) }
            let given = halves.count == 2 ? Self.number(halves[1], unit) : nil
            guard let start = numbers.first ?? nil, range.contains(start), halves.count == 1 || given ?? 0 > 0 else {
                throw fault("\"\(item.prefix(20))\" is not allowed as \(name)")
            }
            let step = given ?? (ends.count == 2 ? unit : 0)
            guard ends.count == 2 else {
                // One repetition at least must fit, as systemd demands.
                let fits = descends ? start - step >= range.lowerBound : start + step <= range.upperBound
                guard fits else { throw fault("\"\(item.prefix(20))\" repeats nothing within the \(name)s") }
                parts.append(.init(start: start, step: step))
                continue
            }
            // A range of seconds without a step goes on by whole seconds.
            guard let end = numbers[1], range.contains(end), end >= start,
                given != nil || unit == 1 || end - start >= unit
            else { throw fault("\"\(item.prefix(20))\" is not allowed as \(name)") }
            let stop = end - (end - start) % step
            // Days before the month's end: the range begins with the largest.
            parts.append(.init(start: descends ? stop : start, stop: descends ? start : stop, step: step))
        }
        return NumberSet(parts: parts)
    }

    /// A number, for seconds with a fraction of six digits at most, in parts of its unit.
    private static func number(_ text: Substring, _ unit: Int) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap(CronField.number) else { return nil }
        guard unit > 1, parts.count == 2 else { return parts.count == 1 ? whole * unit : nil }
        let digits = parts[1]
        guard (1...6).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let fraction = Int(digits + String(repeating: "0", count: 6 - digits.utf8.count))
        else { return nil }
        return whole * unit + fraction
    }
}
