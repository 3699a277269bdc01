/// The yearly change of a zone's offset: the text that ends a file of the time zone database, such as
/// `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX TZ, RFC 9636 section 3.3.1). Pure.
struct ZoneRule: Sendable, Equatable {
    private enum Day: Sendable, Equatable {
        /// Month, week (5 is the last) and weekday (Sunday is 0).
        case weekday(Int, Int, Int)
        /// Days after 1 January; whether 29 February counts.
        case number(Int, countsLeapDay: Bool)
    }

    private struct Turn: Sendable, Equatable {
        let day: Day
        /// Seconds since midnight of the offset before; may be negative, or over a day.
        let time: Int
    }

    private let standard: Int
    private let summer: Int
    private let turns: (start: Turn, end: Turn)?

    static func == (left: ZoneRule, right: ZoneRule) -> Bool {
        (left.standard, left.summer) == (right.standard, right.summer) && left.turns?.start == right.turns?.start
            && left.turns?.end == right.turns?.end
    }

    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard Self.takeName(&rest), let west = Self.takeTime(&rest) else { return nil }
        standard = -west
        guard !rest.isEmpty else {
            (summer, turns) = (standard, nil)
            return
        }
        guard Self.takeName(&rest) else { return nil }
        if rest.first == UInt8(ascii: ",") {
            summer = standard + 3600
        } else {
            guard let west = Self.takeTime(&rest) else { return nil }
            summer = -west
        }
        guard let start = Self.takeTurn(&rest), let end = Self.takeTurn(&rest), rest.isEmpty else { return nil }
        turns = (start, end)
    }

    func offset(at time: Int64) -> Int {
        guard let turns else { return standard }
        let year = CivilTime(seconds: time + Int64(standard)).year
        let start = Self.seconds(of: turns.start, in: year) - Int64(standard)
        let end = Self.seconds(of: turns.end, in: year) - Int64(summer)
        let isSummer = start < end ? start <= time && time < end : !(end <= time && time < start)
        return isSummer ? summer : standard
    }

    private static func seconds(of turn: Turn, in year: Int) -> Int64 {
        switch turn.day {
        case .weekday(let month, let week, let weekday):
            let facts = CivilMonth(year, month)
            var day = 1 + (weekday - facts.firstWeekday + 7) % 7 + (week - 1) * 7
            if day > facts.length { day -= 7 }
            return facts.start + Int64(day - 1) * 86_400 + Int64(turn.time)
        case .number(let number, let countsLeapDay):
            let isAfterLeapDay = !countsLeapDay && number >= 59 && CivilMonth(year, 2).length == 29
            return CivilMonth(year, 1).start + Int64(number + (isAfterLeapDay ? 1 : 0)) * 86_400 + Int64(turn.time)
        }
    }

    // MARK: Reading

    /// `CET`, or `<+0545>`.
    private static func takeName(_ rest: inout ArraySlice<UInt8>) -> Bool {
        if rest.first == UInt8(ascii: "<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
            rest = rest[(end + 1)...]
            return true
        }
        let name = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
        rest = rest[name.endIndex...]
        return name.count >= 3
    }

    private static func takeNumber(_ rest: inout ArraySlice<UInt8>, in range: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard (1...3).contains(digits.count) else { return nil }
        rest = rest[digits.endIndex...]
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return range.contains(number) ? number : nil
    }

    private static func take(_ byte: UInt8, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// `-1`, `10:30` or `167:00:00`, in seconds.
    private static func takeTime(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let isNegative = take(UInt8(ascii: "-"), &rest)
        if !isNegative { _ = take(UInt8(ascii: "+"), &rest) }
        guard var seconds = takeNumber(&rest, in: 0...167).map({ $0 * 3600 }) else { return nil }
        for unit in [60, 1] where take(UInt8(ascii: ":"), &rest) {
            guard let number = takeNumber(&rest, in: 0...59) else { return nil }
            seconds += number * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `,M3.5.0/2`, `,J60` or `,59`.
    private static func takeTurn(_ rest: inout ArraySlice<UInt8>) -> Turn? {
        guard take(UInt8(ascii: ","), &rest) else { return nil }
        let day: Day
        if take(UInt8(ascii: "M"), &rest) {
            guard let month = takeNumber(&rest, in: 1...12), take(UInt8(ascii: "."), &rest),
                let week = takeNumber(&rest, in: 1...5), take(UInt8(ascii: "."), &rest),
                let weekday = takeNumber(&rest, in: 0...6)
            else { return nil }
            day = .weekday(month, week, weekday)
        } else if take(UInt8(ascii: "J"), &rest) {
            guard let number = takeNumber(&rest, in: 1...365) else { return nil }
            day = .number(number - 1, countsLeapDay: false)
        } else {
            guard let number = takeNumber(&rest, in: 0...365) else { return nil }
            day = .number(number, countsLeapDay: true)
        }
        guard take(UInt8(ascii: "/"), &rest) else { return Turn(day: day, time: 7200) }
        return takeTime(&rest).map { Turn(day: day, time: $0) }
    }
}
