/// One way to check a service. Each kind reads its own part of the configuration; schedules, retries, thresholds and
/// alerts are not its concern.
protocol Probe: Sendable {
    /// The `type` of a target that uses it.
    static var type: String { get }

    /// Whether it runs a command of the target, which gets the target's `environment`.
    static var runsCommand: Bool { get }

    /// Reads the target's keys; errors go to the section's findings.
    init(reading section: ConfigurationSection)

    /// Whether it checks only this machine, so that a network outage does not excuse a failure.
    var isLocal: Bool { get }

    /// What it checks, in a few words without secrets: `http://127.0.0.1:8001/health`.
    var address: String { get }

    /// The secret token of its service's calls, if it waits for calls.
    var pushToken: String? { get }

    /// When its service is due to call; nil without a schedule.
    var schedule: JobSchedule? { get }

    /// Checks once. After the target's timeout it is cancelled and returns promptly.
    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult
}

extension Probe {
    static var runsCommand: Bool { false }
    var pushToken: String? { nil }
    var schedule: JobSchedule? { nil }
}
