/// What a look at a service found.
enum ProbeStatus: String, Sendable, Codable, CaseIterable {
    case healthy, degraded, unhealthy
    /// The probe could not tell: no service manager here, no network of our own.
    case unknown
    /// Its failures are expected now, whatever the probe found. No probe says this: the engine does, in a window.
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
    /// How long the service took to answer; nil where there is nothing to time.
    var responseTime: Duration?
    /// Parts of the service that have a state of their own.
    var checks: [SubCheck] = []
    /// How bad a failure is where the probe knows that better than the target's defaults: a disk over its critical limit.
    var severity: Severity?
    /// What this monitor itself is short of where the probe could not look: `no free file descriptor (EMFILE)`. The status
    /// is `unknown` then, and the monitor's own `/health` shows it until checks succeed again.
    var shortage: String?

    struct SubCheck: Sendable, Equatable, Codable {
        var name: String
        var status: ProbeStatus
        var message: String?
        /// A number worth keeping (`disk.used_percent`, days until a certificate ends), in the unit that the name says.
        var value: Double?
    }
}
