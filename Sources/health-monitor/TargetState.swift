/// What is known of one target between its checks, and what its owner has to be told. Pure: results and times go in,
/// notices come out. It is kept in the database, so that a restart of the monitor neither repeats nor invents anything.
///
/// Times are microseconds since 1970, since they have to outlive the process.
struct TargetState: Sendable, Equatable, Codable {
    /// What a target's owner has to be told.
    enum Notice: Sendable, Equatable {
        /// It is down: so many checks failed in a row.
        case opened(Severity, failures: Int)
        /// It is still down.
        case repeated(Severity, failures: Int)
        /// It was degraded, and is down now.
        case escalated(Severity, failures: Int)
        /// It is well again, after so many failed checks.
        case resolved(Severity, failures: Int)
        /// It comes and goes: so many changes in the checks that are remembered. Nothing more is said until it is steady.
        case flapping(Severity, changes: Int)
    }

    struct Rules: Sendable, Equatable {
        var failureThreshold = 3
        var recoveryThreshold = 1
        var alertInterval = Duration.seconds(3600)
        var alertsWhenDegraded = false
        var isCritical = false

        func isFailure(_ status: ProbeStatus) -> Bool {
            status == .unhealthy || (status == .degraded && alertsWhenDegraded)
        }
    }

    /// Why a failure is not to be told now.
    enum Silence: Sendable, Equatable {
        case dependency(String)
        case maintenance
    }

    struct OpenAlert: Sendable, Equatable, Codable {
        var severity: Severity
        var openedAt: Int64
        /// When its owner was last told.
        var toldAt: Int64
    }

    private(set) var status = ProbeStatus.unknown
    /// Failed and good checks in a row; unknown ones count in neither.
    private(set) var failures = 0
    private(set) var successes = 0
    /// The failed checks of the trouble that an open alert speaks of.
    private(set) var failuresOfAlert = 0
    private(set) var alert: OpenAlert?
    /// When the trouble began that the last alert spoke of, also once that is resolved.
    private(set) var lastAlertOpenedAt: Int64?
    private(set) var isFlapping = false
    /// The last checks, oldest first: whether each failed.
    private(set) var recent: [Bool] = []
    private(set) var lastCheck: Int64?

    static let remembered = 20
    /// Changes within the remembered checks that are flapping, and those that are steady again. A single outage has two.
    static let flappingChanges = 6
    static let steadyChanges = 2

    /// Takes the result of one check. What fails in silence is counted in nothing: once the silence ends, a service has
    /// as many checks to come back in as any other.
    mutating func record(_ result: ProbeStatus, at now: Int64, rules: Rules, silence: Silence? = nil) -> [Notice] {
        status = result
        lastCheck = now
        // Nobody could tell: that is neither good nor bad, and a repeat may still be due.
        if result == .unknown { return [] }
        let failed = rules.isFailure(result)
        if failed, silence != nil { return [] }
        remember(failed)
        if failed {
            failures &+= 1
            successes = 0
            if alert != nil { failuresOfAlert &+= 1 }
        } else {
            successes &+= 1
            failures = 0
        }
        let severity: Severity = rules.isCritical && result == .unhealthy ? .critical : .warning
        if updateFlapping(severity, at: now) {
            return [.flapping(alert?.severity ?? severity, changes: changes)]
        }
        if isFlapping { return [] }
        return failed ? failure(severity, at: now, rules) : success(rules)
    }

    private mutating func failure(_ severity: Severity, at now: Int64, _ rules: Rules) -> [Notice] {
        guard failures >= rules.failureThreshold || alert != nil else { return [] }
        guard var told = alert else {
            open(severity, at: now, failures: failures)
            return [.opened(severity, failures: failures)]
        }
        if told.severity == .warning, severity == .critical {
            told.severity = .critical
            told.toldAt = now
            alert = told
            return [.escalated(.critical, failures: failuresOfAlert)]
        }
        // A clock that was set back must not silence the alert for good.
        let elapsed = now &- told.toldAt
        guard elapsed >= rules.alertInterval.microseconds || elapsed < 0 else { return [] }
        told.toldAt = now
        alert = told
        return [.repeated(told.severity, failures: failuresOfAlert)]
    }

    private mutating func open(_ severity: Severity, at now: Int64, failures: Int) {
        alert = OpenAlert(severity: severity, openedAt: now, toldAt: now)
        lastAlertOpenedAt = now
        failuresOfAlert = failures
    }

    private mutating func success(_ rules: Rules) -> [Notice] {
        guard let open = alert, successes >= rules.recoveryThreshold else { return [] }
        alert = nil
        return [.resolved(open.severity, failures: failuresOfAlert)]
    }

    /// Whether nothing is wrong and nothing was lately, so that only the counts go on.
    var isAtRest: Bool { status == .healthy && failures == 0 && alert == nil && !isFlapping && !recent.contains(true) }

    // MARK: Flapping

    private mutating func remember(_ failed: Bool) {
        recent.append(failed)
        recent.removeFirst(max(0, recent.count - Self.remembered))
    }

    private var changes: Int { zip(recent, recent.dropFirst()).count { $0 != $1 } }

    /// Whether flapping begins with this check, and is to be told.
    private mutating func updateFlapping(_ severity: Severity, at now: Int64) -> Bool {
        if isFlapping {
            if changes <= Self.steadyChanges { isFlapping = false }
            return false
        }
        guard changes >= Self.flappingChanges else { return false }
        isFlapping = true
        // It stays open until the target is steady: then it resolves, or is repeated.
        if alert == nil { open(severity, at: now, failures: recent.count { $0 }) }
        return true
    }
}

extension Duration {
    /// Whole microseconds, as far as they can be counted.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, over) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return over ? .max : sum
    }
}
