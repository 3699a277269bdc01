import KeepAlivePlatform

/// Numbers and times as people read them. Pure.
enum PageWording {
    /// `3 s ago`, or `never` for nil.
    static func ago(_ age: Duration?, never: String) -> String {
        age.map { "\($0.inTwoUnits) ago" } ?? never
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

    /// `0.2 %`: never 0 % if there was an error.
    static func percent(_ share: Double) -> String {
        guard share.isFinite, share > 0 else { return "0 %" }
        return share < 0.0005 ? "under 0.1 %" : "\(tenths(min(share, 1e6) * 100)) %"
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
