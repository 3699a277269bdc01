import KeepAliveKit
import KeepAlivePlatform

/// One service's numbers with a limit, and forecasts of when they reach it. Pure.
///
/// Each number is kept twice: three hours in steps of five minutes for fast growth, and two weeks by the hour.
struct ServiceTrends: Sendable {
    private struct Rule {
        let check: String
        let limit: Double
        /// In the number's unit.
        let leastRise: Double
        let event: String
    }

    private static let rules = [
        Rule(check: "disk.used_percent", limit: 100, leastRise: 0.5, event: "disk full"),
        Rule(check: "disk.used_files_percent", limit: 100, leastRise: 0.5, event: "disk out of files"),
        Rule(check: "memory.used_percent", limit: 100, leastRise: 2, event: "memory full"),
        Rule(check: "error_rate", limit: 0.05, leastRise: 0.005, event: "5 % of updates failing"),
    ]

    /// The seconds of a step, and the number of steps kept.
    static let recent = (width: 300, most: 36)
    static let hourly = (width: 3600, most: 336)

    private struct Number {
        var recent = TrendSeries(width: Double(ServiceTrends.recent.width), most: ServiceTrends.recent.most)
        var hourly = TrendSeries(width: Double(ServiceTrends.hourly.width), most: ServiceTrends.hourly.most)
    }

    private var numbers: [String: Number] = [:]

    /// Whether one of the checks has a number with a limit.
    static func isFed(by checks: [ProbeResult.SubCheck]) -> Bool {
        checks.contains { check in check.value != nil && rules.contains { $0.check == check.name } }
    }

    mutating func add(_ checks: [ProbeResult.SubCheck], at time: WallTime) {
        for rule in Self.rules {
            guard let value = checks.first(where: { $0.name == rule.check })?.value else { continue }
            let seconds = Double(time.microseconds) / 1_000_000
            numbers[rule.check, default: Number()].recent.add(value, at: seconds)
            numbers[rule.check, default: Number()].hourly.add(value, at: seconds)
        }
    }

    /// Adds samples from an earlier run of the monitor, spaced as `hourly` and `recent` require.
    mutating func precede(hourly: [CheckSample], recent: [CheckSample]) {
        func numbers(_ samples: [CheckSample]) -> [String: Number] {
            samples.reduce(into: ServiceTrends()) { $0.add($1.checks, at: $1.time) }.numbers
        }
        for (check, number) in numbers(hourly) {
            self.numbers[check, default: Number()].hourly.precede(with: number.hourly)
        }
        for (check, number) in numbers(recent) {
            self.numbers[check, default: Number()].recent.precede(with: number.recent)
        }
    }

    /// The nearest limit; nil if no number approaches one, or the trend is unclear.
    func forecast(at time: WallTime) -> Forecast? {
        Self.rules.compactMap { rule in numbers[rule.check].flatMap { forecast(rule, $0) } }
            .min { $0.seconds < $1.seconds }
    }

    private func forecast(_ rule: Rule, _ number: Number) -> Forecast? {
        let windows = [
            (number.recent.samples(), Trend.Demands(samples: 12, span: 3300)),
            (number.hourly.samples(within: 86_400), Trend.Demands(samples: 10, span: 10 * 3600)),
            (number.hourly.samples(), Trend.Demands(samples: 36, span: 2 * 86_400)),
        ]
        // Recent samples count more than older ones.
        for (samples, demands) in windows {
            guard
                let seconds = Trend(samples)?.seconds(to: rule.limit, leastRise: rule.leastRise, demands)
            else { continue }
            return Forecast(check: rule.check, limit: rule.limit, seconds: seconds, event: rule.event)
        }
        return nil
    }
}
