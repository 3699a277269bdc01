/// The percentages from which a usage is degraded, or unhealthy. Pure.
struct UsageLimits: Sendable, Equatable {
    let warning: Double
    /// Nil if no usage is unhealthy.
    let critical: Double?

    init(warning: Double, critical: Double?) {
        self.warning = warning
        self.critical = critical
    }

    /// Reads `warningPercent` and `criticalPercent`.
    init(reading section: ConfigurationSection, warning: Double, critical: Double?) {
        self.warning = section.number("warningPercent", in: 1...100, default: warning)
        self.critical =
            critical.map { section.number("criticalPercent", in: 1...100, default: $0) }
            ?? section.optionalNumber("criticalPercent", in: 1...100)
        if let critical = self.critical, critical < self.warning {
            section.refuse("criticalPercent", "\(critical) is less than the warning at \(self.warning)")
        }
    }

    func check(_ name: String, _ percent: Double, of what: String) -> ProbeResult.SubCheck {
        let status: ProbeStatus =
            critical.map { percent >= $0 } == true ? .unhealthy : percent >= warning ? .degraded : .healthy
        // Rounded up like df, so that a usage over the limit does not read as if at the limit.
        let whole = Int(percent.rounded(.up).clamped(to: 0...100))
        return ProbeResult.SubCheck(
            name: name, status: status, message: "\(whole) % of \(what) is in use", value: percent)
    }
}
