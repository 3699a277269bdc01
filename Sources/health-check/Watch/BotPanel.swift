import KeepAliveKit

/// One bot's own figures. Pure.
struct BotPanel {
    let bot: BotState
    let style: Style

    var panel: Panel {
        let fields = Fields(fields: fields, style: style)
        // Figures of an unreachable bot come from its last report.
        return Panel(title: "Bot", least: 2, wanted: fields.rows(width: 72)) { width, height in
            fields.lines(width: width, height: height)
        }
    }

    private var unknown: String { style.sign(.unknown) }

    private var fields: [Fields.Field] {
        guard let report = bot.report else {
            return [.init(name: "Report", value: "none yet"), .init(name: "Address", value: bot.place)]
        }
        let times = report.responseTimes
        func milliseconds(_ value: Double?) -> String { value.map(Format.milliseconds) ?? unknown }
        return [
            .init(name: "Updates", value: "\(report.totalUpdates) \(style.sign(.separator)) \(rate(report))"),
            .init(
                name: "Errors",
                value: "\(report.totalErrors) \(style.sign(.separator)) \(Format.percent(report.errorRate)) of updates",
                paint: report.errorRate >= 0.05 ? .bad : report.errorRate >= 0.01 ? .warning : .plain),
            .init(name: "Last update", value: "\(Format.age(report.lastUpdateAgo)) ago"),
            .init(
                name: "Heartbeat", value: report.lastHeartbeatAgo.map { "\(Format.age($0)) ago" } ?? "none recorded"),
            .init(
                name: "Restarts", value: report.restarts.map(String.init) ?? unknown,
                paint: (report.restarts ?? 0) > 0 ? .warning : .plain),
            .init(name: "Gateway", value: gateway, paint: gatewayPaint(report)),
            .init(name: "Response p50", value: milliseconds(times?.p50)),
            .init(name: "p95", value: milliseconds(times?.p95)),
            .init(name: "p99", value: milliseconds(times?.p99)),
            .init(name: "slowest", value: milliseconds(times?.max)),
            .init(
                name: "Executor", value: report.executor ?? unknown,
                paint: report.executor == "stopped" ? .bad : report.executor == "late" ? .warning : .plain),
            .init(name: "Checks", value: checks, paint: checksPaint),
        ]
    }

    private func rate(_ report: BotReport) -> String {
        if let rate = bot.updatesPerSecond { return "\(Format.short(rate))/s" }
        // A single report, as in a frame printed once, gives the mean since the start.
        guard report.uptimeSeconds > 0 else { return "\(unknown)/s" }
        return "\(Format.short(Double(report.totalUpdates) / report.uptimeSeconds))/s on average"
    }

    private var gateway: String {
        let main = bot.report?.gateway.map { gateway in
            let event = gateway.lastEventAge.map { ", event \(Format.age($0)) ago" } ?? ""
            return (gateway.connected ? "connected" : "DISCONNECTED") + event
        }
        let all = [main, bot.report.flatMap { named($0.gateways) }].compactMap(\.self)
        return all.isEmpty ? "not reported" : all.joined(separator: "; ")
    }

    /// `STALLED: shard 2, 3 of 4 connected`, short because the column may be narrow.
    private func named(_ gateways: [BotReport.NamedGateway]) -> String? {
        if gateways.isEmpty { return nil }
        func list(_ word: String, _ some: [BotReport.NamedGateway]) -> String {
            some.isEmpty ? "" : "\(word): " + some.map(\.name).joined(separator: ", ") + ", "
        }
        let count = "\(gateways.count { $0.gateway.connected }) of \(gateways.count) connected"
        return list("STALLED", gateways.filter(\.isStalled))
            + list("disconnected", gateways.filter { !$0.isStalled && !$0.gateway.connected }) + count
    }

    private func gatewayPaint(_ report: BotReport) -> Style.Paint {
        if report.gateway?.connected == false || report.gateways.contains(where: \.isStalled) { return .bad }
        return report.gateways.contains { !$0.gateway.connected } ? .warning : .plain
    }

    private var failing: [BotReport.Check] { bot.checks.filter(\.isFailing) }

    private var checks: String {
        let all = bot.checks
        if all.isEmpty { return "none registered" }
        let passing = all.filter { $0.status == .healthy }.count
        let names = failing.map(\.name).joined(separator: ", ")
        return "\(passing) of \(all.count) pass" + (names.isEmpty ? "" : ", failing: \(names)")
    }

    private var checksPaint: Style.Paint {
        failing.contains(where: \.isCritical) ? .bad : failing.isEmpty ? .plain : .warning
    }
}
