import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// One of several monitors that share a database: it looks at what all vantages found, shows it, and decides on alerts
/// while it leads.
///
/// Its own checks go their own way (`CheckLoop`, `History` with the role of a vantage): they need no leader.
actor VantageFleet {
    let settings: VantageSettings
    let board: StatusBoard
    let lease: LeaderLease
    let store: VantageStore
    /// This monitor's own history: of its checks, and of what it says about itself.
    let own: History
    let telemetry: Telemetry
    let pushes: PushBoard
    let health: HealthMonitor
    let log: Log
    /// A history for one term, with the leader's epoch.
    let makeHistory: @Sendable (Int64) -> History
    /// Judges a push service whose call another monitor took.
    let noteCall: @Sendable (String) async -> Void

    var plan: VantagePlan
    var term: LeaderTerm?
    /// The alerts about vantages, by the alert's name, while this monitor leads.
    var silences: [String: TargetState] = [:]
    var cutOff: CutOff
    var cutOffAt: Int64?
    /// The services whose marks are being written here, and when that ended.
    private var marking: [String: (count: Int, ended: MonotonicTime?)] = [:]
    private var schedule: Schedule<SuspendingClock.Instant>
    private var isStopping = false
    /// The end of the last gap between looks, in which other vantages could not report either: the database was away,
    /// or its clock was set forward.
    private var gapEnd: MonotonicTime?
    var sawFailure = false
    /// Whether this vantage's rows of removed services are gone.
    private var hasCleaned = false
    var forgotAt: MonotonicTime?
    private var beginning: Task<Void, Never>?
    private var following: Task<Void, Never>?

    /// A history that could not be written is tried again within this time.
    private static let settling = Duration.seconds(6)

    /// A release of the lease takes two seconds at most.
    private static let patience = Duration.seconds(3)

    init(
        _ settings: VantageSettings, _ plan: VantagePlan, board: StatusBoard, lease: LeaderLease, store: VantageStore,
        own: History, telemetry: Telemetry, pushes: PushBoard, health: HealthMonitor, log: Log,
        makeHistory: @escaping @Sendable (Int64) -> History, noteCall: @escaping @Sendable (String) async -> Void
    ) {
        (self.settings, self.plan, self.board, self.lease, self.store) = (settings, plan, board, lease, store)
        (self.own, self.telemetry, self.pushes, self.health, self.log) = (own, telemetry, pushes, health, log)
        (self.makeHistory, self.noteCall) = (makeHistory, noteCall)
        cutOff = CutOff(limit: settings.timeToLive)
        schedule = Schedule(plan.targets.map(\.interval), from: SuspendingClock().now)
    }

    /// Looks and leads until `stop`, or until the task is cancelled.
    func run() async {
        let following = Task { await self.follow() }
        self.following = following
        await look()
        await following.value
    }

    /// Takes a reloaded configuration.
    func replace(_ next: VantagePlan) async {
        plan = next
        schedule = Schedule(next.targets.map(\.interval), from: SuspendingClock().now)
        hasCleaned = false
        guard let running = term else { return }
        let renewed = await running.with(await next.dispatcher(running.history))
        // It may have ended meanwhile.
        guard term === running else { return await renewed.end() }
        term = renewed
        await retire(renewed.history)
    }

    /// Gives the lease to another, and leaves the others on purpose.
    func stop() async {
        isStopping = true
        lease.stop()
        await endTerm()
        lease.noteEnd()
        let following = following
        _ = await withDeadline(Self.patience) { await following?.value }
        await store.stop()
    }

    /// How many events each channel has waiting, while this monitor leads.
    func waitingChannels() async -> [String: Int] { await term?.history.waitingChannels() ?? [:] }

    // MARK: Marks

    /// What a person says is being written here: until then the shared database has an older state.
    func beginMark(_ service: String) { marking[service, default: (0, nil)].count += 1 }

    func endMark(_ service: String, _ marks: ServiceMarks) async {
        marking[service]?.count -= 1
        marking[service]?.ended = .now()
        await term?.history.learn([service: marks])
    }

    private func takesMarks(of service: String, looked: MonotonicTime) -> Bool {
        guard let mark = marking[service] else { return true }
        guard mark.count == 0, mark.ended.map({ $0 < looked }) ?? true else { return false }
        marking[service] = nil
        return true
    }

    /// - Returns: the services whose marks have changed.
    private func learn(_ marks: [String: ServiceMarks], looked: MonotonicTime) async -> [String] {
        var changed: [String: ServiceMarks] = [:]
        for status in board.all {
            let name = status.target.name
            let next = marks[name] ?? ServiceMarks()
            if status.marks != next, takesMarks(of: name, looked: looked) { changed[name] = next }
        }
        for (name, next) in changed { board.update(name) { $0.marks = next } }
        if !changed.isEmpty, let term { await term.history.learn(changed) }
        return Array(changed.keys)
    }

    // MARK: The lease

    private func follow() async {
        for await change in lease.changes {
            switch change {
            case .lead(let epoch):
                log(.info, "this monitor (\(settings.name)) leads: it sends the alerts of all (epoch \(epoch))")
                beginning = Task { await self.begin(epoch) }
            case .end(let words):
                if term != nil || beginning != nil {
                    log(.warning, "this monitor (\(settings.name)) no longer leads: \(words)")
                }
                await endTerm()
                lease.noteEnd()
            case .finished: return
            }
        }
    }

    private func begin(_ epoch: Int64) async {
        let history = makeHistory(epoch)
        while !Task.isCancelled, !isStopping {
            let states = await history.states()
            if await history.isLoaded {
                await retire(history)
                let dispatcher = await plan.dispatcher(history)
                guard !Task.isCancelled, !isStopping else { break }
                for name in board.names { board.update(name) { $0.state = states[name] ?? TargetState() } }
                silences = states.filter { $0.key.hasPrefix(SilentVantages.prefix) }
                term = LeaderTerm(epoch, history, dispatcher)
                board.noteAlerts()
                return
            }
            if await history.isClosed { return }
            try? await Task.sleep(for: .milliseconds(200), clock: .suspending)
        }
        await history.close()
    }

    /// Closes the alerts of services that were removed from the configuration.
    private func retire(_ history: History) async {
        let vantages = await history.states().keys.filter { $0.hasPrefix(SilentVantages.prefix) }
        await history.retire(allBut: Set(plan.targets.map(\.name)).union(vantages), channels: plan.channels)
    }

    private func endTerm() async {
        beginning?.cancel()
        await beginning?.value
        beginning = nil
        guard let ended = term else { return }
        term = nil
        silences = [:]
        await ended.end()
    }

    // MARK: Looking

    private func look() async {
        while !Task.isCancelled, !isStopping {
            let began = MonotonicTime.now()
            let due = schedule.take(at: SuspendingClock().now)
                .compactMap { plan.targets.indices.contains($0) ? plan.targets[$0].name : nil }
            do {
                let look = try await store.look(
                    at: due, silentAfter: plan.silentAfter,
                    readsPushes: plan.targets.contains { $0.probe.pushToken != nil })
                if isStopping { return }
                await noteReached()
                if !hasCleaned { hasCleaned = (try? await store.keep(only: plan.targets.map(\.name))) != nil }
                await take(look, due: due, looked: began)
            } catch {
                await noteUnreachable(error)
            }
            let rest = plan.tick - MonotonicTime.now().since(began)
            if rest > .zero { try? await Task.sleep(for: rest, clock: .suspending) } else { await Task.yield() }
        }
    }

    private func take(_ look: VantageLook, due: [String], looked: MonotonicTime) async {
        if sawFailure || look.ownAge.map({ $0 > plan.silentAfter }) ?? false { gapEnd = .now() }
        sawFailure = false
        let view = lease.view
        board.note(
            VantageRoll(
                own: settings.name, beats: look.beats, leader: look.leader, since: look.since,
                isLeading: term != nil && lease.isHeld, epoch: view.epoch))
        health.note(trouble: "lease", view.trouble.map { "The monitors' lease cannot be reached: \($0)" })
        let changed = await learn(look.marks, looked: looked)
        for name in pushes.learn(look.pushes, looked: looked, wallNow: .now()) {
            let noteCall = noteCall
            Task { await noteCall(name) }
        }
        let services = Set(due).union(look.views.keys).union(changed)
        await judge(services.compactMap { plan.byName[$0] }, look, rereads: Set(changed).subtracting(look.views.keys))
        await judgeVantages(look.beats)
    }

    /// - Parameter rereads: services that were not read: their views stay.
    private func judge(_ targets: [Target], _ look: VantageLook, rereads: Set<String>) async {
        let time = WallTime.now()
        let tick = MonotonicTime.now()
        let leading = lease.isHeld ? term : nil
        let all = plan.channels
        await withDiscardingTaskGroup { group in
            for target in targets {
                let name = target.name
                let views =
                    rereads.contains(name)
                    ? board[name]?.views ?? []
                    : (look.views[name] ?? []).filter {
                        target.vantage == nil || $0.vantage == target.vantage
                    }
                // What is old may only have had no way to the database.
                if leading != nil, isSettling(for: target.freshFor), views.contains(where: { !$0.isFresh }) { continue }
                let before = leading == nil ? look.states[name] ?? board[name]?.state : board[name]?.state
                let (judged, silence) = VantagePlan.judge(
                    target, views, before: before?.held ?? .unknown, at: time, board)
                let result = Self.namingNobody(target, look.beats) ?? judged
                let shown = silence == .maintenance ? ProbeResult(inMaintenance: result) : result
                let record = CheckRecord(service: name, result: shown, time: time)
                let change = board.update(name) { status in
                    let was = status.last?.result.status ?? status.state.status
                    if leading == nil, !rereads.contains(name) { status.state = look.states[name] ?? TargetState() }
                    var (events, channels): ([AlertEvent], [String]) = ([], [])
                    if leading != nil {
                        events = status.state.record(
                            result, of: name, at: time.microseconds, tick: tick, rules: VantagePlan.rules(of: target),
                            silence: silence, marks: status.marks)
                        for index in events.indices {
                            events[index].url = target.address
                            events[index].failures = VantagePlan.failures(of: events[index], views)
                        }
                        channels = status.state.recipients(of: events, among: target.channels, of: all)
                    }
                    if was != shown.status { status.changed = time }
                    (status.last, status.views, status.silence) = (record, views, silence)
                    status.maintenanceEnd = silence == .maintenance ? target.maintenanceEnd(at: time) : nil
                    return (state: status.state, events: events, channels: channels)
                }
                guard let change else { continue }
                logAlerts(change.events)
                group.addTask { [telemetry, board] in
                    await leading?.history.record(
                        record, state: change.state, events: change.events, channels: change.channels)
                    await telemetry.note(record, events: change.events)
                    if !change.events.isEmpty { board.noteAlerts() }
                }
            }
        }
    }

    func isSettling(for time: Duration) -> Bool {
        gapEnd.map { MonotonicTime.now().since($0) < time + Self.settling } ?? false
    }

    /// The result of a target whose vantage no monitor has: its name may be misspelt.
    private static func namingNobody(_ target: Target, _ beats: [VantageBeat]) -> ProbeResult? {
        guard let wanted = target.vantage, !beats.contains(where: { $0.name == wanted }) else { return nil }
        let names = beats.map(\.name).joined(separator: ", ")
        return ProbeResult(status: .unknown, message: "no monitor has the vantage \(wanted): there are \(names)")
    }

    func logAlerts(_ events: [AlertEvent]) {
        for event in events {
            let note = event.isQuiet == true ? " (sent to no channel: silenced or acknowledged)" : ""
            log(.warning, "alert \(event.kind): \(event.service): \(event.message)\(note)")
        }
    }
}
