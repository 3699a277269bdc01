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

    /// Two monitors may take a job's calls, and the earlier one may be written last. One alone believes its own clock.
    @Test func theLaterOfTwoVantagesCallsStays() async throws {
        func call(_ time: Int64, _ message: String) -> HistoryBatch {
            var batch = HistoryBatch()
            batch.addPush(
                PushRecord(firstKnownAt: time, calledAt: time, status: .healthy, message: message), of: "job")
            return batch
        }
        let (a, b) = (store(.vantage("a")), store(.vantage("b")))
        for store in [a, b] { _ = try store.load() }
        try a.commit(call(10, "late"))
        try b.commit(call(9, "early"))
        let kept = PushRecord(firstKnownAt: 9, calledAt: 10, status: .healthy, message: "late")
        #expect(try b.load().pushes == ["job": kept])
        for store in [a, b] { store.close() }
        let alone = store(.alone)
        _ = try alone.load()
        try alone.commit(call(8, "set back"))
        #expect(try alone.load().pushes["job"]?.calledAt == 8)
        alone.close()
    }

    /// One name is one monitor; one without a name shares with nobody.
    @Test func eachNameIsTakenOnce() throws {
        let patience = Duration.milliseconds(10)
        func connect() throws -> PostgreSQLConnection {
            try PostgreSQLConnection.connect(to: address, application: "test", within: .seconds(10))
        }
        let connections = try (0..<4).map { _ in try connect() }
        func take(_ index: Int, _ vantage: String?) throws -> Bool {
            try AdvisoryLock.take(connections[index], vantage: vantage, patience: patience, within: .seconds(10))
        }
        for index in 0..<2 {
            #expect(try AdvisoryLock.share(connections[index], patience: patience, within: .seconds(10)))
        }
        #expect(try take(0, "a"))
        #expect(try take(1, "b"))
        #expect(try !take(2, "a"))
        #expect(try !take(3, nil), "two vantages share the history")
        for connection in connections { connection.close() }
        let alone = try connect()
        // The sessions may live on for a moment.
        #expect(try AdvisoryLock.take(alone, patience: .seconds(10), within: .seconds(10)))
        let late = try connect()
        #expect(try !AdvisoryLock.share(late, patience: patience, within: .seconds(10)))
        late.close()
        alone.close()
    }

    /// Of this vantage, what the configuration no longer has; of the others, those that were stopped a day ago.
    @Test func whatIsGoneIsForgotten() async throws {
        let stores = ["a", "b", "c"].map { store(.vantage($0)) }
        for store in stores {
            _ = try store.load()
            try store.commit(batch(check("web", .healthy), check("old", .healthy)))
            store.close()
        }
        let looks = ["a", "b", "c"].map { VantageStore(address: address, vantage: $0, host: "h") }
        for look in looks {
            #expect(try await look.look(at: [], silentAfter: .seconds(60), readsPushes: false).ownAge == nil)
        }
        #expect(try await looks[0].look(at: [], silentAfter: .seconds(60), readsPushes: false).ownAge != nil)
        await looks[1].stop()
        await looks[2].stop()
        try await looks[0].keep(only: ["web"])
        try await server.psql(
            "UPDATE monitor_vantages SET seen_at = seen_at - interval '25 hours' WHERE vantage != 'b'", url: url)
        try await looks[0].forgetStopped()
        #expect(
            try await server.psql(
                "SELECT string_agg(vantage, ',' ORDER BY vantage) FROM monitor_vantages", url: url) == "a,b\n")
        #expect(
            try await server.psql(
                "SELECT vantage, service_name FROM service_health_vantages ORDER BY 1, 2", url: url)
                == "a|web\nb|old\nb|web\n")
    }
}
