import KeepAliveKit
import KeepAlivePlatform

/// A target's state between its checks, and the alerts it causes. Pure: results and times go in, alert events come out.
/// The database keeps it, so that a restart of the monitor neither repeats nor invents an alert.
///
/// Times are microseconds since 1970, because they outlive the process. Within the process the monotonic clock measures
/// intervals, because nobody can set it.
struct TargetState: Sendable, Equatable, Codable {
    struct Rules: Sendable, Equatable {
        var failureThreshold = 3
        var recoveryThreshold = 1
        var alertInterval = Duration.seconds(3600)
        var alertsWhenDegraded = true
        var isCritical = false
        /// The configured severity; it overrides every other.
        var severity: Severity?
        /// Whether alerts are opened at all.
        var opensAlerts = true

        func isFailure(_ status: ProbeStatus) -> Bool {
            status == .unhealthy || (status == .degraded && alertsWhenDegraded)
        }

        /// - Parameter found: the severity that the probe reports for this failure.
        func severity(_ found: Severity?) -> Severity { severity ?? (isCritical ? .critical : found ?? .warning) }
    }

    /// Why a failure sends no alert now.
    enum Silence: Sendable, Equatable {
        case dependency(String)
        case maintenance
    }

    struct OpenAlert: Sendable, Equatable, Codable {
        var severity: Severity
        var openedAt: Int64
        /// When the last alert event was sent.
        var toldAt: Int64
        /// Whether the last event reported the target as down, not only degraded; nil for alerts of an earlier version.
        var isDown: Bool?
        /// Whether no channel knows the alert, because the service was silenced since it opened.
        var isUntold: Bool?
        /// Whether it went on during a silence: channels get it once the silence is over.
        var isOwed: Bool?
        /// `toldAt` on this process's clock; nil if an earlier process opened the alert.
        var toldTick: MonotonicTime?

        private enum CodingKeys: String, CodingKey { case severity, openedAt, toldAt, isDown, isUntold, isOwed }

        /// Ignores the tick, which is valid only in this process.
        static func == (left: OpenAlert, right: OpenAlert) -> Bool {
            left.severity == right.severity && left.openedAt == right.openedAt && left.toldAt == right.toldAt
                && left.isDown == right.isDown && left.isUntold == right.isUntold && left.isOwed == right.isOwed
        }
    }

    /// The number of consecutive checks with equal results; unknown checks do not count.
    private struct Row: Sendable, Equatable, Codable {
        var status: ProbeStatus
        var count: Int
    }

    private(set) var status = ProbeStatus.unknown
    /// Consecutive failed and good checks; unknown checks count in neither.
    private(set) var failures = 0
    private(set) var successes = 0
    /// The failed checks of the incident with the open alert.
    private(set) var failuresOfAlert = 0
    private(set) var alert: OpenAlert?
    /// The channels that know the alert; nil without one, and for an alert of an earlier version.
    var toldChannels: [String]?
    /// When the last alert's incident began; it stays after the alert is resolved.
    private(set) var lastAlertOpenedAt: Int64?
    private(set) var isFlapping = false
    /// The last checks, oldest first: whether each failed.
    private(set) var recent: [Bool] = []
    private(set) var lastCheck: Int64?
    private var row: Row?

    /// Consecutive unhealthy checks. `failures` counts degraded ones too.
    var outages: Int { row?.status == .unhealthy ? row?.count ?? 0 : 0 }

    static let remembered = 20
    /// Flapping begins at this many changes within the remembered checks, and ends at the lower limit. A single outage
    /// has two.
    static let flappingChanges = 6
    static let steadyChanges = 2

    /// Takes the result of one check. Failures during silence do not count, so a service gets the full number of checks
    /// to recover once the silence ends.
    ///
    /// - Parameters:
    ///   - service: the target's name.
    ///   - now: microseconds since 1970.
    ///   - tick: the same moment on the monotonic clock.
    ///   - marks: what people have said about the target.
    mutating func record(
        _ result: ProbeResult, of service: String, at now: Int64, tick: MonotonicTime, rules: Rules,
        silence: Silence? = nil, marks: ServiceMarks = ServiceMarks()
    ) -> [AlertEvent] {
        status = result.status
        lastCheck = now
        // Unknown counts as neither good nor bad, and an alert is not repeated for it.
        if status == .unknown { return [] }
        let failed = rules.isFailure(status)
        if failed, silence != nil { return [] }
        remember(failed)
        row = Row(status: status, count: row?.status == status ? (row?.count ?? 0) &+ 1 : 1)
        if failed {
            failures &+= 1
            successes = 0
            if alert != nil { failuresOfAlert &+= 1 }
        } else {
            successes &+= 1
            failures = 0
        }
        let hush = Hush(
            isSilenced: marks.silence(at: now) != nil,
            isAcknowledged: marks.acknowledgement(ofAlertAt: alert?.openedAt) != nil)
        let wasUntold = alert.map { $0.isUntold == true }
        guard rules.opensAlerts,
            let change = change(failed, rules.severity(result.severity), at: now, tick, rules, hush)
        else { return [] }
        var event = AlertEvent(
            kind: change.kind, service: service, severity: change.severity,
            message: change.words + (change.quotes ? result.message : ""),
            triggeredAt: alert?.openedAt ?? lastAlertOpenedAt ?? now, happenedAt: now,
            failures: change.kind == .flapping ? nil : failuresOfAlert, status: status)
        note(&event, hush, wasUntold)
        return [event]
    }

    /// Why channels do not get every event of an alert.
    private struct Hush {
        let isSilenced: Bool
        let isAcknowledged: Bool
    }

    /// Decides whether channels get the event, and remembers what they have missed.
    ///
    /// - Parameter wasUntold: whether no channel knew the alert before; nil if there was none.
    private mutating func note(_ event: inout AlertEvent, _ hush: Hush, _ wasUntold: Bool?) {
        if event.kind.isEnd {
            // An alert that channels know is closed for them also during a silence: a pager would go on.
            if wasUntold == true { event.isQuiet = true }
            return
        }
        if hush.isSilenced {
            event.isQuiet = true
            alert?.isOwed = true
            if wasUntold == nil { alert?.isUntold = true }
            return
        }
        if hush.isAcknowledged, event.kind == .repeated {
            event.isQuiet = true
            return
        }
        if wasUntold != false, event.kind != .opened { event.isFirst = true }
        alert?.isUntold = nil
        alert?.isOwed = nil
    }

    /// A change of a target's alert.
    private struct Change {
        let kind: AlertEvent.Kind
        let severity: Severity
        /// How the event's message begins, and whether the probe's message follows.
        var words = ""
        var quotes = true
    }

    private mutating func change(
        _ failed: Bool, _ severity: Severity, at now: Int64, _ tick: MonotonicTime, _ rules: Rules, _ hush: Hush
    ) -> Change? {
        let wasFlapping = isFlapping
        let begins = updateFlapping(severity, at: now, tick)
        if isFlapping { return flapping(begins, severity, at: now, tick, hush) }
        return failed ? failure(severity, at: now, tick, rules, hush, isSteady: wasFlapping) : success(rules)
    }

    /// One event when flapping begins; if channels missed it because of a silence, another once that is over.
    private mutating func flapping(
        _ begins: Bool, _ severity: Severity, at now: Int64, _ tick: MonotonicTime, _ hush: Hush
    ) -> Change? {
        let isOwed = alert?.isOwed == true && !hush.isSilenced && !hush.isAcknowledged
        guard begins || isOwed else { return nil }
        alert?.toldAt = now
        alert?.toldTick = tick
        let words =
            "flapping: \(changes) changes in its last \(Self.remembered) checks; no further alert until it is stable"
        return Change(
            kind: .flapping, severity: alert?.severity ?? severity,
            words: (begins ? "" : "no longer silenced, ") + words, quotes: false)
    }

    /// - Parameter isSteady: whether flapping ends with this check: channels were promised no word until then.
    private mutating func failure(
        _ severity: Severity, at now: Int64, _ tick: MonotonicTime, _ rules: Rules, _ hush: Hush, isSteady: Bool
    ) -> Change? {
        guard failures >= rules.failureThreshold || alert != nil else { return nil }
        guard var told = alert else {
            open(severity, at: now, tick, failures: failures)
            return Change(kind: .opened, severity: severity)
        }
        let isDown = status == .unhealthy
        let wasDown = told.isDown ?? true
        let row = row?.count ?? 1
        // A certificate's alert may stay open for weeks; a new problem on top needs the full number of failed checks.
        let isWorse = isDown && !wasDown || told.severity == .warning && severity == .critical
        if isWorse, row >= rules.failureThreshold || !isDown {
            alert = OpenAlert(told, severity: severity, isDown: isDown, at: now, tick)
            return Change(kind: .escalated, severity: severity)
        }
        if wasDown, !isDown, row >= rules.recoveryThreshold {
            alert = OpenAlert(told, severity: severity, isDown: false, at: now, tick)
            return Change(kind: .repeated, severity: severity, words: "no longer unhealthy, but degraded: ")
        }
        if hush.isSilenced { alert?.isOwed = true }
        if hush.isSilenced || hush.isAcknowledged { return nil }
        let isOwed = told.isOwed == true
        guard isRepeatDue(&told, at: now, tick, rules) || isOwed || isSteady else {
            alert = told
            return nil
        }
        alert = OpenAlert(told, severity: told.severity, isDown: wasDown, at: now, tick)
        return Change(
            kind: .repeated, severity: told.severity,
            words: (isOwed ? "no longer silenced, " : isSteady ? "no longer flapping, " : "")
                + "still failing after \(failuresOfAlert) checks: ")
    }

    /// Whether the interval has passed. For an earlier process's alert only the wall clock counts; if it was set back,
    /// the interval restarts now.
    private func isRepeatDue(
        _ told: inout OpenAlert, at now: Int64, _ tick: MonotonicTime, _ rules: Rules
    ) -> Bool {
        if let last = told.toldTick { return tick.since(last) >= rules.alertInterval }
        let (elapsed, overflow) = now.subtractingReportingOverflow(told.toldAt)
        let passed = overflow ? 0 : max(0, elapsed)
        told.toldTick = tick.advanced(by: .zero - .microseconds(min(passed, rules.alertInterval.microseconds)))
        return passed >= rules.alertInterval.microseconds
    }

    private mutating func open(_ severity: Severity, at now: Int64, _ tick: MonotonicTime, failures: Int) {
        alert = OpenAlert(
            severity: severity, openedAt: now, toldAt: now, isDown: status == .unhealthy, toldTick: tick)
        lastAlertOpenedAt = now
        failuresOfAlert = failures
    }

    private mutating func success(_ rules: Rules) -> Change? {
        guard let open = alert, successes >= rules.recoveryThreshold else { return nil }
        alert = nil
        return Change(
            kind: .resolved, severity: open.severity,
            words: "recovered after \(failuresOfAlert.counted("failed check"))", quotes: false)
    }

    /// Whether the target is healthy without recent failures, so that only its counts change.
    var isAtRest: Bool { status == .healthy && failures == 0 && alert == nil && !isFlapping && !recent.contains(true) }

    // MARK: Flapping

    private mutating func remember(_ failed: Bool) {
        recent.append(failed)
        recent.removeFirst(max(0, recent.count - Self.remembered))
    }

    private var changes: Int { zip(recent, recent.dropFirst()).count { $0 != $1 } }

    /// Whether flapping begins with this check and needs an alert.
    private mutating func updateFlapping(_ severity: Severity, at now: Int64, _ tick: MonotonicTime) -> Bool {
        if isFlapping {
            if changes <= Self.steadyChanges { isFlapping = false }
            return false
        }
        guard changes >= Self.flappingChanges else { return false }
        isFlapping = true
        // The alert stays open until the target is steady; then it is resolved or repeated.
        if alert == nil { open(severity, at: now, tick, failures: recent.count { $0 }) }
        return true
    }
}

extension TargetState.OpenAlert {
    /// The open alert, after an event has just reported its state.
    fileprivate init(
        _ alert: Self, severity: Severity, isDown: Bool, at now: Int64, _ tick: MonotonicTime
    ) {
        self = alert
        self.severity = severity
        self.isDown = isDown
        toldAt = now
        toldTick = tick
    }
}
