import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What several monitors write into one database, with a real server.
@Suite(.timeLimit(.minutes(3)))
struct VantageStoreTests {
    private let server: PostgreSQLServer
    private let url: String
    private let address: PostgreSQLAddress

    init() async throws {
        server = try await PostgreSQLServer.shared()
        url = try await server.makeDatabase()
        address = try PostgreSQLAddress(url)
    }

    private func store(_ role: PostgreSQLRole) -> PostgreSQLStore {
        PostgreSQLStore(address: address, role: role, log: Log(level: .error) { _, _ in })
    }

    private func check(_ service: String, _ status: ProbeStatus, tick: MonotonicTime = .now()) -> CheckRecord {
        var state = TargetState()
        _ = state.record(
            ProbeResult(status: status, message: ""), of: service, at: 1, tick: tick,
            rules: TargetState.Rules(failureThreshold: 1))
        var check = HistoryScene.check(service, status)
        check.report = VantageReport(state: state, tick: tick, freshFor: .seconds(100))
        return check
    }

    private func batch(_ checks: CheckRecord...) -> HistoryBatch {
        var batch = HistoryBatch()
        for check in checks { batch.add(check, nil, []) }
        return batch
    }

    @Test func eachVantageHasItsRowAndItsAge() async throws {
        let (a, b) = (store(.vantage("a")), store(.vantage("b")))
        for store in [a, b] { _ = try store.load() }
        try a.commit(batch(check("web", .healthy), check("web", .unhealthy)))
        try b.commit(batch(check("web", .healthy, tick: .now().advanced(by: .seconds(-300)))))
        let looks = ["a", "b"].map { VantageStore(address: address, vantage: $0, host: "h") }
        _ = try await looks[1].look(at: [], silentAfter: .seconds(60), readsPushes: false)
        let look = try await looks[0].look(at: ["web"], silentAfter: .seconds(60), readsPushes: true)
        let views = try #require(look.views["web"]).sorted { $0.vantage < $1.vantage }
        #expect(views.map(\.says) == [.unhealthy, .healthy])
        #expect(views.map(\.isFresh) == [true, false])
        #expect(views[1].age >= .seconds(299))
        #expect(look.beats.map(\.name) == ["a", "b"])
        #expect(look.beats.allSatisfy { $0.state == .running })
        // Nothing has changed: only what is asked for comes again.
        #expect(try await looks[0].look(at: [], silentAfter: .seconds(60), readsPushes: false).views.isEmpty)
        try b.commit(batch(check("web", .unhealthy)))
        let turned = try await looks[0].look(at: [], silentAfter: .seconds(60), readsPushes: false)
        #expect(turned.views["web"]?.count == 2)
        // Its own state comes back after a restart.
        a.close()
        #expect(try store(.vantage("a")).load().states["web"]?.alert != nil)
        await looks[1].stop()
        let after = try await looks[0].look(at: [], silentAfter: .seconds(60), readsPushes: false)
        #expect(after.beats.map(\.state) == [.running, .stopped])
        // Rows of vantages count in no uptime.
        let reader = PostgreSQLReader(address: address)
        #expect(try reader.uptime(service: "web", hours: 24).total == 0)
        #expect(try reader.checks(service: "web", hours: 24, limit: 9).isEmpty)
        let leader = store(.leader(1))
        _ = try leader.load()
        try leader.commit(batch(HistoryScene.check("web")))
        #expect(try reader.uptime(service: "web", hours: 24).healthy == 1)
        reader.close()
    }

    @Test func aLeaderOfAnEarlierEpochWritesNothing() async throws {
        let old = store(.leader(7))
        _ = try old.load()
        try old.commit(batch(HistoryScene.check("one")))
        let new = store(.leader(8))
        _ = try new.load()
        #expect(throws: HistoryFailure.otherLeads) { try old.commit(batch(HistoryScene.check("two"))) }
        #expect(throws: HistoryFailure.otherLeads) { _ = try store(.leader(7)).load() }
        try new.commit(batch(HistoryScene.check("three")))
        #expect(
            try await server.psql("SELECT string_agg(service_name, ',') FROM service_health_checks", url: url)
                == "one,three\n")
    }

    /// An alert of a leader whose commit failed leaves through no channel: the next leader finds it itself.
    @Test func nothingLeavesBeforeItsCommit() async throws {
        let history = History(
            store: store(.leader(7)), reservePath: nil, retentionDays: 9, log: Log(level: .error) { _, _ in },
            pushes: PushBoard(), pace: .quick, retryInterval: .zero, clocksAgreeFor: .zero, sendsUncommitted: false
        ) { _ in }
        _ = await history.states()
        let event = ChannelScene.event()
        await history.record(HistoryScene.check("one"), state: TargetState(), events: [event], channels: ["a"])
        #expect(await history.waitingChannels() == ["a": 1])
        _ = try store(.leader(8)).load()
        await history.record(
            HistoryScene.check("two"), state: TargetState(), events: [ChannelScene.event(.resolved)], channels: ["a"])
        #expect(await history.isClosed)
        #expect(await history.waitingChannels() == [:])
        #expect(try store(.leader(9)).load().outbox.map(\.event.kind) == [.opened])
    }

    @Test func theFirstSchemaIsExtended() async throws {
        let first = PostgreSQLSchema.statements.joined(separator: ";\n")
            .replacingOccurrences(of: "('history_schema', '2')", with: "('history_schema', '1')")
        try await server.psql(first, url: url)
        try await server.psql(
            "INSERT INTO service_health_checks (service_name, status, checks, timestamp) VALUES ('old', 'healthy', '[]', now())",
            url: url)
        let store = store(.alone)
        _ = try store.load()
        try store.commit(batch(HistoryScene.check("new")))
        store.close()
        #expect(
            try await server.psql("SELECT value FROM monitor_facts WHERE name = 'history_schema'", url: url) == "2\n")
        let reader = PostgreSQLReader(address: address)
        #expect(Set(try reader.checks(service: nil, hours: 24, limit: 9).map(\.service)) == ["old", "new"])
        reader.close()
    }
}
