/// Numbers and times as people read them. Pure.
enum PageWording {
    /// `8 s`, `3 min 20 s`, `5 h 0 min`, `12 d 4 h`: the two greatest units.
    static func duration(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        if seconds < 86_400 { return "\(seconds / 3600) h \(seconds % 3600 / 60) min" }
        return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }

    /// `3 s ago`, or what stands there when it never was.
    static func ago(_ age: Duration?, never: String) -> String {
        age.map { "\(duration($0)) ago" } ?? never
    }

    /// `1,234,567`
    static func count(_ value: UInt64) -> String {
        let digits = Array(String(value))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// `0.4 ms`, `12 ms`, `1.3 s`
    static func milliseconds(_ value: Double) -> String {
        guard value.isFinite, value >= 0, value < 1e12 else { return "–" }
        if value < 9.95 { return "\(tenths(value)) ms" }
        return value < 999.5 ? "\(Int(value.rounded())) ms" : "\(tenths(value / 1000)) s"
    }

    /// `0.2 %`: never 0 % where there was an error.
    static func percent(_ share: Double) -> String {
        guard share.isFinite, share > 0 else { return "0 %" }
        return share < 0.0005 ? "under 0.1 %" : "\(tenths(min(share, 1e6) * 100)) %"
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
