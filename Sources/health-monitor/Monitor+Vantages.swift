import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// One of several monitors (`vantage`).
extension Monitor {
    /// The parts that only such a monitor has; nil for a single one.
    func makeFleet(
        _ board: StatusBoard, _ history: History, _ telemetry: Telemetry, _ checks: CurrentChecks
    ) throws(KeepAliveError) -> VantageFleet? {
        guard let settings = configuration.vantage, let server = configuration.databaseServer else { return nil }
        let lease: LeaderLease
        do {
            lease = try LeaderLease(log: log)
            try lease.start(settings, at: server)
        } catch {
            throw .system("\(error) (for the thread that holds the monitors' lease)")
        }
        guard let plan = plan(board, lease) else { return nil }
        let retentionDays = configuration.retentionDays
        return VantageFleet(
            settings, plan, board: board, lease: lease,
            store: VantageStore(address: server, vantage: settings.name, host: MachineName.own ?? "unknown"),
            own: history, telemetry: telemetry, pushes: pushes, health: health, log: log,
            makeHistory: { [log, pushes, health] epoch in
                History(
                    store: PostgreSQLStore(address: server, role: .leader(epoch), log: log), reservePath: nil,
                    retentionDays: retentionDays, log: log, pushes: pushes, pace: Outbox.Pace(),
                    retryInterval: .seconds(1), clocksAgreeFor: .seconds(7200), sendsUncommitted: false
                ) { health.note(trouble: "alerts", $0) }
            },
            noteCall: { await checks.noteCall(of: $0) })
    }

    /// The waiting events, which are the leader's, and the number of lost rows.
    static func kept(
        by history: History, _ fleet: VantageFleet?
    ) async -> (waiting: [String: Int], lostRows: Int) {
        let waiting = await history.waitingChannels()
        let leaders = await fleet?.waitingChannels() ?? [:]
        return (waiting.merging(leaders) { $0 &+ $1 }, await history.lostRows)
    }

    /// What the configuration means for the fleet; nil for a single monitor.
    func plan(_ board: StatusBoard, _ lease: LeaderLease) -> VantagePlan? {
        configuration.vantage.map { vantage in
            VantagePlan(
                configuration.targets, channels: configuration.channels.map(\.name), vantage: vantage.name
            ) { history in
                await history.expect(delays: configuration.delays)
                return dispatcher(history, board, maySend: { lease.isHeld })
            }
        }
    }

    /// The loop of one of several monitors: its results are its vote.
    func vote(_ board: StatusBoard, _ history: History, replacing earlier: CheckLoop?) -> CheckLoop {
        let own = configuration.ofOwnVantage
        let freshFor = Dictionary(own.targets.map { ($0.name, $0.freshFor) }, uniquingKeysWith: { first, _ in first })
        var loop = loop(own, board, restarts: .waits, replacing: earlier) { [health] record, state, _, _ in
            health.recordUpdate(took: record.result.responseTime ?? .zero)
            var record = record
            record.report = VantageReport(state: state, tick: .now(), freshFor: freshFor[record.service] ?? .zero)
            await history.record(record, state: state, events: [], channels: [])
        }
        loop.isVote = true
        return loop
    }
}

extension MonitorConfiguration {
    /// Only with the targets that this monitor checks.
    var ofOwnVantage: MonitorConfiguration {
        guard let vantage else { return self }
        var own = self
        own.targets = targets.filter { $0.isChecked(at: vantage.name) }
        return own
    }
}
