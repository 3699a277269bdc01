/// One service that is watched, as the configuration describes it.
struct Target: Sendable {
    let name: String
    let group: String?
    /// Shown to people who are not logged in.
    let isPublic: Bool
    let interval: Duration
    let timeout: Duration
    /// The waits before a failed probe is tried again within the same check.
    let retryDelays: [Duration]
    /// When its failures open an alert and how bad they are.
    var rules: TargetState.Rules
    /// Targets whose failure explains this one's.
    let dependsOn: [String]
    let maintenance: [MaintenanceWindow]
    /// The channels its alerts go to, by name; nil is all of them.
    let channels: [String]?
    /// The command that restarts it, as arguments; nil without one.
    let restartCommand: [String]?
    /// Variables that this command finds beside the environment that all commands get.
    var environment: [String: String] = [:]
    let probe: any Probe

    var type: String { Swift.type(of: probe).type }

    /// A critical service alerts as critical, unless its rules name a severity.
    var isCritical: Bool { rules.isCritical }
}
