import KeepAliveKit
import KeepAlivePlatform

/// Reads the time of a log line in the usual forms. Pure, except for this machine's time zone, which applies to times
/// without a zone.
///
/// - `2026-01-19T16:07:27.123Z`, `2026/01/19 16:07:27`, `20260119T160727Z`, also after a level, a bracket, or RFC
///   5424's head;
/// - `19/Jan/2026:16:07:27 +0000` (web servers), `19.01.2026 16:07:27`, `19-Jan-2026 16:07:27.123`, `19 Jan 2026
///   16:07:27`;
/// - `Jan 19 16:07:27` (syslog, journald), `Mon Jan 19 16:07:27.123456 2026` (Apache), `Jan 19, 2026 4:07:27 PM`;
/// - `E0119 16:07:27.123456` (klog, glog);
/// - `1768838847.123`, and a member of a line of JSON: `"time":1768838847123`, `"ts":"2026-…"`.
///
/// A zone is `Z`, `UTC`, `GMT` or an offset. Without a year the latest past one applies. A time of day alone, such as
/// logback's `16:07:27.123`, has no date and does not count.
enum LogTime {
    /// How far into a line a time may begin; in a bracket it may follow names and addresses.
    private static let (head, bracketedHead) = (64, 256)

    static func read(_ line: ArraySlice<UInt8>, now: WallTime) -> WallTime? {
        if line.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"), let time = LogTimeJSON.read(line, now: now) {
            return time
        }
        let bytes = line.prefix(bracketedHead)
        var before: UInt8?
        for index in bytes.indices {
            defer { before = bytes[index] }
            let isNear = index - bytes.startIndex < head
            // It must stand alone, not within a word or number.
            guard before.map({ !isWordByte($0) }) ?? true, isNear || before == UInt8(ascii: "[") else { continue }
            if let time = LogTimeScanner(bytes[index...]).read(isStart: index == bytes.startIndex, now: now) {
                return time
            }
        }
        return nil
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }

    /// Seconds, milliseconds, microseconds or nanoseconds since 1970, distinguished by magnitude; nil if the number is
    /// no plausible time.
    static func epoch(_ number: Double) -> WallTime? {
        var seconds = number
        for _ in 0..<3 where seconds >= 1e11 { seconds /= 1000 }
        return (1e9...5e9).contains(seconds) ? WallTime(microseconds: Int64(seconds * 1_000_000)) : nil
    }
}

/// Reads one time from the beginning of the bytes.
struct LogTimeScanner {
    private var rest: ArraySlice<UInt8>

    private struct Moment {
        var year: Int32?
        var month: Int32
        var day: Int32
        var hour: Int32 = 0
        var minute: Int32 = 0
        var second: Int32 = 0
        /// Seconds east of Greenwich; nil means the machine's zone.
        var zone: Int64?
    }

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// - Parameter isStart: whether the line begins here: only there some numbers count as times.
    func read(isStart: Bool, now: WallTime) -> WallTime? {
        guard let first = rest.first else { return nil }
        if (0x30...0x39).contains(first) {
            for form in [Self.yearFirst, Self.dayFirst] {
                var scanner = self
                if let moment = form(&scanner), let time = Self.time(moment, now) { return time }
            }
        } else if LogTime.isWordByte(first) {
            for form in isStart ? [Self.klog, Self.monthFirst] : [Self.monthFirst] {
                var scanner = self
                if let moment = form(&scanner), let time = Self.time(moment, now) { return time }
            }
        }
        return isStart ? epoch() : nil
    }

    private func epoch() -> WallTime? {
        let text = rest.first == UInt8(ascii: "[") ? rest.dropFirst() : rest
        let digits = text.prefix { (0x30...0x39).contains($0) }
        guard digits.count == 10 || digits.count == 13,
            text.dropFirst(digits.count).first.map({ !LogTime.isWordByte($0) }) ?? true
        else { return nil }
        return Double(String(decoding: digits, as: UTF8.self)).flatMap { LogTime.epoch($0) }
    }

    // MARK: Forms

    private static func yearFirst(_ scanner: inout LogTimeScanner) -> Moment? {
        guard let year = scanner.number(4...4) else { return nil }
        let separator = scanner.mark("-/.")
        guard let month = scanner.number(2...2), separator == nil || scanner.mark(separator) != nil,
            let day = scanner.number(2...2), scanner.mark("T t_") != nil
        else { return nil }
        return scanner.clock(Moment(year: year, month: month, day: day))
    }

    private static func dayFirst(_ scanner: inout LogTimeScanner) -> Moment? {
        guard var day = scanner.number(1...2), let separator = scanner.mark("/.- ") else { return nil }
        var month: Int32
        if let name = scanner.monthName() {
            month = name
        } else {
            guard separator != " ", let number = scanner.number(1...2) else { return nil }
            month = number
        }
        guard scanner.mark(separator) != nil, let year = scanner.number(4...4) else { return nil }
        // A second number over 12 reveals the American order, month first.
        if month > 12 { (day, month) = (month, day) }
        _ = scanner.mark(",")
        guard scanner.mark(": T") != nil else { return nil }
        return scanner.clock(Moment(year: year, month: month, day: day))
    }

    private static func monthFirst(_ scanner: inout LogTimeScanner) -> Moment? {
        guard let month = scanner.monthName(), scanner.blanks(), let day = scanner.number(1...2) else { return nil }
        _ = scanner.mark(",")
        guard scanner.blanks() else { return nil }
        var moment = Moment(year: nil, month: month, day: day)
        if let year = scanner.year() {
            _ = scanner.mark(",")
            guard scanner.blanks() else { return nil }
            moment.year = year
        }
        guard var moment = scanner.clock(moment) else { return nil }
        if moment.year == nil, scanner.blanks() { moment.year = scanner.year() }
        return moment
    }

    /// A letter for the level, the month and the day, with or without a year.
    private static func klog(_ scanner: inout LogTimeScanner) -> Moment? {
        guard scanner.mark("IWEF") != nil else { return nil }
        let year = scanner.rest.prefix { (0x30...0x39).contains($0) }.count == 8 ? scanner.number(4...4) : nil
        guard let month = scanner.number(2...2), let day = scanner.number(2...2), scanner.mark(" ") != nil else {
            return nil
        }
        return scanner.clock(Moment(year: year, month: month, day: day))
    }

    // MARK: Parts

    /// The time of day, with an optional zone.
    private mutating func clock(_ date: Moment) -> Moment? {
        var moment = date
        guard let hour = number(1...2) else { return nil }
        let hasColons = mark(":") != nil
        guard let minute = number(2...2) else { return nil }
        moment.hour = hour
        moment.minute = minute
        if !hasColons || mark(":") != nil {
            guard let second = number(2...2) else { return nil }
            moment.second = second
            if mark(".,") != nil { rest = rest.drop { (0x30...0x39).contains($0) } }
        }
        if let half = word(["AM", "PM"]) {
            guard (1...12).contains(hour) else { return nil }
            moment.hour = hour % 12 + (half == "PM" ? 12 : 0)
        }
        moment.zone = zone()
        return moment
    }

    private mutating func zone() -> Int64? {
        if word(["Z", "UTC", "GMT"]) != nil { return offset() ?? 0 }
        var scanner = self
        let hasBlank = scanner.mark(" ") != nil
        // After a blank the offset needs all its digits, because any text may follow.
        guard let offset = scanner.offset(needsMinutes: hasBlank) else { return nil }
        self = scanner
        return offset
    }

    private mutating func offset(needsMinutes: Bool = false) -> Int64? {
        var scanner = self
        guard let sign = scanner.mark("+-"), let hours = scanner.number(2...2), hours <= 14 else { return nil }
        _ = scanner.mark(":")
        let minutes = scanner.number(2...2)
        guard minutes != nil || !needsMinutes, scanner.isAtEndOfWord else { return nil }
        self = scanner
        return (sign == "-" ? -1 : 1) * (Int64(hours) * 3600 + Int64(minutes ?? 0) * 60)
    }

    private mutating func year() -> Int32? {
        var scanner = self
        guard let year = scanner.number(4...4), scanner.rest.first.map({ " ],)".utf8.contains($0) }) ?? true else {
            return nil
        }
        self = scanner
        return year
    }

    private mutating func number(_ digits: ClosedRange<Int>) -> Int32? {
        let part = rest.prefix(digits.upperBound).prefix { (0x30...0x39).contains($0) }
        guard digits.contains(part.count) else { return nil }
        rest = rest.dropFirst(part.count)
        return part.reduce(0) { $0 * 10 + Int32($1 - 0x30) }
    }

    /// The next byte as text, if it is one of these.
    private mutating func mark(_ marks: String?) -> String? {
        guard let marks, let first = rest.first, marks.utf8.contains(first) else { return nil }
        rest = rest.dropFirst()
        return String(Unicode.Scalar(first))
    }

    private mutating func blanks() -> Bool {
        let count = rest.prefix { $0 == UInt8(ascii: " ") }.count
        rest = rest.dropFirst(count)
        return count > 0
    }

    /// One of several words, with or without a blank before it.
    private mutating func word(_ words: [String]) -> String? {
        var scanner = self
        _ = scanner.mark(" ")
        for word in words where scanner.rest.starts(with: word.utf8) {
            scanner.rest = scanner.rest.dropFirst(word.utf8.count)
            guard scanner.isAtEndOfWord else { return nil }
            self = scanner
            return word
        }
        return nil
    }

    private var isAtEndOfWord: Bool { rest.first.map { !LogTime.isWordByte($0) } ?? true }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private mutating func monthName() -> Int32? {
        let letters = rest.prefix { (0x61...0x7A).contains($0 | 0x20) }
        guard letters.count >= 3,
            let index = Self.months.firstIndex(of: String(decoding: letters.prefix(3), as: UTF8.self).lowercased())
        else { return nil }
        rest = rest.dropFirst(letters.count)
        return Int32(index + 1)
    }

    // MARK: The moment

    private static func time(_ moment: Moment, _ now: WallTime) -> WallTime? {
        guard (1...12).contains(moment.month), (1...31).contains(moment.day), moment.hour < 24, moment.minute < 60,
            moment.second < 61
        else { return nil }
        if let year = moment.year { return seconds(moment, year).map { WallTime(microseconds: $0 * 1_000_000) } }
        let clock = now.microseconds / 1_000_000
        guard let year = LocalTime.year(at: clock) else { return nil }
        // A log of last December is read in January; a 29 February may be years old.
        for back in Int32(0)...8 {
            let seconds = seconds(moment, year - back)
            if let seconds, seconds <= clock + 86_400 { return WallTime(microseconds: seconds * 1_000_000) }
        }
        return nil
    }

    private static func seconds(_ moment: Moment, _ year: Int32) -> Int64? {
        guard (1970...2199).contains(year) else { return nil }
        // A leap second ends a month; as the first second of the next one it would be another day.
        let time = LocalTime(
            year: year, month: moment.month, day: moment.day, hour: moment.hour, minute: moment.minute,
            second: min(moment.second, 59))
        return time.seconds(isUTC: moment.zone != nil).map { $0 - (moment.zone ?? 0) }
    }
}
