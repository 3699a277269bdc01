import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// A history that moves from its file to a real server.
@Suite(.timeLimit(.minutes(3)))
struct HistoryMigrationTests {
    private let scene: HistoryScene
    private let server: PostgreSQLServer
    private let url: String

    init() async throws {
        scene = try HistoryScene()
        server = try await PostgreSQLServer.shared()
        url = try await server.makeDatabase()
    }

    private var address: PostgreSQLAddress {
        get throws { try PostgreSQLAddress(url) }
    }

    /// A file with some of everything, and the rows of other programs.
    private func fill() async throws {
        let history = scene.history()
        let now = WallTime.now().microseconds
        for index in 0..<30 {
            await history.record(
                HistoryScene.check("s\(index % 3)", at: WallTime(microseconds: now - Int64(index) * 7_200_000_000)),
                state: TargetState(), events: [], channels: [])
        }
        let events = [AlertEvent.Kind.opened, .repeated].enumerated().map {
            ChannelScene.event($1, message: "it's \"down\" \\ 🎰", after: Int64($0) * 60)
        }
        await history.record(HistoryScene.check("casino"), state: TargetState(), events: events, channels: ["a"])
        await history.push("cron", PushRecord(firstKnownAt: 1, calledAt: 2, status: .healthy, message: "ok"))
        var marks = ServiceMarks()
        let event = marks.apply(.note("why"), to: "casino", by: "ana", at: ChannelScene.time, alert: nil)
        await history.mark("casino", marks, try #require(event))
        await history.close()
        let database = try Database(path: scene.path)
        let last = "SELECT service_name, status, checks, response_time_ms, timestamp FROM service_health_checks LIMIT 1"
        try database.execute(
            """
            INSERT INTO service_health_checks (service_name, status, checks, response_time_ms, timestamp) \(last);
            INSERT INTO service_health_checks (service_name, status, checks, timestamp) VALUES ('s', 'healthy', '[]', 'x')
            """)
        // What SQLite takes, and PostgreSQL does not.
        for row in [
            "'s', 'healthy', '[]', 1, '12:00'", "'s', 'healthy', '[]', 1, 2461374.5",
            "x'00', 'healthy', '[]', 1, '2026-01-01T00:00:00Z'",
            "'s', 'healthy', '[]', 'slow', '2026-01-01T00:00:00Z'", "'s', 'healthy', '[]', 1, '2026-02-30T00:00:00Z'",
            "'a' || char(0), 'healthy', '[]', 1, '2026-01-01T00:00:00Z'",
        ] {
            try database.execute(
                "INSERT INTO service_health_checks (service_name, status, checks, response_time_ms, timestamp) VALUES (\(row))"
            )
        }
        try database.execute(
            """
            INSERT INTO service_health_alerts (service_name, severity, message, status, triggered_at)
                VALUES ('s', 'critical', 'm', 'resolved', 'yesterday')
            """)
        database.close()
    }

    @Test func everythingMoves() async throws {
        try await fill()
        let before = scene.reader()
        let alerts = try before.alerts(status: nil, service: nil, limit: 9)
        let uptimes = try before.uptimes(of: ["s0", "s1", "s2", "casino"], hours: 24 * 90)
        let steps = try before.steps(of: alerts)
        let pushes = try before.pushes()
        let checks = try before.checks(service: "s1", hours: 24 * 90, limit: 99)
        before.close()
        let outbox = scene.outbox.map(\.key)
        let progress = EventLog<Int>()
        var migration = try HistoryMigration(from: scene.path, to: try address)
        let summary = try migration.run { done, _ in progress.append(done) }
        #expect(progress.elements == [0, 39])
        #expect(
            summary.contains("31 service_health_checks")
                && summary.contains(": 1 of service_health_alerts, 8 of service_health_checks\nThe file"), "\(summary)")

        let after = PostgreSQLReader(address: try address)
        #expect(try after.alerts(status: nil, service: nil, limit: 9) == alerts)
        #expect(try after.uptimes(of: ["s0", "s1", "s2", "casino"], hours: 24 * 90) == uptimes)
        #expect(try after.steps(of: alerts) == steps)
        #expect(try after.pushes() == pushes)
        #expect(try after.checks(service: "s1", hours: 24 * 90, limit: 99) == checks)
        after.close()
        let store = PostgreSQLStore(address: try address, isShared: true, log: scene.log)
        let contents = try store.load()
        #expect(contents.outbox.map(\.key) == outbox)
        #expect(contents.marks["casino"]?.noted?.note == "why")
        #expect(Set(contents.states.keys) == ["s0", "s1", "s2", "casino"])
        // New rows go on after the old ids.
        var batch = HistoryBatch()
        batch.add(HistoryScene.check("new"), TargetState(), [ChannelScene.event(.opened, service: "new")])
        try store.commit(batch)
        store.close()

        // No monitor starts on the file, and no second migration.
        let old = scene.history()
        await #expect(throws: KeepAliveError.self) { try await old.start(watching: [], channels: []) }
        await old.close()
        let again = #expect(throws: HistoryMigration.Failure.self) {
            try HistoryMigration(from: scene.path, to: try address)
        }
        #expect(again?.code == 0 && again?.words.hasSuffix("already") == true)
        let elsewhere = try PostgreSQLAddress(try await server.makeDatabase())
        let other = #expect(throws: HistoryMigration.Failure.self) {
            try HistoryMigration(from: scene.path, to: elsewhere)
        }
        #expect(other?.code == 78)
    }

    /// Rows that differ at the end are not taken for moved by a second run.
    @Test func aFailedComparisonStaysOne() async throws {
        try await fill()
        for _ in 0..<2 {
            var migration = try HistoryMigration(from: scene.path, to: try address, portion: 10)
            let failure = #expect(throws: HistoryMigration.Failure.self) {
                _ = try migration.run { done, _ in
                    // Another program's row, in the midst of it.
                    guard done >= 39 else { return }
                    let connection = try PostgreSQLConnection.connect(
                        to: try address, application: "test", within: .seconds(10))
                    _ = try connection.query(
                        "INSERT INTO service_marks (service_name, kind, who, marked_at) VALUES ($1, 'noted', 'x', 1)",
                        ["other\(UInt64.random(in: 0 ... .max))"], within: .seconds(10))
                }
            }
            #expect(failure?.code == 1)
        }
    }

    /// A portion is there with its note, or not at all.
    @Test func anInterruptedMigrationGoesOn() async throws {
        try await fill()
        struct Interrupted: Error {}
        var first: HistoryMigration? = try HistoryMigration(from: scene.path, to: try address, portion: 10)
        #expect(throws: Interrupted.self) { try first?.run { done, _ in if done >= 20 { throw Interrupted() } } }
        first = nil
        // The session of the first may still hold its lock for a moment: its lock is waited for.
        let other = try HistoryScene()
        let history = other.history()
        await history.record(HistoryScene.check())
        await history.close()
        let refusal = #expect(throws: HistoryMigration.Failure.self) {
            try HistoryMigration(from: other.path, to: try address)
        }
        #expect(refusal?.code == 78 && refusal?.words.contains("has the history of another file") == true)
        let progress = EventLog<Int>()
        var second = try HistoryMigration(from: scene.path, to: try address, portion: 10)
        _ = try second.run { done, _ in progress.append(done) }
        #expect(progress.elements == [20, 30, 39])
        #expect(try await server.psql("SELECT count(*) FROM service_health_checks", url: url) == "31\n")
    }

    /// As after a kill between the last commit and the mark of the file.
    @Test func aMoveThatIsCompleteIsOnlyMarked() async throws {
        try await fill()
        var first: HistoryMigration? = try HistoryMigration(from: scene.path, to: try address)
        _ = try first?.run { _, _ in }
        first = nil
        let file = try Database(path: scene.path)
        try file.run("DELETE FROM monitor_facts WHERE name = ?", .text(HistorySchema.movedFact))
        file.close()
        // The session of the first may still hold its lock for a moment: its lock is waited for.
        var second = try HistoryMigration(from: scene.path, to: try address)
        let summary = try second.run { _, _ in }
        #expect(summary.hasSuffix(" already"))
        let again = #expect(throws: HistoryMigration.Failure.self) {
            try HistoryMigration(from: scene.path, to: try address)
        }
        #expect(again?.code == 0)
    }

    @Test func aDatabaseWithAHistoryIsRefused() async throws {
        try await fill()
        let store = PostgreSQLStore(address: try address, log: scene.log)
        _ = try store.load()
        var batch = HistoryBatch()
        batch.add(HistoryScene.check(), TargetState(), [])
        try store.commit(batch)
        // While a monitor writes it, and after.
        #expect(throws: HistoryMigration.Failure.self) { try HistoryMigration(from: scene.path, to: try address) }
        store.close()
        #expect(throws: HistoryMigration.Failure.self) { try HistoryMigration(from: scene.path, to: try address) }
        let old = scene.history()
        try await old.start(watching: ["casino"], channels: [])
        await old.close()
    }
}

struct RollUpRangeTests {
    @Test func daysAndTheirRests() {
        #expect(RollUpRange(from: 5, to: 4) == RollUpRange(hours: [], days: nil))
        #expect(RollUpRange(from: 5, to: 5) == RollUpRange(hours: [5...5], days: nil))
        #expect(RollUpRange(from: 0, to: 23) == RollUpRange(hours: [0...23], days: nil))
        #expect(RollUpRange(from: 0, to: 24) == RollUpRange(hours: [24...24], days: 0...0))
        #expect(RollUpRange(from: 1, to: 47) == RollUpRange(hours: [1...47], days: nil))
        #expect(RollUpRange(from: 1, to: 48) == RollUpRange(hours: [1...23, 48...48], days: 1...1))
        #expect(RollUpRange(from: 1, to: 100) == RollUpRange(hours: [1...23, 96...100], days: 1...3))
    }

    @Test func everyHourCountsOnce() {
        for first in Int64(0)..<60 {
            for now in Int64(0)..<120 {
                let range = RollUpRange(from: first, to: now)
                let days = range.days.map { ($0.lowerBound * 24)...($0.upperBound * 24 + 23) }
                let all = (range.hours + (days.map { [$0] } ?? [])).flatMap { Array($0) }.sorted()
                #expect(all == (first <= now ? Array(first...now) : []))
            }
        }
    }
}
