import KeepAliveKit
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Checks every target at its time, and passes on what follows: its state, history, alerts, and a restart.
struct Watcher: Sendable {
    let configuration: MonitorConfiguration
    let checker: Checker
    let board: StatusBoard
    let restarter: Restarter?
    /// Commits all that one check caused.
    let record: @Sendable (CheckRecord, TargetState, [AlertEvent], [String]) async -> Void
    let log: Log

    /// What is due within this time is due at once, so that a large fleet wakes the processor less often.
    private static let tick = Duration.milliseconds(10)

    /// Checks until the task is cancelled.
    func run() async {
        let targets = configuration.targets
        let clock = SuspendingClock()
        var schedule = Schedule(targets.map(\.interval), from: clock.now)
        let running = Turns()
        await withDiscardingTaskGroup { group in
            while let next = schedule.next {
                guard (try? await clock.sleep(until: max(next, clock.now.advanced(by: Self.tick)))) != nil else {
                    return
                }
                for index in schedule.take(at: clock.now)
                // A check that takes longer than the interval misses its turns.
                where running.begin(index) {
                    group.addTask {
                        await check(targets[index])
                        running.end(index)
                    }
                }
            }
        }
    }

    /// Checks every target once, all at the same time.
    func runOnce() async {
        await withDiscardingTaskGroup { group in
            for target in configuration.targets { group.addTask { await check(target) } }
        }
    }

    /// One check, and all that follows from it.
    func check(_ target: Target) async {
        let result = await checker.check(target)
        // What was cut off by our own end says nothing about the service.
        if Task.isCancelled { return }
        let rules = configuration.rules(of: target)
        let time = WallTime.now()
        let silence = rules.isFailure(result.status) ? await silence(of: target, at: time) : nil
        let outcome = CheckRecord(service: target.name, result: result, time: time)
        var notices: [TargetState.Notice] = []
        var state = TargetState()
        board.update(target.name) { status in
            let was = status.state.status
            notices = status.state.record(result.status, at: time.microseconds, rules: rules, silence: silence)
            state = status.state
            status.last = outcome
            status.silence = silence
            if was != result.status {
                log(
                    result.status == .unhealthy ? .warn : .info, "\(target.name) is \(result.status): \(result.message)"
                )
            }
        }
        let events = notices.map { AlertEvent($0, of: target, state, result, at: time) }
        for event in events { log(.warn, "alert \(event.kind): \(event.service): \(event.message)") }
        await record(outcome, state, events, target.channels ?? configuration.channels.map(\.name))
        if !events.isEmpty { board.noteAlerts() }
        await restarter?.consider(target, state, rules, at: time)
    }

    /// Why a failure of this target is not to be told now.
    private func silence(of target: Target, at time: WallTime) async -> TargetState.Silence? {
        let date = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        if target.maintenance.contains(where: { $0.contains(date) }) { return .maintenance }
        for name in target.dependsOn {
            guard let other = board[name] else { continue }
            if other.state.status == .unhealthy || other.silence != nil { return .dependency(name) }
            // It may have gone down with this one, and be due only in some minutes.
            if await checker.look(other.target).status == .unhealthy { return .dependency(name) }
        }
        return nil
    }
}

/// Which targets are being checked.
private final class Turns: Sendable {
    private let running = Mutex<Set<Int>>([])

    /// False where it is being checked already.
    func begin(_ target: Int) -> Bool { running.withLock { $0.insert(target).inserted } }

    func end(_ target: Int) { running.withLock { _ = $0.remove(target) } }
}

extension AlertEvent {
    /// What a notice says to people.
    init(
        _ notice: TargetState.Notice, of target: Target, _ state: TargetState, _ result: ProbeResult, at time: WallTime
    ) {
        let kind: Kind
        let severity: Severity
        let message: String
        var failures: Int?
        switch notice {
        case .opened(let level, let count):
            (kind, severity, message, failures) = (.opened, level, result.message, count)
        case .repeated(let level, let count):
            (kind, severity, failures) = (.repeated, level, count)
            message = "still failing after \(count) checks: \(result.message)"
        case .escalated(let level, let count):
            (kind, severity, message, failures) = (.escalated, level, result.message, count)
        case .resolved(let level, let count):
            (kind, severity, failures) = (.resolved, level, count)
            message = "recovered after \(count) failed \(count == 1 ? "check" : "checks")"
        case .flapping(let level, let changes):
            kind = .flapping
            severity = level
            message =
                "flapping: \(changes) changes in its last \(TargetState.remembered) checks; "
                + "nothing more is said until it is steady"
        }
        self.init(
            kind: kind, service: target.name, severity: severity, message: message,
            triggeredAt: state.alert?.openedAt ?? state.lastAlertOpenedAt ?? time.microseconds,
            happenedAt: time.microseconds, failures: failures)
    }
}
