import KeepAliveKit
import KeepAlivePlatform

/// The monitor's `/metrics`: every service and the monitor itself. Pure.
///
/// Values use base units, as in Prometheus: seconds, and ratios from 0 to 1 instead of percent.
struct MonitorMetrics {
    let services: [ServiceStatus]
    /// The channels with a problem.
    var troubles: [ChannelTrouble] = []
    /// The monitors that share the history; nil for a single one.
    var roll: VantageRoll?
    let counts: Telemetry.Counts
    let version: String

    /// Sub-checks with their own metric family, and the factor to the family's unit.
    private static let known: [(check: String, family: String, factor: Double, help: String)] = [
        ("disk.used_percent", "disk_used_ratio", 0.01, "Share of disk space in use."),
        ("disk.used_files_percent", "disk_used_files_ratio", 0.01, "Share of disk files (inodes) in use."),
        (
            "memory.used_percent", "memory_used_ratio", 0.01,
            "Share of memory in use, of the machine or of a bot's limit."
        ),
        ("certificate.days", "certificate_remaining_seconds", 86_400, "Time until the certificate expires."),
        ("heartbeat.age", "heartbeat_age_seconds", 1, "Age of the heartbeat file."),
        ("restarts", "restarts", 1, "Restarts counted by the service manager or container engine."),
    ]

    func append(to text: inout MetricsText) {
        appendMonitor(to: &text)
        if let roll { appendVantages(roll, to: &text) }
        appendStates(to: &text)
        appendChecks(to: &text)
    }

    // MARK: The monitor

    private func appendMonitor(to text: inout MetricsText) {
        text.family("keepalive_monitor_build", .info, "The monitor's version.")
        text.sample(1, ["version": version])
        text.family("keepalive_monitor_targets", .gauge, "Number of services watched.")
        text.sample(services.count)
        text.family("keepalive_monitor_alerts_open", .gauge, "Open alerts, by severity.")
        for severity in [Severity.warning, .critical] {
            text.sample(services.count { $0.state.alert?.severity == severity }, ["severity": severity.rawValue])
        }
        text.family("keepalive_monitor_alert_events", .counter, "Alert events, by kind.")
        for kind in [AlertEvent.Kind.opened, .repeated, .escalated, .resolved, .flapping] {
            text.sample(counts.events[kind] ?? 0, ["kind": kind.rawValue])
        }
        text.family("keepalive_monitor_outbox_events", .gauge, "Alert events that wait for delivery, by channel.")
        for (channel, count) in counts.waiting.sorted(by: { $0.key < $1.key }) {
            text.sample(count, ["channel": channel])
        }
        text.family(
            "keepalive_monitor_channel_failing", .gauge,
            "1 if the channel did not accept the last alert.")
        let failing = Set(troubles.filter { !$0.isDelivering }.map(\.channel))
        for channel in counts.waiting.keys.sorted() {
            text.sample(failing.contains(channel) ? 1 : 0, ["channel": channel])
        }
        text.family("keepalive_monitor_history_lost_rows", .counter, "Rows lost because the disk could not store them.")
        text.sample(counts.lostRows)
    }

    // MARK: Services

    private func appendStates(to text: inout MetricsText) {
        text.family("keepalive_monitor_target", .info, "Type and properties of a service.")
        for service in services {
            text.sample(
                1,
                [
                    "service": service.name, "type": service.target.type, "group": service.group,
                    "critical": service.target.isCritical ? "true" : "false",
                ])
        }
        text.family("keepalive_monitor_target_status", .gauge, "1 for the current status of the service.")
        for service in services {
            for status in ProbeStatus.allCases {
                text.sample(
                    status == service.status ? 1 : 0,
                    [
                        "service": service.name, "type": service.target.type, "group": service.group,
                        "status": status.rawValue,
                    ])
            }
        }
        text.family(
            "keepalive_monitor_target_up", .gauge,
            "1 if the service is healthy or degraded; absent while unknown or in maintenance.")
        for service in services where service.status != .unknown && service.status != .maintenance {
            text.sample(
                service.status == .unhealthy ? 0 : 1,
                ["service": service.name, "type": service.target.type, "group": service.group])
        }
        gauge("response_time_seconds", "Response time of the last check.", &text) {
            $0.last?.result.responseTime?.seconds
        }
        gauge("last_check_timestamp_seconds", "When the last check ended.", &text) {
            $0.last.map { Double($0.time.microseconds) / 1_000_000 }
        }
        gauge("consecutive_failures", "Failed checks in a row.", &text) { Double($0.state.failures) }
        gauge("alert_open", "1 if an alert is open.", &text) { $0.state.alert == nil ? 0 : 1 }
        gauge("acknowledged", "1 if the open alert is acknowledged.", &text) {
            $0.marks.acknowledgement(ofAlertAt: $0.state.alert?.openedAt) == nil ? 0 : 1
        }
        let now = WallTime.now().microseconds
        gauge(
            "silenced", "1 if failures send no alert now: silenced, maintenance or an unhealthy dependency.", &text
        ) {
            $0.silence == nil && $0.marks.silence(at: now) == nil ? 0 : 1
        }
        text.family(
            "keepalive_monitor_target_forecast_seconds", .gauge,
            "Forecast time until the nearest limit is reached; absent without a trend.")
        for service in services {
            guard let forecast = service.forecast else { continue }
            text.sample(forecast.seconds, ["service": service.name, "check": forecast.check])
        }
        text.family("keepalive_monitor_target_checks", .counter, "Finished checks, by result.")
        for service in services {
            let checks = counts.checks[service.name] ?? [:]
            for status in ProbeStatus.allCases {
                text.sample(checks[status] ?? 0, ["service": service.name, "status": status.rawValue])
            }
        }
    }

    private func gauge(
        _ name: String, _ help: String, _ text: inout MetricsText, _ value: (ServiceStatus) -> Double?
    ) {
        text.family("keepalive_monitor_target_\(name)", .gauge, help)
        for service in services {
            if let value = value(service) { text.sample(value, ["service": service.name]) }
        }
    }

    // MARK: Their parts

    private func appendChecks(to text: inout MetricsText) {
        for (check, family, factor, help) in Self.known {
            gauge(family, help, &text) { service in service.value(of: check).map { $0 * factor } }
        }
        text.family(
            "keepalive_monitor_target_check_up", .gauge,
            "1 if this part of the service is healthy or degraded; absent while unknown.")
        for service in services {
            for check in service.parts where check.status != .unknown {
                text.sample(
                    check.status == .unhealthy ? 0 : 1, ["service": service.name, "check": check.name])
            }
        }
        text.family(
            "keepalive_monitor_target_check_value", .gauge, "Value of a part of the service, in the unit of its name.")
        for service in services {
            for check in service.parts where !Self.known.contains(where: { $0.check == check.name }) {
                if let value = check.value { text.sample(value, ["service": service.name, "check": check.name]) }
            }
        }
    }
}

extension ServiceStatus {
    fileprivate var name: String { target.name }
    fileprivate var group: String { target.group ?? "" }
    fileprivate var status: ProbeStatus { last?.result.status ?? .unknown }

    /// The sub-checks without repeated names: a scraper rejects a text with a repeated series.
    fileprivate var parts: [ProbeResult.SubCheck] {
        var seen: Set<String> = []
        return (last?.result.checks ?? []).filter { seen.insert($0.name).inserted }
    }

    fileprivate func value(of check: String) -> Double? { last?.result.checks.first { $0.name == check }?.value }
}
