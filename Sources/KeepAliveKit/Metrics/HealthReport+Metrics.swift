import KeepAlivePlatform

extension HealthReport {
    /// The report for Prometheus at `GET /metrics`.
    func appendMetrics(name: String, version: String, times: LatencyHistogram.Counts, to text: inout MetricsText) {
        text.family("keepalive_build", .info, "The bot's name and version.")
        text.sample(1, ["name": name, "version": version])
        text.family("keepalive_uptime_seconds", .gauge, "Time since the bot's start.")
        text.sample(uptime.seconds)
        text.family("keepalive_health_status", .gauge, "1 for the bot's current status.")
        for status in [HealthStatus.healthy, .degraded, .unhealthy] {
            text.sample(status == self.status ? 1 : 0, ["status": status.rawValue])
        }
        text.family("keepalive_ready", .gauge, "1 if the bot is ready for work.")
        text.sample(isReady ? 1 : 0)
        text.family("keepalive_updates", .counter, "Updates handled.")
        text.sample(totalUpdates)
        text.family("keepalive_errors", .counter, "Updates that failed.")
        text.sample(totalErrors)
        text.family("keepalive_restarts", .counter, "Restarts of the bot's body.")
        text.sample(restarts)
        text.family(
            "keepalive_last_update_age_seconds", .gauge,
            "Time since the last update, or since the start before the first.")
        text.sample(lastUpdateAgo.seconds)
        if let lastHeartbeatAgo {
            text.family(
                "keepalive_last_heartbeat_age_seconds", .gauge,
                "Time since the last heartbeat; absent before the first.")
            text.sample(lastHeartbeatAgo.seconds)
        }
        appendTimes(times, to: &text)
        appendChecks(to: &text)
        text.family("keepalive_executor_responsive", .gauge, "1 if Swift's cooperative pool runs tasks in time.")
        text.sample(executor == .responsive ? 1 : 0)
        appendGateways(to: &text)
        if let memory {
            text.family(
                "keepalive_memory_limit_bytes", .gauge,
                "Memory limit of the bot, from its control groups or the machine."
            )
            text.sample(memory.limit)
        }
    }

    private static let bounds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    private func appendTimes(_ times: LatencyHistogram.Counts, to text: inout MetricsText) {
        text.family("keepalive_response_time_seconds", .histogram, "Time to handle an update.")
        text.histogram(
            Self.bounds.map { ($0, times.count(upTo: $0)) }, count: times.total, sum: times.sumOfSeconds)
    }

    /// The unnamed connection has no label.
    private func appendGateways(to text: inout MetricsText) {
        let all: [(labels: MetricsText.Labels, snapshot: GatewaySnapshot)] =
            [gateway].compactMap(\.self).map { ([:], $0) } + gateways.map { (["gateway": $0.name], $0.snapshot) }
        guard !all.isEmpty else { return }
        text.family("keepalive_gateway_connected", .gauge, "Whether the bot is connected to its platform.")
        for (labels, gateway) in all { text.sample(gateway.connected ? 1 : 0, labels) }
        text.family("keepalive_gateway_last_event_age_seconds", .gauge, "Time since the platform's last sign of life.")
        for (labels, gateway) in all { text.sample(gateway.lastEventAge.seconds, labels) }
        let measured = all.compactMap { labels, gateway in gateway.latency.map { (labels, $0) } }
        if !measured.isEmpty {
            text.family("keepalive_gateway_latency_seconds", .gauge, "The last round trip to the platform.")
            for (labels, latency) in measured { text.sample(latency.seconds, labels) }
        }
        guard !gateways.isEmpty else { return }
        text.family("keepalive_gateway_stalled", .gauge, "Whether a named gateway is a zombie, or lost for too long.")
        for gateway in gateways { text.sample(gateway.isStalled ? 1 : 0, ["gateway": gateway.name]) }
    }

    private func appendChecks(to text: inout MetricsText) {
        guard !checks.isEmpty else { return }
        text.family("keepalive_check_up", .gauge, "1 if the check's last run succeeded; absent before the first.")
        for check in checks where check.status != .unknown {
            text.sample(
                check.status == .healthy ? 1 : 0,
                ["check": check.name, "critical": check.isCritical ? "true" : "false"])
        }
        text.family("keepalive_check_age_seconds", .gauge, "Time since the check's last finished run.")
        for check in checks {
            if let age = check.age { text.sample(age.seconds, ["check": check.name]) }
        }
    }
}

extension LatencyHistogram.Counts {
    /// How many times there are.
    var total: UInt64 { buckets.reduce(0, &+) }

    /// How many times are at most this many seconds, to the histogram's own precision.
    func count(upTo seconds: Double) -> UInt64 {
        let last = LatencyHistogram.bucket(of: UInt64(max(0, seconds) * 1_000_000_000))
        return buckets[...min(last, buckets.count - 1)].reduce(0, &+)
    }

    /// The sum of all times, in seconds, to the histogram's own precision.
    var sumOfSeconds: Double {
        var sum = 0.0
        for (index, count) in buckets.enumerated() where count > 0 {
            sum += Double(count) * LatencyHistogram.middle(of: index)
        }
        return sum / 1_000_000_000
    }
}
