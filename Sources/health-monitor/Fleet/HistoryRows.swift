import KeepAliveKit
import KeepAlivePlatform

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

/// The sub-checks that one check of a period found, with the period's beginning.
struct CheckSample: Sendable, Equatable {
    let checks: [ProbeResult.SubCheck]
    let time: WallTime
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

/// A service's uptime over a period. Unknown checks and checks in maintenance count in no share.
struct Uptime: Sendable, Equatable {
    var healthy = 0
    var degraded = 0
    var unhealthy = 0
    var unknown = 0
    var maintenance = 0
    var averageResponseMilliseconds: Double?

    var total: Int { healthy + degraded + unhealthy + unknown + maintenance }
    /// The percentage of healthy or degraded checks among the checks with a known result; nil without any.
    var percent: Double? {
        let known = healthy + degraded + unhealthy
        return known == 0 ? nil : 100 * Double(healthy + degraded) / Double(known)
    }
}

extension Uptime {
    /// Adds another service's checks; its response time is weighted by its number of checks.
    mutating func add(_ other: Uptime) {
        let (checks, otherChecks) = (Double(total), Double(other.total))
        switch (averageResponseMilliseconds, other.averageResponseMilliseconds) {
        case (let one?, let two?) where checks + otherChecks > 0:
            averageResponseMilliseconds = (one * checks + two * otherChecks) / (checks + otherChecks)
        case (nil, let two?): averageResponseMilliseconds = two
        default: break
        }
        healthy &+= other.healthy
        degraded &+= other.degraded
        unhealthy &+= other.unhealthy
        unknown &+= other.unknown
        maintenance &+= other.maintenance
    }
}

/// A service's uptime on one day.
struct DayUptime: Sendable, Equatable {
    /// Days since 1970, UTC.
    let day: Int64
    let uptime: Uptime
}
