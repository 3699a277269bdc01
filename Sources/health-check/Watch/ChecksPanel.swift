import KeepAliveKit

/// Each of a bot's checks with its result. Pure.
struct ChecksPanel {
    let bot: BotState
    let style: Style

    var panel: Panel {
        let checks = bot.checks
        return Panel(title: "Checks", least: min(2, checks.count), wanted: checks.count, isExtra: true) {
            width, height in
            checks.prefix(height).enumerated().map { index, check in
                // The last row counts the checks without a row.
                if index == height - 1, checks.count > height {
                    return Line(width, style, " and \(checks.count - height + 1) more", .faint)
                }
                let status: BotState.Status =
                    switch check.status {
                    case .healthy: .healthy
                    case .unhealthy: check.isCritical ? .unhealthy : .degraded
                    case .unknown: .waiting
                    }
                var line = Line(width, style, " ")
                line.add(status.sign, status.paint)
                line.add(" ")
                line.add(check.name, column: max(8, min(24, width / 3)))
                line.add(" ")
                line.add(word(check), status.paint, column: 17)
                line.add(check.age.map { "\(Format.age($0)) ago" } ?? "not run yet", .faint, column: 15)
                if let error = check.error { line.add(error, status.paint) }
                return line
            }
        }
    }

    private func word(_ check: BotReport.Check) -> String {
        switch check.status {
        case .healthy: "passes"
        case .unhealthy: check.isCritical ? "FAILS, critical" : "fails"
        case .unknown: check.status.rawValue
        }
    }
}

extension BotState {
    /// The checks of the last report, the failed ones first.
    var checks: [BotReport.Check] {
        (report?.checks ?? []).sorted { ($0.isFailing ? 0 : 1, $0.name) < ($1.isFailing ? 0 : 1, $1.name) }
    }
}

extension BotReport.Check {
    var isFailing: Bool { status == .unhealthy }
}
