import KeepAliveKit

/// A monitored service, as the configuration describes it.
struct Target: Sendable {
    let name: String
    let group: String?
    /// Visible to people who are not logged in.
    let isPublic: Bool
    let interval: Duration
    let timeout: Duration
    /// The delays before each retry of a failed probe within one check.
    let retryDelays: [Duration]
    /// When its failures open an alert, and with which severity.
    var rules: TargetState.Rules
    /// Targets whose failure explains this target's failure.
    let dependsOn: [String]
    let maintenance: [MaintenanceWindow]
    /// The names of the channels for its alerts; nil means all.
    let channels: [String]?
    /// The arguments of its restart command; nil without one.
    let restartCommand: [String]?
    /// Variables for this command, in addition to the environment of all commands.
    var environment: [String: String] = [:]
    let probe: any Probe
    /// The only vantage that checks it; nil: every vantage does.
    var vantage: String?
    /// How many vantages must agree on its status; nil: more than half.
    var agree: Int?
    /// `agree` of the target itself, not of the file.
    var ownAgree: Int?
    /// What it was read from; nil if it was made otherwise.
    var source: Source?
    /// Hides its secrets: a service may echo what the probe sends, and an address may hold a token.
    var hider = Log.none

    /// All that a target is made of: equal sources make equal targets.
    struct Source: Sendable, Equatable {
        /// The keys of its entry, and the values of the variables that they name.
        let keys: ConfigurationSection.Contents
        let defaults: TargetDefaults
        let maintenance: [MaintenanceWindow]
    }

    var type: String { Swift.type(of: probe).type }

    /// What its probe checks, for people.
    var address: String { hider.redact(probe.address) }

    /// Probes once; see `Probe.run`.
    func look(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        await probe.run(with: tools, timeout: timeout).hidden(by: hider)
    }

    /// A critical service's alerts are critical, unless its rules set a severity.
    var isCritical: Bool { rules.isCritical }

    /// How long a check counts among several vantages: two intervals and the timeouts.
    var freshFor: Duration {
        interval * 2 + timeout * (retryDelays.count + 1) + retryDelays.reduce(.zero, +)
    }

    /// Whether a monitor checks it.
    ///
    /// - Parameter vantage: the monitor's; nil without vantages.
    func isChecked(at vantage: String?) -> Bool { vantage == nil || self.vantage == nil || self.vantage == vantage }
}
