/// When a number will reach its limit at its current trend. Pure.
struct Forecast: Sendable, Equatable {
    /// The sub-check with the rising number.
    let check: String
    /// The limit, in the number's unit.
    let limit: Double
    /// From the last check on.
    let seconds: Double
    /// `disk full in about 3 days`
    let text: String

    init(check: String, limit: Double, seconds: Double, event: String) {
        self.check = check
        self.limit = limit
        self.seconds = seconds
        text = "\(event) in \(Self.words(seconds))"
    }

    /// Only as exact as a straight line through noise can be.
    static func words(_ seconds: Double) -> String {
        let units: [(name: String, length: Double)] = [
            ("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60),
        ]
        let seconds = seconds.clamped(to: 0...1e9)
        for (name, length) in units {
            // Plural units start near two: 40 hours are not yet two days.
            if seconds >= length * 1.9 { return "about \(Int((seconds / length).rounded())) \(name)s" }
        }
        return seconds >= 30 ? "about 1 minute" : "less than a minute"
    }
}
