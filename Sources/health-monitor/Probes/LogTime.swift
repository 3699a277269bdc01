import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The time that a line of a log begins with: `2026-01-19T16:07:27.123Z`, `[2026-01-19 16:07:27,123]`, also with a zone
/// such as `+01:00`; without one it is local time, as most loggers write.
enum LogTime {
    static func read(_ line: ArraySlice<UInt8>) -> WallTime? {
        // The time may stand behind a level or a bracket, not in the middle of a sentence.
        let head = Array(line.prefix(64))
        for start in head.indices where head[start] == UInt8(ascii: "2") {
            if let time = time(head[start...]) { return time }
        }
        return nil
    }

    private static func time(_ text: ArraySlice<UInt8>) -> WallTime? {
        var rest = text
        func number(_ digits: Int) -> Int32? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            return part.reduce(0) { $0 * 10 + Int32($1 - 0x30) }
        }
        func mark(_ marks: String) -> Bool {
            guard let first = rest.first, marks.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4), mark("-/"), let month = number(2), mark("-/"), let day = number(2), mark("T "),
            let hour = number(2), mark(":"), let minute = number(2), mark(":"), let second = number(2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        if mark(".,") { rest = rest.drop { (0x30...0x39).contains($0) } }
        var fields = tm()
        fields.tm_year = year - 1900
        fields.tm_mon = month - 1
        fields.tm_mday = day
        fields.tm_hour = hour
        fields.tm_min = minute
        fields.tm_sec = second
        // Unknown: mktime finds out whether it was summer time.
        fields.tm_isdst = -1
        var seconds: Int64
        if mark("Z") {
            seconds = Int64(timegm(&fields))
        } else if let sign = rest.first, "+-".utf8.contains(sign) {
            rest = rest.dropFirst()
            guard let hours = number(2) else { return nil }
            _ = mark(":")
            let offset = Int64(hours) * 3600 + Int64(number(2) ?? 0) * 60
            seconds = Int64(timegm(&fields)) - (sign == UInt8(ascii: "-") ? -offset : offset)
        } else {
            seconds = Int64(mktime(&fields))
        }
        return WallTime(microseconds: seconds * 1_000_000)
    }
}
