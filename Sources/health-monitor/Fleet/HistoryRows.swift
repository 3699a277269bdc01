/// A row of `service_health_checks`.
struct CheckRow: Sendable, Equatable {
    let service: String
    let status: ProbeStatus
    /// The sub-checks as JSON: an array of objects.
    let checks: String
    let responseTimeMilliseconds: Double?
    /// UTC, ISO 8601 with microseconds.
    let timestamp: String
}

/// A row of `service_health_alerts`.
struct AlertRow: Sendable, Equatable {
    enum Status: String, Sendable {
        case active, resolved
    }

    let id: Int64
    let service: String
    let severity: Severity
    let message: String
    let status: Status
    let triggeredAt: String
    let resolvedAt: String?
}

/// How a service fared over a time. Checks that are unknown, or in maintenance, count in no share.
struct Uptime: Sendable, Equatable {
    var healthy = 0
    var degraded = 0
    var unhealthy = 0
    var unknown = 0
    var maintenance = 0
    var averageResponseMilliseconds: Double?

    var total: Int { healthy + degraded + unhealthy + unknown + maintenance }
    /// Healthy or degraded, of those that could be told; nil where none could.
    var percent: Double? {
        let known = healthy + degraded + unhealthy
        return known == 0 ? nil : 100 * Double(healthy + degraded) / Double(known)
    }
}

/// How a service fared on one day.
struct DayUptime: Sendable, Equatable {
    /// Days since 1970, UTC.
    let day: Int64
    let uptime: Uptime
}
