import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What only the store in PostgreSQL does, with a real server.
@Suite(.timeLimit(.minutes(3)))
struct PostgreSQLStoreTests {
    private let server: PostgreSQLServer
    private let url: String
    private let lines = EventLog<String>()

    init() async throws {
        server = try await PostgreSQLServer.shared()
        url = try await server.makeDatabase()
    }

    private var log: Log { Log(level: .info) { [lines] level, line in lines.append("\(level.rawValue) \(line)") } }
    private var name: String { String(url.split(separator: "/").last ?? "") }

    private func makeStore(_ url: String? = nil, isShared: Bool = false) throws -> PostgreSQLStore {
        PostgreSQLStore(address: try PostgreSQLAddress(url ?? self.url), isShared: isShared, log: log)
    }

    private func failure(_ work: () throws -> Void) -> HistoryFailure? {
        do {
            try work()
            return nil
        } catch {
            return error as? HistoryFailure
        }
    }

    /// Ends all sessions of the database, and lets none in again where `isClosed`.
    private func endSessions(isClosed: Bool) async throws {
        try await server.psql(
            """
            ALTER DATABASE \(name) ALLOW_CONNECTIONS \(!isClosed);
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'
            """)
    }

    private func batch(_ checks: CheckRecord...) -> HistoryBatch {
        var batch = HistoryBatch()
        for check in checks { batch.add(check, TargetState(), []) }
        return batch
    }

    /// It could not keep an emoji, and all that came after that would wait.
    @Test func aDatabaseInAnotherEncodingIsRefused() async throws {
        for encoding in ["LATIN1", "SQL_ASCII"] {
            try await server.psql("CREATE DATABASE \(name)_\(encoding) ENCODING '\(encoding)' TEMPLATE template0")
        }
        let ascii = try makeStore("\(url)_sql_ascii")
        _ = try ascii.load()
        ascii.close()
        let latin = try makeStore("\(url)_latin1")
        let found = failure { _ = try latin.load() }
        #expect(found?.words.contains("its encoding LATIN1 cannot keep every text: make a database with") == true)
        #expect(found?.end != nil)
        latin.close()
    }

    @Test func checksLieInATableForEachDay() async throws {
        let store = try makeStore()
        _ = try store.load()
        let day: Int64 = 86_400_000_000
        let times = [10 * day, 10 * day + 1, 12 * day - 1, 20 * day, -5].map { WallTime(microseconds: $0) }
        for time in times { try store.commit(batch(HistoryScene.check(at: time))) }
        let tables = """
            SELECT tableoid::regclass, count(*) FROM service_health_checks GROUP BY tableoid ORDER BY tableoid::regclass::text
            """
        #expect(
            try await server.psql(tables, url: url) == """
                service_health_checks_19700101|1
                service_health_checks_19700111|2
                service_health_checks_19700112|1
                service_health_checks_19700121|1

                """)
        try store.prune(HistoryAge(days: 9, rollUpDays: 9), at: .now(), limit: 10)
        #expect(
            try await server.psql("SELECT count(*), count(DISTINCT tableoid) FROM service_health_checks", url: url)
                == "2|2\n")
        #expect(try await server.psql("SELECT count(*) FROM service_health_hours", url: url) == "2\n")
        store.close()
    }

    @Test func indexesAreThere() async throws {
        let store = try makeStore()
        _ = try store.load()
        store.close()
        let indexes = try await server.psql(
            "SELECT indexdef FROM pg_indexes WHERE tablename IN ('service_health_checks', 'service_health_alerts')",
            url: url)
        for columns in [
            "(service_name, \"timestamp\"", "(status, \"timestamp\")", "(service_name, status)", "(triggered_at)",
        ] {
            #expect(indexes.contains(columns), "\(columns)")
        }
    }

    /// The answer to a commit may be lost: the same batch comes again.
    @Test func aBatchThatComesTwiceCountsOnce() async throws {
        let store = try makeStore()
        _ = try store.load()
        var batch = HistoryBatch()
        let events = [AlertEvent.Kind.opened, .repeated, .resolved].enumerated().map {
            ChannelScene.event($1, after: Int64($0) * 60)
        }
        batch.add(HistoryScene.check(), TargetState(), events)
        batch.addEntries([
            OutboxRow(key: "k", channel: "a", event: events[0], attempts: 1, dueAt: 2, lastError: nil),
            OutboxRow(key: "k", channel: "a", event: events[0], attempts: 2, dueAt: 3, lastError: nil),
        ])
        batch.addReceipt(DeliveryReceipt(channel: "b", deliveredAt: "2026"), of: events[0])
        for _ in 0..<2 { try store.commit(batch) }
        for (table, count) in [
            ("service_health_checks", 1), ("service_health_alerts", 1), ("service_health_alert_events", 3),
            ("alert_outbox", 1),
        ] {
            #expect(try await server.psql("SELECT count(*) FROM \(table)", url: url) == "\(count)\n", "\(table)")
        }
        #expect(try await server.psql("SELECT healthy, response_count FROM service_health_hours", url: url) == "1|1\n")
        #expect(try await server.psql("SELECT attempts FROM alert_outbox", url: url) == "2\n")
        store.close()
    }

    /// One such message must not stop the history for good.
    @Test func textsThatPostgreSQLLacks() async throws {
        let store = try makeStore()
        _ = try store.load()
        let event = AlertEvent(
            kind: .opened, service: "a\0b", severity: .critical, message: "x\0\u{1F3B0}'\\", triggeredAt: .max,
            happenedAt: .min)
        var batch = HistoryBatch()
        batch.add(HistoryScene.check("a\0b"), TargetState(), [event])
        batch.addEntries([OutboxRow(key: "k", channel: "a", event: event, attempts: 1, dueAt: .max, lastError: "\0")])
        try store.commit(batch)
        store.close()
        let reader = PostgreSQLReader(address: try PostgreSQLAddress(url))
        #expect(try reader.checks(service: nil, hours: 1, limit: 9).map(\.service) == ["a\u{FFFD}b"])
        #expect(try reader.alerts(status: .active, service: nil, limit: 9).map(\.message) == ["x\u{FFFD}\u{1F3B0}'\\"])
        reader.close()
        #expect(throws: HistoryReader.Closed.self) { try reader.pushes() }
    }

    @Test func aRestartOfTheServerIsNoFailure() async throws {
        let store = try makeStore()
        let reader = PostgreSQLReader(address: try PostgreSQLAddress(url))
        _ = try store.load()
        #expect(try reader.pushes() == [:])
        try await endSessions(isClosed: false)
        try store.commit(batch(HistoryScene.check()))
        #expect(try reader.checks(service: nil, hours: 1, limit: 9).count == 1)
        store.close()
    }

    @Test func aServerThatIsAwayIsReportedAndCaughtUp() async throws {
        let scene = try HistoryScene()
        let history = History(
            store: try makeStore(), reservePath: scene.path + HistoryReserve.suffix, retentionDays: 9, log: log,
            pushes: PushBoard(), pace: .quick, retryInterval: .zero, clocksAgreeFor: .zero
        ) { [scene] in scene.troubles.append($0) }
        await history.record(HistoryScene.check("a"), state: TargetState(), events: [], channels: [])
        try await endSessions(isClosed: true)
        await history.record(
            HistoryScene.check("b"), state: TargetState(), events: [ChannelScene.event()], channels: ["a"])
        #expect(scene.troubles.elements.last??.contains("is not currently accepting connections") == true)
        // Alerts leave from memory meanwhile.
        #expect(try await scene.next(history)?.channel == "a")
        try await endSessions(isClosed: false)
        await history.record(HistoryScene.check("c"), state: TargetState(), events: [], channels: [])
        #expect(scene.troubles.elements.last == .some(nil))
        await history.close()
        let services = "SELECT string_agg(service_name, ',' ORDER BY service_name) FROM service_health_checks"
        #expect(try await server.psql(services, url: url) == "a,b,c\n")
        #expect(try await server.psql("SELECT count(*) FROM alert_outbox", url: url) == "1\n")
    }

    @Test func anotherMonitorIsRefused() async throws {
        let first = try makeStore()
        _ = try first.load()
        let second = try makeStore()
        let refusal = failure { _ = try second.load() }
        #expect(refusal?.end?.exitCode == 78)
        #expect(refusal?.words.contains("another health-monitor uses") == true)
        let shared = try makeStore(isShared: true)
        _ = try shared.load()
        first.close()
        _ = try second.load()
        second.close()
        shared.close()
    }

    @Test func tablesOfAnotherProgramStay() async throws {
        try await server.psql("CREATE TABLE alert_outbox(mine int); CREATE TABLE monitor_facts(mine int)", url: url)
        let refusal = failure { _ = try makeStore().load() }
        #expect(refusal?.end?.exitCode == 78)
        #expect(refusal?.words.contains("tables of another program (alert_outbox, monitor_facts)") == true)
        #expect(try await server.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", url: url) == "2\n")
    }

    @Test func aNewerSchemaIsRefused() async throws {
        let first = try makeStore()
        _ = try first.load()
        first.close()
        try await server.psql("UPDATE monitor_facts SET value = '99' WHERE name = 'history_schema'", url: url)
        let refusal = failure { _ = try makeStore().load() }
        #expect(refusal?.end?.exitCode == 78)
        #expect(refusal?.words.contains("newer version (schema 99") == true)
    }

    /// The printed SQL is what its owner runs; then the user's rights suffice.
    @Test func withoutTheRightTheSQLIsPrinted() async throws {
        let user = "user_\(name)"
        try await server.psql("CREATE ROLE \(user) LOGIN")
        let theirs = server.url(database: name, user: user)
        let refusal = try #require(failure { _ = try makeStore(theirs).load() })
        #expect(refusal.end?.exitCode == 78)
        let script = try #require(refusal.words.firstRange(of: "run:\n")).upperBound
        try await server.psql(String(refusal.words[script...]), url: url)
        let store = try makeStore(theirs)
        _ = try store.load()
        try store.commit(batch(HistoryScene.check(at: WallTime(microseconds: 9)), HistoryScene.check()))
        try store.prune(HistoryAge(days: 1), at: .now(), limit: 5)
        store.close()
        #expect(
            try await server.psql(
                "SELECT tableoid::regclass, count(*) FROM service_health_checks GROUP BY tableoid", url: url)
                == "service_health_checks_default|1\n")
        #expect(lines.elements.contains { $0.contains("may not make a table for each day") })
    }

    @Test func aReplacedDatabaseGetsAllAgain() async throws {
        let store = try makeStore()
        _ = try store.load()
        try await server.psql("DROP TABLE alert_outbox; DELETE FROM monitor_facts; DROP TABLE monitor_facts", url: url)
        try await server.psql("DROP SCHEMA public CASCADE; CREATE SCHEMA public", url: url)
        try await endSessions(isClosed: false)
        #expect(failure { try store.commit(batch(HistoryScene.check())) } == .begunAnew)
        try store.commit(batch(HistoryScene.check()))
        #expect(try await server.psql("SELECT count(*) FROM service_health_checks", url: url) == "1\n")
        store.close()
    }

    @Test func thePasswordAppearsNowhere() async throws {
        let wrong = server.url(database: name, user: "locked", password: "falsch-4711")
        let refusal = try #require(failure { _ = try makeStore(wrong).load() })
        #expect(refusal.end?.exitCode == 78)
        #expect(refusal.words.contains("password authentication failed"))
        #expect(!"\(refusal)".contains("4711"))
        let missing = failure { _ = try makeStore(server.url(database: "missing")).load() }
        #expect(missing?.end?.exitCode == 78)
        // Only a database can be created.
        #expect("\(String(describing: refusal.end))".contains("correct the URL") == true)
        #expect(!"\(String(describing: refusal.end))".contains("create"))
        #expect("\(String(describing: missing?.end))".contains("or create the database") == true)
        // A server that is away is no reason to end.
        let away = failure { _ = try makeStore("postgres://u:falsch-4711@127.0.0.1:1/x").load() }
        #expect(away != nil && away?.end == nil)
        #expect(!"\(String(describing: away))".contains("4711"))
    }
}
