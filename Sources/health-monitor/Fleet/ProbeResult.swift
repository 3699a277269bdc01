import KeepAliveKit
import KeepAlivePlatform

/// The result of a probe.
enum ProbeStatus: String, Sendable, Codable, CaseIterable {
    case healthy, degraded, unhealthy
    /// The probe could not determine it: for example, no service manager, or no network on this machine.
    case unknown
    /// Failures are expected now. The engine sets this in a maintenance window; probes never do.
    case maintenance

    /// The worse of two: unhealthy, degraded, unknown, maintenance, healthy.
    static func worse(_ one: ProbeStatus, _ other: ProbeStatus) -> ProbeStatus {
        [.unhealthy, .degraded, .unknown, .maintenance].first { $0 == one || $0 == other } ?? .healthy
    }
}

struct ProbeResult: Sendable, Equatable {
    var status: ProbeStatus
    /// One sentence for a person, without secrets.
    var message: String
    /// All that the service reported, perhaps in several lines; nil if the message has all of it.
    var report: String?
    /// How long the service took to answer; nil if the probe times nothing.
    var responseTime: Duration?
    /// Parts of the service with a status of their own.
    var checks: [SubCheck] = []
    /// The severity of a failure if the probe knows it better than the target's defaults: a disk over its critical
    /// limit.
    var severity: Severity?
    /// The resource that this monitor lacked, so that the probe could not run: `no free file descriptor (EMFILE)`. The
    /// status is then `unknown`, and the monitor's own `/health` shows it until checks succeed again.
    var shortage: String?
    /// When a job is due next.
    var nextDue: WallTime?

    struct SubCheck: Sendable, Equatable, Codable {
        var name: String
        var status: ProbeStatus
        var message: String?
        /// A number worth keeping (`disk.used_percent`, days until a certificate expires), in the unit of its name.
        var value: Double?
    }

    /// The result without secrets in its texts.
    func hidden(by hider: Log) -> ProbeResult {
        var result = self
        result.message = hider.redact(message)
        result.report = report.map(hider.redact)
        for index in checks.indices {
            result.checks[index].name = hider.redact(checks[index].name)
            result.checks[index].message = checks[index].message.map(hider.redact)
        }
        return result
    }
}
