/// A point on the wall clock (UTC), in microseconds since 1970. For timestamps for people, never for ages.
package struct WallTime: Comparable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func now() -> WallTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(microseconds: Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000)
    }

    package static func < (left: WallTime, right: WallTime) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The time as ISO 8601 in UTC with microseconds: `2026-01-19T16:07:27.123456Z`.
    package var iso8601: String {
        var stamp = Timestamper()
        var bytes: [UInt8] = []
        stamp.appendISO8601(self, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes the digits of ``iso8601`` over those of another time, for the years 0 to 9999. It needs neither memory nor
    /// a lock of the C library, so a signal handler may call it (signal-safety(7)).
    package func replaceDigits(of bytes: inout MutableSpan<UInt8>, at start: Int) {
        let second = microseconds.flooredQuotient(by: 1_000_000)
        let day = second.flooredQuotient(by: 86_400)
        // Counted from 1 March of the year 0: a leap day is then the last day of its year, century and era.
        let days = day + 719_468
        let era = days.flooredQuotient(by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // 0 is March; five months in a row have 153 days.
        let month = (5 * dayOfYear + 2) / 153
        bytes.write(era * 400 + yearOfEra + (month < 10 ? 0 : 1), in: start..<start + 4)
        bytes.write(month < 10 ? month + 3 : month - 9, in: start + 5..<start + 7)
        bytes.write(dayOfYear - (153 * month + 2) / 5 + 1, in: start + 8..<start + 10)
        let rest = second - day * 86_400
        bytes.write(rest / 3600, in: start + 11..<start + 13)
        bytes.write(rest / 60 % 60, in: start + 14..<start + 16)
        bytes.write(rest % 60, in: start + 17..<start + 19)
        bytes.write(microseconds &- second &* 1_000_000, in: start + 20..<start + 26)
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }
}

extension MutableSpan<UInt8> {
    /// Writes the last decimal digits of a number.
    fileprivate mutating func write(_ number: Int64, in places: Range<Int>) {
        var (place, rest) = (places.upperBound, number.magnitude)
        while place > places.lowerBound {
            place -= 1
            self[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

/// Writes timestamps. It caches the last second's text: gmtime_r(3) for every answer would cost more than the answer.
package struct Timestamper: Sendable {
    private var second = Int64.min
    private var prefix: [UInt8] = []
    private var httpDate: [UInt8] = []

    package init() {}

    /// Appends `2026-01-19T16:07:27.123456Z`.
    package mutating func appendISO8601(_ time: WallTime, to bytes: inout [UInt8]) {
        let fraction = refresh(time)
        bytes.append(contentsOf: prefix)
        bytes.append(UInt8(ascii: "."))
        bytes.appendPadded(UInt64(fraction), width: 6)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Appends `Mon, 19 Jan 2026 16:07:27 GMT` (RFC 9110, section 5.6.7).
    package mutating func appendHTTPDate(_ time: WallTime, to bytes: inout [UInt8]) {
        _ = refresh(time)
        bytes.append(contentsOf: httpDate)
    }

    /// Updates the texts to the time's second; returns its microseconds.
    private mutating func refresh(_ time: WallTime) -> Int64 {
        let (whole, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let now = rest < 0 ? whole - 1 : whole
        if now != second {
            second = now
            prefix = Timestamper.format(now, "%Y-%m-%dT%H:%M:%S")
            // Not %a and %b: HTTP requires English names, regardless of the bot's locale.
            let fields = unsafe Timestamper.fields(of: now)
            let day = unsafe Self.days.indices.contains(Int(fields.tm_wday)) ? Self.days[Int(fields.tm_wday)] : "Thu"
            let month =
                unsafe Self.months.indices.contains(Int(fields.tm_mon)) ? Self.months[Int(fields.tm_mon)] : "Jan"
            httpDate = Timestamper.format(now, "\(day), %d \(month) %Y %H:%M:%S GMT")
        }
        return rest < 0 ? rest + 1_000_000 : rest
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func fields(of second: Int64) -> tm {
        var clock = time_t(second)
        var fields = unsafe tm()
        if unsafe gmtime_r(&clock, &fields) == nil {
            // A year beyond Int32 is no real time; it is shown as 1970.
            clock = 0
            unsafe gmtime_r(&clock, &fields)
        }
        return unsafe fields
    }

    private static func format(_ second: Int64, _ pattern: String) -> [UInt8] {
        var fields = unsafe fields(of: second)
        return unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            count = unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe strftime($0.baseAddress, $0.count, pattern, &fields)
            }
        }
    }
}
