import KeepAliveKit
import KeepAlivePlatform

/// The monitor's `/metrics`: every service, and the monitor itself. Pure.
///
/// Values are in base units, as Prometheus has them: seconds, and shares from 0 to 1 in place of percent.
struct MonitorMetrics {
    let services: [ServiceStatus]
    /// The channels with something wrong.
    var troubles: [ChannelTrouble] = []
    let counts: Telemetry.Counts
    let version: String

    /// Numbers of sub-checks that have a family of their own, and what one of them is in its unit.
    private static let known: [(check: String, family: String, factor: Double, help: String)] = [
        ("disk.used_percent", "disk_used_ratio", 0.01, "Share of the disk's space that is in use."),
        ("disk.used_files_percent", "disk_used_files_ratio", 0.01, "Share of the disk's files that is in use."),
        (
            "memory.used_percent", "memory_used_ratio", 0.01,
            "Share of the memory in use: of the machine's, or of what a bot may have."
        ),
        ("certificate.days", "certificate_remaining_seconds", 86_400, "Time until the certificate ends."),
        ("heartbeat.age", "heartbeat_age_seconds", 1, "Age of the heartbeat file."),
        ("restarts", "restarts", 1, "Restarts that the service manager or the container engine has counted."),
    ]

    func append(to text: inout MetricsText) {
        appendMonitor(to: &text)
        appendStates(to: &text)
        appendChecks(to: &text)
    }

    // MARK: The monitor

    private func appendMonitor(to text: inout MetricsText) {
        text.family("keepalive_monitor_build", .info, "The monitor's version.")
        text.sample(1, ["version": version])
        text.family("keepalive_monitor_targets", .gauge, "Services that are watched.")
        text.sample(services.count)
        text.family("keepalive_monitor_alerts_open", .gauge, "Open alerts, by severity.")
        for severity in [Severity.warning, .critical] {
            text.sample(services.count { $0.state.alert?.severity == severity }, ["severity": severity.rawValue])
        }
        text.family("keepalive_monitor_alert_events", .counter, "Alert events, by kind.")
        for kind in [AlertEvent.Kind.opened, .repeated, .escalated, .resolved, .flapping] {
            text.sample(counts.events[kind] ?? 0, ["kind": kind.rawValue])
        }
        text.family("keepalive_monitor_outbox_events", .gauge, "Alert events that wait to be delivered, by channel.")
        for (channel, count) in counts.waiting.sorted(by: { $0.key < $1.key }) {
            text.sample(count, ["channel": channel])
        }
        text.family(
            "keepalive_monitor_channel_failing", .gauge,
            "Whether the channel did not take the last alert that was sent to it.")
        let failing = Set(troubles.filter { !$0.isDelivering }.map(\.channel))
        for channel in counts.waiting.keys.sorted() {
            text.sample(failing.contains(channel) ? 1 : 0, ["channel": channel])
        }
        text.family("keepalive_monitor_history_lost_rows", .counter, "Rows that were lost: the disk took none.")
        text.sample(counts.lostRows)
    }

    // MARK: Services

    private func appendStates(to text: inout MetricsText) {
        text.family("keepalive_monitor_target", .info, "How a service is watched.")
        for service in services {
            text.sample(
                1,
                [
                    "service": service.name, "type": service.target.type, "group": service.group,
                    "critical": service.target.isCritical ? "true" : "false",
                ])
        }
        text.family("keepalive_monitor_target_status", .gauge, "1 for the status that the service has now.")
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
            "Whether the service is healthy or degraded; none while that is unknown, and in maintenance.")
        for service in services where service.status != .unknown && service.status != .maintenance {
            text.sample(
                service.status == .unhealthy ? 0 : 1,
                ["service": service.name, "type": service.target.type, "group": service.group])
        }
        gauge("response_time_seconds", "How long the service took to answer.", &text) {
            $0.last?.result.responseTime?.seconds
        }
        gauge("last_check_timestamp_seconds", "When the last check ended.", &text) {
            $0.last.map { Double($0.time.microseconds) / 1_000_000 }
        }
        gauge("consecutive_failures", "Failed checks in a row.", &text) { Double($0.state.failures) }
        gauge("alert_open", "Whether an alert is open.", &text) { $0.state.alert == nil ? 0 : 1 }
        gauge("silenced", "Whether no alert is sent of failures now: maintenance, or a dependency that is down.", &text)
        {
            $0.silence == nil ? 0 : 1
        }
        text.family(
            "keepalive_monitor_target_forecast_seconds", .gauge,
            "Time until the nearest limit is reached if it goes on like this; none without a trend.")
        for service in services {
            guard let forecast = service.forecast else { continue }
            text.sample(forecast.seconds, ["service": service.name, "check": forecast.check])
        }
        text.family("keepalive_monitor_target_checks", .counter, "Finished checks, by what they found.")
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
            "Whether a part of the service is healthy or degraded; none while that is unknown.")
        for service in services {
            for check in service.parts where check.status != .unknown {
                text.sample(
                    check.status == .unhealthy ? 0 : 1, ["service": service.name, "check": check.name])
            }
        }
        text.family("keepalive_monitor_target_check_value", .gauge, "A part's number, in the unit that its name says.")
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

    /// The sub-checks, each name once: a scraper refuses a text in which one series stands twice.
    fileprivate var parts: [ProbeResult.SubCheck] {
        var seen: Set<String> = []
        return (last?.result.checks ?? []).filter { seen.insert($0.name).inserted }
    }

    fileprivate func value(of check: String) -> Double? { last?.result.checks.first { $0.name == check }?.value }
}
