import KeepAliveKit

/// One service that is watched, as the configuration describes it.
struct Target: Sendable {
    let name: String
    let group: String?
    /// A critical service alerts as critical, unless `severity` says something else.
    let isCritical: Bool
    /// How bad its failures are, where the configuration says so.
    var severity: Severity?
    /// Shown to people who are not logged in.
    let isPublic: Bool
    let interval: Duration
    let timeout: Duration
    /// The waits before a failed probe is tried again within the same check.
    let retryDelays: [Duration]
    /// Failed checks in a row that open an alert, and good ones that resolve it.
    var failureThreshold: Int
    let recoveryThreshold: Int
    /// Whether a degraded result counts as failed, and opens an alert.
    let alertsWhenDegraded: Bool
    /// Targets whose failure explains this one's.
    let dependsOn: [String]
    let maintenance: [MaintenanceWindow]
    /// The channels its alerts go to, by name; nil is all of them.
    let channels: [String]?
    /// The command that restarts it, as arguments; nil where nothing does.
    let restartCommand: [String]?
    /// Variables that this command finds beside the environment that all commands get.
    var environment: [String: String] = [:]
    let probe: any Probe

    var type: String { Swift.type(of: probe).type }
}
