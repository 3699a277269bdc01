import KeepAlivePlatform

/// Formats numbers for people. Pure; a peer may send any number.
enum Format {
    /// With this many decimals: `12.3`.
    static func decimal(_ value: Double, places: Int) -> String {
        var scale: Int64 = 1
        for _ in 0..<max(0, min(places, 6)) { scale *= 10 }
        guard value.magnitude < 1e15, let scaled = Int64(exactly: (value.magnitude * Double(scale)).rounded()) else {
            return value.isNaN ? "?" : value < 0 ? "-huge" : "huge"
        }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard scale > 1 else { return "\(sign)\(scaled)" }
        return "\(sign)\(scaled / scale)." + String(scaled % scale + scale).dropFirst()
    }

    /// Up to three significant digits: `0.42`, `4.2`, `42`.
    static func short(_ value: Double) -> String {
        value == 0 ? "0" : decimal(value, places: value.magnitude < 1 ? 2 : value.magnitude < 100 ? 1 : 0)
    }

    static func percent(_ share: Double) -> String {
        if share == 0 { return "0 %" }
        let percent = share * 100
        return "\(decimal(percent, places: percent.magnitude < 1 ? 2 : percent.magnitude < 10 ? 1 : 0)) %"
    }

    static func milliseconds(_ value: Double) -> String {
        value.magnitude < 10_000 ? "\(short(value)) ms" : "\(short(value / 1000)) s"
    }

    /// An age: `1.2 s`, `4 min 10 s`, `3 d 2 h`.
    static func age(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "an unknown time" }
        return seconds < 10 ? "\(decimal(max(0, seconds), places: 1)) s" : duration(seconds)
    }

    /// The two largest units: `1 h 0 min`.
    static func duration(_ seconds: Double) -> String { Duration.seconds(whole(seconds)).inTwoUnits }

    /// Seconds as a whole number.
    static func whole(_ seconds: Double) -> Int64 {
        Int64(exactly: seconds.rounded(.down)) ?? 0
    }

    /// Bytes in binary units: `12.5 MiB`.
    static func bytes(_ count: UInt64) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if value < 1000 { return unit == "B" ? "\(count) B" : "\(short(value)) \(unit)" }
            value /= 1024
        }
        return "\(short(value)) PiB"
    }

    /// `16:07:27`, the time of day in UTC.
    static func clock(_ time: String) -> String {
        String(time.dropFirst(11).prefix(8))
    }
}
