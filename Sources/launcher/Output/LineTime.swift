/// Whether a line carries its own time. Pure.
struct LineTime {
    /// Whether a line begins with a time, in brackets or not: ISO 8601 and similar, a clock time, syslog, Apache, klog,
    /// or seconds since 1970. A JSON object counts too, because its time is inside.
    static func begins(_ line: ArraySlice<UInt8>) -> Bool {
        var text = line
        if text.first == UInt8(ascii: "{") { return line.last { $0 > 0x20 } == UInt8(ascii: "}") }
        if text.first == UInt8(ascii: "[") || text.first == UInt8(ascii: "(") { text = text.dropFirst() }
        guard let first = text.first else { return false }
        if isDigit(first) { return beginsWithNumber(text) }
        guard isLetter(first), text.count > 8 else { return false }
        // klog: I0119 16:07:27.123456
        if "IWEFD".utf8.contains(first), text.dropFirst().prefix(4).allSatisfy(isDigit) {
            return isClock(text.dropFirst(6)) && text[text.startIndex + 5] == UInt8(ascii: " ")
        }
        // Jan 19 16:07:27, optionally after the day of the week.
        for _ in 0..<2 {
            let word = text.prefix { isLetter($0) }
            guard word.count == 3 else { return false }
            text = text[word.endIndex...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ",") }
            guard let next = text.first else { return false }
            if isDigit(next) {
                let day = text.prefix(2).prefix { isDigit($0) }
                return isClock(text[day.endIndex...].drop { $0 == UInt8(ascii: " ") })
            }
        }
        return false
    }

    private static func beginsWithNumber(_ text: ArraySlice<UInt8>) -> Bool {
        if isClock(text) { return true }
        let digits = text.prefix(20).prefix { isDigit($0) }
        let after = text[digits.endIndex...].first
        // Seconds or milliseconds since 1970.
        if digits.count == 10 || digits.count == 13 {
            return after == nil || !isLetter(after ?? 0) && after != UInt8(ascii: "-")
        }
        guard digits.count <= 4, let mark = after, [0x2D, 0x2F, 0x2E].contains(mark) else { return false }
        // Two equal separators between three parts, and a clock time after the date.
        let middle = text[digits.endIndex...].dropFirst().prefix { isDigit($0) || isLetter($0) }
        guard (1...3).contains(middle.count), text[middle.endIndex...].first == mark else { return false }
        let last = text[middle.endIndex...].dropFirst().prefix { isDigit($0) }
        guard (1...4).contains(last.count) else { return false }
        let rest = text[last.endIndex...]
        guard let between = rest.first, [0x20, 0x54, 0x74, 0x3A, 0x2C, 0x5F].contains(between) else { return false }
        return isClock(rest.drop { $0 == between || $0 == UInt8(ascii: " ") })
    }

    /// `16:07`, with any text after it.
    private static func isClock(_ text: ArraySlice<UInt8>) -> Bool {
        let hour = text.prefix(2).prefix { isDigit($0) }
        guard !hour.isEmpty, text[hour.endIndex...].first == UInt8(ascii: ":") else { return false }
        let minute = text[hour.endIndex...].dropFirst().prefix(3)
        return minute.count >= 2 && minute.prefix(2).allSatisfy(isDigit)
            && !minute.dropFirst(2).contains(where: isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}
