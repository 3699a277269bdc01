import KeepAliveKit
import KeepAlivePlatform

/// The numbers of one service that can run into a limit, and when they will. Pure.
///
/// Each is kept twice: the last three hours in pieces of five minutes, for what fills fast, and two weeks by the hour.
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
        Rule(check: "memory.used_percent", limit: 100, leastRise: 2, event: "memory used up"),
        Rule(check: "error_rate", limit: 0.05, leastRise: 0.005, event: "5 % of updates failing"),
    ]

    /// Seconds of a piece, and how many are kept.
    static let recent = (width: 300, most: 36)
    static let hourly = (width: 3600, most: 336)

    private struct Number {
        var recent = TrendSeries(width: Double(ServiceTrends.recent.width), most: ServiceTrends.recent.most)
        var hourly = TrendSeries(width: Double(ServiceTrends.hourly.width), most: ServiceTrends.hourly.most)
    }

    private var numbers: [String: Number] = [:]

    /// Whether a result has a number that can run into a limit.
    static func isFed(by result: ProbeResult) -> Bool {
        result.checks.contains { check in check.value != nil && rules.contains { $0.check == check.name } }
    }

    mutating func add(_ result: ProbeResult, at time: WallTime) {
        feed(result, at: time) { number, value, seconds in
            number.recent.add(value, at: seconds)
            number.hourly.add(value, at: seconds)
        }
    }

    /// Takes what an earlier run of the monitor had found.
    mutating func precede(with earlier: EarlierChecks) {
        var (hourly, recent) = (ServiceTrends(), ServiceTrends())
        for (result, time) in earlier.hourly { hourly.add(result, at: time) }
        for (result, time) in earlier.recent { recent.add(result, at: time) }
        for (check, number) in hourly.numbers {
            numbers[check, default: Number()].hourly.precede(with: number.hourly)
        }
        for (check, number) in recent.numbers {
            numbers[check, default: Number()].recent.precede(with: number.recent)
        }
    }

    private mutating func feed(
        _ result: ProbeResult, at time: WallTime, _ change: (inout Number, Double, Double) -> Void
    ) {
        for rule in Self.rules {
            guard let value = result.checks.first(where: { $0.name == rule.check })?.value else { continue }
            change(&numbers[rule.check, default: Number()], value, Double(time.microseconds) / 1_000_000)
        }
    }

    /// The nearest limit; nil where nothing runs into one, or the numbers do not tell.
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
        // What has happened of late counts for more than what was.
        for (samples, demands) in windows {
            guard
                let seconds = Trend(samples)?.seconds(to: rule.limit, leastRise: rule.leastRise, demands)
            else { continue }
            return Forecast(check: rule.check, limit: rule.limit, seconds: seconds, event: rule.event)
        }
        return nil
    }
}
