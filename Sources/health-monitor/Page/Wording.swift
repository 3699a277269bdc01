import KeepAliveKit
import KeepAlivePlatform

/// Numbers and times for people. Pure.
enum Wording {
    /// `99.95 %`; never 100 % after a failure.
    static func percent(_ value: Double) -> String { "\(hundredths(value)) %" }

    /// `99.95`, without its sign.
    static func hundredths(_ value: Double) -> String {
        let hundredths = min(value < 100 ? 9999 : 10_000, Int((max(0, value) * 100).rounded()))
        if hundredths == 10_000 { return "100" }
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// `0.4 ms`, `12 ms`, `1.3 s`.
    static func milliseconds(_ value: Double) -> String {
        guard value.isFinite, value >= 0, value < 1e12 else { return "–" }
        func tenths(_ value: Double) -> String {
            let tenths = Int((value * 10).rounded())
            return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        }
        if value < 10 { return "\(tenths(value)) ms" }
        return value < 1000 ? "\(Int(value.rounded())) ms" : "\(tenths(value / 1000)) s"
    }

    /// `3 days 4 h`, `12 min`, `under a minute`.
    static func duration(seconds: Int64) -> String {
        let minutes = max(0, seconds) / 60
        if minutes == 0 { return "under a minute" }
        if minutes < 60 { return "\(minutes) min" }
        if minutes < 1440 { return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min" }
        let (days, hours) = (minutes / 1440, minutes % 1440 / 60)
        return "\(days) \(days == 1 ? "day" : "days")" + (hours == 0 ? "" : " \(hours) h")
    }

    /// `1 service`, `2 services`.
    static func services(_ count: Int) -> String { "\(count) \(count == 1 ? "service" : "services")" }

    /// A `<time>` in UTC, which JavaScript converts to local time.
    static func time(_ stamp: String) -> Markup {
        // 2026-01-19T16:07:27.123456Z
        let shown = stamp.count >= 16 ? stamp.prefix(16).map { $0 == "T" ? " " : String($0) }.joined() + " UTC" : stamp
        return "<time datetime=\"\(stamp)\">\(shown)</time>"
    }

    /// Such a `<time>` with only the hour, for steps shortly after a stated day.
    static func clock(_ stamp: String) -> Markup {
        guard stamp.count >= 16 else { return time(stamp) }
        return "<time datetime=\"\(stamp)\" class=\"clock\">\(String(stamp.dropFirst(11).prefix(5)))</time>"
    }

    /// `2026-01-19` of a day since 1970.
    static func date(day: Int64) -> String {
        let (start, overflow) = day.multipliedReportingOverflow(by: 86_400_000_000)
        return overflow ? "?" : String(WallTime(microseconds: start).iso8601.prefix(10))
    }

    /// How long ago it was, which the script keeps current.
    static func age(_ since: WallTime, at time: WallTime) -> Markup {
        let (microseconds, overflow) = time.microseconds.subtractingReportingOverflow(since.microseconds)
        let words = duration(seconds: overflow ? 0 : microseconds / 1_000_000)
        return "<span data-from=\"\(since.iso8601)\">\(words)</span>"
    }
}
