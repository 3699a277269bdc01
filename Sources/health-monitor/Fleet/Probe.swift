/// One way to look at a service. Each kind reads its own part of the configuration, and knows nothing of schedules,
/// retries, thresholds and alerts.
protocol Probe: Sendable {
    /// The `type` of a target that uses it.
    static var type: String { get }

    /// Reads the target's keys; what is wrong goes to the section's findings.
    init(reading section: ConfigurationSection)

    /// Whether it looks at this machine alone, so that a network that is gone is no excuse.
    var isLocal: Bool { get }

    /// What it looks at, in a few words without secrets: `http://127.0.0.1:8001/health`.
    var address: String { get }

    /// What the calls of its service are told by, where it waits for such calls; a secret.
    var pushToken: String? { get }

    /// Looks once. It is cancelled when the target's timeout has passed, and returns promptly then.
    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult
}

extension Probe {
    var pushToken: String? { nil }
}
