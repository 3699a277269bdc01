import KeepAliveKit
import KeepAlivePlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Checks every target when it is due, and handles the consequences: state, history, alerts and restarts.
struct CheckLoop: Sendable {
    let targets: [Target]
    /// The names of all channels.
    let channels: [String]
    let runner: CheckRunner
    let board: StatusBoard
    let restarter: Restarter?
    /// Commits everything that one check caused.
    let record: @Sendable (CheckRecord, TargetState, [AlertEvent], [String]) async -> Void
    let log: Log
    /// Where the loop reports that this monitor lacks a resource.
    var health: HealthMonitor?
    /// Whether the leader of several monitors decides on alerts: this one's are only its vote.
    var isVote = false
    private let turns: Turns
    private let shortages: AffectedTargets<String>
    private let waits: AffectedTargets<Duration>
    /// A shorter wait for a turn is no trouble, whatever the interval.
    var mostWait = Duration.seconds(5)

    /// - Parameter earlier: the loop that this one replaces after a reload.
    init(
        targets: [Target], channels: [String], runner: CheckRunner, board: StatusBoard, restarter: Restarter?,
        health: HealthMonitor? = nil, replacing earlier: CheckLoop? = nil,
        record: @escaping @Sendable (CheckRecord, TargetState, [AlertEvent], [String]) async -> Void, log: Log
    ) {
        self.targets = targets
        self.channels = channels
        self.runner = runner
        self.board = board
        self.restarter = restarter
        self.health = health
        turns = earlier?.turns ?? Turns()
        shortages = earlier?.shortages ?? .shortages()
        waits = earlier?.waits ?? .waits()
        self.record = record
        self.log = log
    }

    /// Each check waits until its record is kept. A disk that hangs longer than this delays the checks.
    private static let recordLimit = Duration.seconds(30)

    /// A check due within this time runs at once, so that a large fleet wakes the processor less often.
    private static let tick = Duration.milliseconds(10)

    /// The longest delay before the loop notices that a maintenance window or a silence begins or ends, or that an
    /// acknowledgement is taken back, whatever its targets' intervals.
    private static let windowInterval = Duration.seconds(15)

    /// A large fleet wakes the loop a hundred times a second, and a look at the windows of all its targets may cost more
    /// than the checks.
    private static let shortestWindowInterval = Duration.seconds(1)

    /// Leaves these targets' turns and running checks to the next loop when this one is cancelled.
    func keep(_ names: Set<String>) { turns.keep(names) }

    /// Checks until the task is cancelled; returns once no check is running, except of the targets to keep.
    func run() async {
        let clock = SuspendingClock()
        let known = turns.takeOver()
        let places = targets.indices.compactMap { index in known[targets[index].name].map { (index, $0) } }
        var schedule = Schedule(
            targets.map(\.interval), from: clock.now, known: Dictionary(places, uniquingKeysWith: { $1 }))
        var looked: SuspendingClock.Instant?
        while let next = schedule.next {
            let due = min(next, (looked ?? clock.now).advanced(by: Self.windowInterval))
            let time = max(due, clock.now.advanced(by: Self.tick))
            let isTime = await runner.pulse.during(.init("the wait for the next check"), within: time - clock.now) {
                (try? await clock.sleep(until: time)) != nil
            }
            guard isTime else { break }
            let now = clock.now
            var indices = schedule.take(at: now)
            if looked.map({ $0.advanced(by: Self.shortestWindowInterval) <= now }) ?? true {
                indices += crossed(at: .now())
                looked = now
            }
            for index in indices {
                let target = targets[index]
                // A check that takes longer than the interval misses its turns.
                turns.begin(target.name) { await check(target) }
            }
        }
        let due = Dictionary(zip(targets.map(\.name), schedule.due), uniquingKeysWith: { $1 })
        let (kept, ended) = turns.end(due: due)
        // At once: a check that does not end must not delay this until the next loop has probes of its own.
        runner.cancel(allBut: kept)
        if let change = shortages.forget(allBut: kept) { health?.note(trouble: "resources", change.sentence) }
        if let change = waits.forget(allBut: kept) { health?.note(trouble: "schedule", change.sentence) }
        await restarter?.stop(allBut: kept)
        for check in ended { await check.value }
    }

    /// The indices of the targets whose maintenance began or ended since their last check, whose silence ended, or
    /// whose acknowledgement was taken back. Otherwise a target checked once a day would stay in maintenance until tomorrow.
    func crossed(at time: WallTime) -> [Int] {
        let ended = Set(
            board.marked.filter { status in
                guard let last = status.last?.time.microseconds else { return false }
                if let resumed = status.marks.resumed, last < resumed { return true }
                guard let until = status.marks.silenced?.until else { return false }
                return last < until && until <= time.microseconds
            }.map(\.target.name))
        // Without a copy of each target.
        return targets.indices.filter { index in
            if ended.contains(targets[index].name) { return true }
            guard !targets[index].maintenance.isEmpty, let last = board[targets[index].name]?.last else { return false }
            return targets[index].isInMaintenance(at: time) != (last.result.status == .maintenance)
        }
    }

    /// Checks every target once, all concurrently.
    func runOnce() async {
        await withDiscardingTaskGroup { group in
            for target in targets { group.addTask { await check(target) } }
        }
    }

    /// Runs one check and handles its consequences.
    func check(_ target: Target) async {
        let found = await runner.outcome(of: target)
        let silence = await silence(of: target, found)
        // A check that our own shutdown cancelled proves nothing about the service.
        if Task.isCancelled { return }
        let time = WallTime.now()
        let tick = MonotonicTime.now()
        let result = found.result
        note(result.shortage, of: target)
        note(wait: found.waited, of: target)
        let shown = silence == .maintenance ? ProbeResult(inMaintenance: result) : result
        let outcome = CheckRecord(service: target.name, result: shown, time: time)
        let change = board.update(target.name) { status in
            let was = status.last?.result.status ?? status.state.status
            var events = status.state.record(
                result, of: target.name, at: time.microseconds, tick: tick, rules: target.rules, silence: silence,
                marks: status.marks)
            if was != shown.status { status.changed = time }
            for index in events.indices { events[index].url = target.address }
            status.last = outcome
            status.silence = silence
            status.maintenanceEnd = silence == .maintenance ? target.maintenanceEnd(at: time) : nil
            let channels = status.state.recipients(of: events, among: target.channels, of: self.channels)
            return (was: was, state: status.state, events: events, channels: channels)
        }
        // A reload has removed the target meanwhile.
        guard let (was, state, events, channels) = change else { return }
        if was != shown.status {
            let word = shown.status == .maintenance ? "in maintenance" : shown.status.rawValue
            log(shown.status == .unhealthy ? .warning : .info, "\(target.name) is \(word): \(shown.message)")
        }
        for event in events where !isVote {
            let note = event.isQuiet == true ? " (sent to no channel: silenced or acknowledged)" : ""
            log(.warning, "alert \(event.kind): \(event.service): \(event.message)\(note)")
        }
        await runner.pulse.during(.init("keeping the result of", target.name), within: Self.recordLimit) {
            await record(outcome, state, events, channels)
        }
        if !events.isEmpty { board.noteAlerts() }
        await restarter?.consider(target, state, at: time, isSilenced: silence != nil) {
            await runner.look(target).result.status == .unhealthy
        }
    }

    /// Whether this target is in maintenance, and why a failure sends no alert now.
    private func silence(
        of target: Target, _ found: Looks.Found
    ) async -> TargetState.Silence? {
        if target.isInMaintenance(at: .now()) { return .maintenance }
        guard target.rules.isFailure(found.result.status) else { return nil }
        for name in target.dependsOn {
            guard let other = board[name] else { continue }
            // The dependency's state from before this failure proves nothing: it may have recovered, or failed just now
            // with its next check minutes away. This check waits for a new result.
            let isKnown = other.state.status == .unhealthy
            if await runner.isDown(other.target, since: found.began, isKnown: isKnown) { return .dependency(name) }
        }
        return nil
    }

    /// Reports which resource this monitor lacks, until the affected targets can be checked again.
    private func note(_ shortage: String?, of target: Target) {
        guard let change = shortages.note(shortage, of: target.name) else { return }
        health?.note(trouble: "resources", change.sentence)
        if change.isNews {
            log(
                change.sentence == nil ? .info : .error,
                change.sentence.map { "\($0); \(Shortage.remedy(for: shortage ?? ""))" }
                    ?? "this monitor has what its checks need again; every check runs")
        }
    }

    /// Reports that probes begin later than an interval after they were due, until none does.
    private func note(wait: Duration, of target: Target) {
        let isLate = wait > max(target.interval, mostWait)
        guard let change = waits.note(isLate ? wait : nil, of: target.name) else { return }
        health?.note(trouble: "schedule", change.sentence)
        if change.isNews {
            log(change.sentence == nil ? .info : .warning, change.sentence ?? "every check begins in time again")
        }
    }
}

extension Target {
    func isInMaintenance(at time: WallTime) -> Bool {
        let date = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        return maintenance.contains { $0.contains(date) }
    }
}

extension ProbeResult {
    /// The result to show and keep for a check in a maintenance window: no outage, and outside every uptime.
    init(inMaintenance result: ProbeResult) {
        self = result
        status = .maintenance
        message = "the check found it \(result.status): \(result.message)"
        // A response time during maintenance means nothing.
        responseTime = nil
    }
}
