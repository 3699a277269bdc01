import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The history's file: its tables, and the tables of other versions.
struct SQLiteStoreTests {
    private let scene: HistoryScene

    init() throws {
        scene = try HistoryScene()
    }

    @Test func aCheckIsOneRowOfTheTablesThatAreAskedFor() async throws {
        let history = scene.history(retentionDays: 3650)
        await history.record(HistoryScene.check(at: WallTime(microseconds: ChannelScene.time)))
        await history.close()
        let rows = try scene.rows(
            "SELECT service_name, status, checks, response_time_ms, timestamp FROM service_health_checks")
        #expect(
            rows
                == [
                    [
                        "casino", "healthy", #"[{"name":"db","status":"healthy"}]"#, 12.0,
                        "2026-01-19T16:07:27.500000Z",
                    ]
                ])
        #expect(try scene.rows("PRAGMA journal_mode") == [["wal"]])
        #expect(try scene.rows("PRAGMA user_version") == [[.integer(Int64(HistorySchema.mark.version))]])
        #expect(try scene.rows("PRAGMA application_id") == [[0x4B41_484D]])
        let indexes = try scene.rows(
            """
            SELECT tbl_name || '(' || group_concat(columns.name) || ')' FROM
                (SELECT * FROM sqlite_master WHERE type = 'index') AS i, pragma_index_info(i.name) AS columns
            GROUP BY i.name
            """
        ).compactMap { $0[0].textValue }
        for wanted in [
            "service_health_checks(service_name,timestamp)", "service_health_checks(status,timestamp)",
            "service_health_alerts(service_name,status)", "service_health_alerts(triggered_at)",
        ] { #expect(indexes.contains(wanted), "\(indexes)") }
    }

    /// The predecessor's tables had rows but no roll-ups.
    @Test func anOlderFileIsTakenOver() async throws {
        let old = try Database(path: scene.path)
        try old.execute(
            """
            CREATE TABLE service_health_checks (id INTEGER PRIMARY KEY, service_name TEXT, status TEXT, checks TEXT,
                response_time_ms REAL, timestamp TEXT);
            INSERT INTO service_health_checks (service_name, status, checks, response_time_ms, timestamp)
            VALUES ('casino', 'healthy', '[]', 5, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-30 hours'));
            """)
        old.close()
        let history = scene.history()
        await history.record(HistoryScene.check(milliseconds: 15))
        let uptime = try HistoryReader(path: scene.path).uptime(service: "casino", hours: 48)
        #expect(uptime.healthy == 2)
        #expect(uptime.averageResponseMilliseconds == 10)
        await history.close()
        #expect(scene.errors == [])
    }

    /// Version 1 kept no timelines; its data stays and is not counted twice.
    @Test func aFileOfVersionOneIsTakenOver() async throws {
        let before = scene.history()
        await before.record(HistoryScene.check(), [ChannelScene.event()])
        await before.close()
        let old = try Database(path: scene.path)
        try old.execute(
            """
            DROP TABLE service_health_alert_events; PRAGMA user_version = 1; PRAGMA application_id = 0;
            ALTER TABLE service_health_hours DROP COLUMN maintenance;
            """)
        old.close()
        let history = scene.history()
        await history.record(HistoryScene.check(), [ChannelScene.event(.repeated)])
        await history.close()
        #expect(try scene.rows("PRAGMA user_version") == [[.integer(Int64(HistorySchema.mark.version))]])
        #expect(try scene.rows("PRAGMA application_id") == [[0x4B41_484D]])
        #expect(try scene.rows("SELECT sum(healthy) FROM service_health_hours") == [[2]])
        #expect(try scene.rows("SELECT kind FROM service_health_alert_events") == [["repeated"]])
        #expect(try scene.rows("SELECT count(*) FROM service_health_alerts") == [[1]])
        #expect(scene.errors == [])
    }

    /// Roll-ups from before maintenance was counted continue.
    @Test func aFileOfVersionTwoIsTakenOver() async throws {
        let before = scene.history()
        await before.record(HistoryScene.check())
        await before.close()
        let old = try Database(path: scene.path)
        try old.execute("ALTER TABLE service_health_hours DROP COLUMN maintenance; PRAGMA user_version = 2")
        old.close()
        let history = scene.history()
        await history.record(HistoryScene.check("casino", .maintenance))
        await history.record(HistoryScene.check("casino", .unhealthy))
        let uptime = try HistoryReader(path: scene.path).uptimes(of: ["casino"], hours: 1)["casino"]
        #expect([uptime?.healthy, uptime?.maintenance, uptime?.unhealthy, uptime?.total] == [1, 1, 1, 3])
        #expect(uptime?.percent == 50)
        await history.close()
    }

    /// Calls from before runs were kept stay; their services report runs from now on.
    @Test func aFileOfVersionThreeIsTakenOver() async throws {
        let before = scene.history()
        await before.push("cron", PushRecord(firstKnownAt: 5, calledAt: 6, status: .unhealthy, message: "full"))
        await before.close()
        let old = try Database(path: scene.path)
        try old.execute("ALTER TABLE push_calls DROP COLUMN job; PRAGMA user_version = 3")
        old.close()
        let history = scene.history()
        let job = JobRecord(runs: [.init(startedAt: 7)])
        await history.push("new", PushRecord(firstKnownAt: 5, job: job))
        await history.close()
        let kept = PushRecord(firstKnownAt: 5, calledAt: 6, status: .unhealthy, message: "full")
        #expect(
            try HistoryReader(path: scene.path).pushes() == ["cron": kept, "new": .init(firstKnownAt: 5, job: job)])
        #expect(scene.errors == [])
    }

    /// Timelines without names, and outboxes without waiting alerts, go on.
    @Test func anOutboxOfVersionThreeIsTakenOver() async throws {
        let before = scene.history()
        await before.record(
            HistoryScene.check(), state: TargetState(), events: [ChannelScene.event()], channels: ["a"])
        await before.close()
        let old = try Database(path: scene.path)
        try old.execute(
            """
            ALTER TABLE service_health_alert_events DROP COLUMN who; ALTER TABLE alert_outbox DROP COLUMN is_escalation;
            DROP TABLE service_marks; PRAGMA user_version = 3
            """)
        old.close()
        let history = scene.history()
        #expect(await history.waitingChannels() == ["a": 1])
        var marks = ServiceMarks()
        let event = marks.apply(.note("why"), to: "casino", by: "ana", at: ChannelScene.time, alert: nil)
        await history.mark("casino", marks, try #require(event))
        await history.close()
        #expect(try scene.rows("SELECT who FROM service_health_alert_events") == [[.null], ["ana"]])
        #expect(try scene.rows("SELECT service_name, kind, note FROM service_marks") == [["casino", "noted", "why"]])
        #expect(try scene.rows("SELECT is_escalation FROM alert_outbox") == [[0]])
    }

    /// Closed before the writer, which then leaves one file.
    @Test func aReaderThatIsClosedLeavesNoFile() async throws {
        let history = scene.history()
        await history.record(HistoryScene.check())
        let reader = HistoryReader(path: scene.path)
        #expect(try reader.uptimes(of: ["casino"], hours: 1).count == 1)
        reader.close()
        #expect(throws: HistoryReader.Closed.self) { try reader.uptimes(of: ["a"], hours: 24) }
        await history.close()
        #expect(scene.files == ["health.db"])
    }

    /// What a kill leaves is the file alone.
    @Test func whatALostLogHasIsSaved() async throws {
        let history = scene.history()
        await history.record(HistoryScene.check())
        for suffix in ["-wal", "-shm"] { try FileManager.default.removeItem(atPath: scene.path + suffix) }
        for _ in 1...3 { await history.record(HistoryScene.check()) }
        let left = try TemporaryDirectory()
        let copy = left.file("health.db").path
        try FileManager.default.copyItem(atPath: scene.path, toPath: copy)
        #expect(try Database(path: copy).firstInteger("SELECT count(*) FROM service_health_checks") == 4)
        let words = "was deleted or replaced; restart health-monitor, which makes a new one"
        #expect(scene.errors == ["error the file \(scene.path)-wal \(words)"])
        await history.close()
    }

    /// Another program's numbers may have any size.
    @Test func countsOfAnySizeAreAddedUp() async throws {
        let history = scene.history()
        await history.record(HistoryScene.check())
        await history.close()
        let file = try Database(path: scene.path)
        try file.execute(
            "UPDATE service_health_hours SET healthy = \(Int64.max), degraded = \(Int64.max), unhealthy = -\(Int64.max)"
        )
        file.close()
        let days = try HistoryReader(path: scene.path).dailyUptime(service: "casino", from: 0)
        #expect(days.map(\.uptime.percent) == [100])
        #expect(days.allSatisfy { $0.uptime.total > 0 })
    }

    @Test func aFileOfANewerVersionIsLeftAlone() async throws {
        let newer = try Database(path: scene.path)
        try newer.execute("PRAGMA user_version = 99; PRAGMA application_id = 0x4B41484D")
        newer.close()
        let history = scene.history()
        await history.record(HistoryScene.check(), [ChannelScene.event()])
        #expect(try await scene.next(history)?.event == ChannelScene.event())
        await history.close()
        #expect(scene.files == ["health.db"])
        #expect(scene.errors.count == 1)
        #expect(try scene.rows("SELECT count(*) FROM sqlite_master") == [[0]])
    }

    /// Damage that shows at the start: what can be read still begins the new file.
    @Test func whatADamagedFileStillHoldsIsCarriedOver() async throws {
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute) * 60_000_000, rules: .init()) }
        var marks = ServiceMarks()
        let event = marks.apply(.note("why"), to: "casino", by: "ana", at: ChannelScene.time, alert: nil)
        let before = scene.history()
        await before.record(
            HistoryScene.check("casino", .unhealthy), state: state, events: [ChannelScene.event()], channels: ["a"])
        await before.mark("casino", marks, try #require(event))
        await before.close()
        let root = try scene.rows("SELECT rootpage FROM sqlite_master WHERE name = 'push_calls'").first?[0].integerValue
        let file = try FileHandle(forUpdating: scene.folder.file("health.db"))
        try file.seek(toOffset: UInt64(try #require(root) - 1) * 4096)
        try file.write(contentsOf: Data(repeating: 0x5A, count: 4096))
        try file.close()
        // The second reads what the first has carried over.
        for _ in 1...2 {
            let history = scene.history()
            #expect(await history.states()["casino"] == state)
            #expect(await history.marks() == ["casino": marks])
            #expect(try await scene.next(history)?.event == ChannelScene.event())
            await history.record(HistoryScene.check("other"), state: TargetState(), events: [], channels: [])
            await history.close()
        }
        #expect(scene.files.contains { $0.hasPrefix("health.db.damaged-") }, "\(scene.files)")
    }

    /// A check recurs each minute; an alert must outlive the fall of the machine.
    @Test func onlyEventsAreForcedToTheDisk() throws {
        let database = try Database(path: scene.path)
        try HistorySchema.migrate(database, path: scene.path, isNew: true)
        for (events, level) in [([], 1), ([ChannelScene.event()], 2), ([], 1)] as [([AlertEvent], Int64)] {
            var batch = HistoryBatch()
            batch.add(HistoryScene.check(), TargetState(), events)
            try HistoryTables(database: database).write(batch, at: .now())
            #expect(try database.firstInteger("PRAGMA synchronous") == level)
        }
        database.close()
    }

    @Test func theLockIsTakenOnceAndNoOtherFileIsTakenForIt() throws {
        let first = try HistoryLock.take(scene.path)
        let used = #expect(throws: KeepAliveError.self) { _ = try HistoryLock.take(scene.path) }
        #expect(used?.description.contains("another health-monitor uses the database") == true)
        withExtendedLifetime(first) {}
        try scene.folder.write("a letter", to: "other.db.lock")
        let path = scene.folder.file("other.db").path
        let foreign = #expect(throws: KeepAliveError.self) { _ = try HistoryLock.take(path) }
        #expect(foreign?.description.contains("is not the lock of a database") == true)
        #expect(try String(contentsOf: scene.folder.file("other.db.lock"), encoding: .utf8) == "a letter")
    }
}
