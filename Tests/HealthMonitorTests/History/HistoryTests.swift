import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct HistoryTests {
    private let scene: HistoryScene

    init() throws { scene = try HistoryScene() }

    private func record(_ history: History, _ check: CheckRecord, _ events: [AlertEvent] = []) async {
        await history.record(check, state: TargetState(), events: events, channels: ["a", "b"])
    }

    @Test func aCheckIsOneRowOfTheTablesThatAreAskedFor() async throws {
        let history = scene.history(retentionDays: 3650)
        await record(history, HistoryScene.check(at: WallTime(microseconds: ChannelScene.time)))
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
        #expect(try scene.rows("PRAGMA user_version") == [[3]])
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

    @Test func anAlertIsOneRowFromItsBeginningToItsEnd() async throws {
        let history = scene.history()
        let reader = HistoryReader(path: scene.path)
        await record(history, HistoryScene.check(), [ChannelScene.event(.opened, severity: .warning)])
        await record(history, HistoryScene.check(), [ChannelScene.event(.escalated, message: "worse", after: 60)])
        var alerts = try reader.alerts(status: .active, service: nil, limit: 10)
        #expect(alerts.map(\.message) == ["worse"])
        #expect(alerts.map(\.severity) == [.critical])
        #expect(alerts.map(\.triggeredAt) == ["2026-01-19T16:07:27.500000Z"])
        await record(history, HistoryScene.check(), [ChannelScene.event(.resolved, after: 120)])
        #expect(try reader.alerts(status: .active, service: nil, limit: 10) == [])
        alerts = try reader.alerts(status: .resolved, service: "casino", limit: 10)
        #expect(alerts.map(\.resolvedAt) == ["2026-01-19T16:09:27.500000Z"])
        #expect(try reader.alerts(status: nil, service: "other", limit: 10) == [])
        await history.close()
    }

    /// Who was told of what stays known when the outbox has let go of it.
    @Test func anAlertKeepsItsTimeline() async throws {
        let history = scene.history()
        let reader = HistoryReader(path: scene.path)
        let events = [
            ChannelScene.event(.opened, severity: .warning), ChannelScene.event(.repeated, message: "1", after: 60),
            ChannelScene.event(.repeated, message: "2", after: 120), ChannelScene.event(.escalated, after: 180),
        ]
        await record(history, HistoryScene.check(), events)
        for _ in 0..<2 {
            let entry = try #require(try await scene.next(history, "a"))
            await history.note(.delivered, for: entry)
        }
        let late = try #require(try await scene.next(history, "b"))
        await history.note(.failed(reason: "secret", retryAfter: nil), for: late)
        var alerts = try reader.alerts(status: nil, service: nil, limit: 10)
        var steps = try #require(try reader.steps(of: alerts)[alerts[0].id])
        #expect(steps.map(\.kind) == [.opened, .repeated, .escalated])
        #expect(steps.map(\.message) == ["connection refused", "2", "connection refused"])
        #expect(steps.map(\.count) == [1, 2, 1])
        #expect(steps[0].receipts.map(\.channel) == ["a", "b"])
        #expect(steps[0].receipts[0].deliveredAt?.hasSuffix("Z") == true)
        #expect(steps[0].receipts[1] == DeliveryReceipt(channel: "b", failedAttempts: 1))
        #expect(steps[2].receipts == [])
        await record(history, HistoryScene.check(), [ChannelScene.event(.resolved, after: 240)])
        await record(history, HistoryScene.check(), [ChannelScene.event(.opened, triggered: ChannelScene.time + 1)])
        alerts = try reader.alerts(status: .resolved, service: nil, limit: 10)
        steps = try #require(try reader.steps(of: alerts)[alerts[0].id])
        #expect(steps.map(\.kind) == [.opened, .repeated, .escalated, .resolved])
        #expect(try reader.steps(of: []) == [:])
        await history.close()
    }

    @Test func responseTimesAreReadInSteps() async throws {
        let history = scene.history()
        let start: Int64 = 1_768_838_400
        for (second, milliseconds) in [(0, 10), (50, 30), (60, 50), (61, nil), (200, 7)] as [(Int64, Int?)] {
            let time = WallTime(microseconds: (start + second) * 1_000_000 + 1)
            await record(history, HistoryScene.check(at: time, milliseconds: milliseconds))
        }
        await history.close()
        let reader = HistoryReader(path: scene.path)
        #expect(
            try reader.responses(service: "casino", from: start, step: 60) == [
                ResponsePoint(second: start, average: 20, least: 10, most: 30),
                ResponsePoint(second: start + 60, average: 50, least: 50, most: 50),
                ResponsePoint(second: start + 180, average: 7, least: 7, most: 7),
            ])
        let count = try reader.checkCount(service: "casino", from: start + 60)
        #expect(count.oldest == start + 60)
        #expect(count.count == 3)
        #expect(try reader.checkCount(service: "typo", from: .max).oldest == nil)
    }

    @Test func daysAndHoursAreToldFromTheRollUps() async throws {
        let history = scene.history(retentionDays: 3650)
        let day = Int64(20_000)
        func at(_ hours: Int64) -> WallTime { WallTime(microseconds: (day * 24 + hours) * 3_600_000_000 + 1) }
        await record(history, HistoryScene.check("casino", .healthy, at: at(0), milliseconds: 10))
        await record(history, HistoryScene.check("casino", .unhealthy, at: at(0), milliseconds: nil))
        await record(history, HistoryScene.check("casino", .degraded, at: at(23), milliseconds: 40))
        await record(history, HistoryScene.check("casino", .unknown, at: at(24), milliseconds: 20))
        await record(history, HistoryScene.check("casino", .maintenance, at: at(24), milliseconds: nil))
        await record(history, HistoryScene.check("casino", .healthy, at: at(24), milliseconds: 40))
        await record(history, HistoryScene.check("other", .healthy, at: at(25)))
        await history.close()
        let reader = HistoryReader(path: scene.path)
        let first = DayUptime(
            day: day, uptime: Uptime(healthy: 1, degraded: 1, unhealthy: 1, averageResponseMilliseconds: 25))
        let second = DayUptime(
            day: day + 1, uptime: Uptime(healthy: 1, unknown: 1, maintenance: 1, averageResponseMilliseconds: 30))
        #expect(try reader.dailyUptime(service: "casino", from: 0) == [first, second])
        #expect(try reader.dailyUptime(service: "casino", from: day + 1) == [second])
        #expect(try reader.dailyUptime(service: "typo", from: 0) == [])
        let hours = try reader.hourlyResponses(service: "casino", from: day * 24 + 23)
        #expect(
            hours == [
                ResponsePoint(second: (day * 24 + 23) * 3600, average: 40, least: 40, most: 40),
                ResponsePoint(second: (day * 24 + 24) * 3600, average: 30, least: 20, most: 40),
            ])
    }

    @Test func statesAndTheOutboxSurviveARestart() async throws {
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute), rules: .init()) }
        let first = scene.history()
        await first.record(
            HistoryScene.check(), state: state, events: [ChannelScene.event()], channels: ["a", "b"])
        await first.close()
        let second = scene.history()
        #expect(await second.states() == ["casino": state])
        #expect(try await scene.next(second)?.event == ChannelScene.event())
        #expect(try await scene.next(second, "b")?.key == ChannelScene.event().key(for: "b"))
        await second.close()
    }

    @Test func manyChecksAtOnceAreAllKept() async throws {
        let history = scene.history()
        await withTaskGroup { group in
            for number in 0..<500 {
                group.addTask {
                    await history.record(
                        HistoryScene.check("s\(number % 10)"), state: TargetState(), events: [], channels: [])
                }
            }
        }
        #expect(try scene.rows("SELECT count(*) FROM service_health_checks") == [[500]])
        #expect(try scene.rows("SELECT sum(healthy), count(*) >= 10 FROM service_health_hours") == [[500, 1]])
        await history.close()
    }

    /// Roll-ups count whole hours and rows the one that is begun: together just what was asked for.
    @Test func uptimeCountsEachCheckOnce() async throws {
        let history = scene.history()
        let now = WallTime.now().microseconds
        let statuses: [ProbeStatus] = [.healthy, .degraded, .unhealthy, .unknown]
        for index in 0..<300 {
            // One every 20 minutes, which goes back 100 hours.
            let time = WallTime(microseconds: now - Int64(index) * 1_200_000_000 - 1_000_000)
            await record(history, HistoryScene.check("casino", statuses[index % 4], at: time, milliseconds: index))
        }
        await record(history, HistoryScene.check("other", .unhealthy))
        let reader = HistoryReader(path: scene.path)
        for hours in [1, 2, 24, 48, 99] {
            let uptime = try reader.uptime(service: "casino", hours: hours)
            #expect(uptime.total == hours * 3)
            #expect(uptime.healthy == (hours * 3 + 3) / 4)
            let average = uptime.averageResponseMilliseconds ?? 0
            #expect(abs(average - Double(hours * 3 - 1) / 2) < 0.001)
        }
        #expect(try reader.uptime(service: "casino", hours: .max).total == 300)
        #expect(try reader.uptime(service: "nobody", hours: 24) == Uptime())
        await history.close()
    }

    @Test func historyIsReadNewestFirst() async throws {
        let history = scene.history()
        let now = WallTime.now().microseconds
        for minutes in [180, 3, 2, 1] {
            let time = WallTime(microseconds: now - Int64(minutes) * 60_000_000)
            await record(history, HistoryScene.check("s\(minutes)", at: time))
        }
        let reader = HistoryReader(path: scene.path)
        #expect(try reader.checks(service: nil, hours: 1, limit: 2).map(\.service) == ["s1", "s2"])
        #expect(try reader.checks(service: nil, hours: 24, limit: 100).map(\.service) == ["s1", "s2", "s3", "s180"])
        #expect(try reader.checks(service: "s3", hours: 1, limit: 100).map(\.responseTimeMilliseconds) == [12])
        #expect(try reader.checks(service: "s180", hours: 1, limit: 100) == [])
        #expect(try reader.checks(service: nil, hours: 1, limit: -1) == [])
        await history.close()
    }

    @Test func whatIsOlderThanItsTimeGoes() async throws {
        let history = scene.history(retentionDays: 7)
        let day: Int64 = 86_400_000_000
        let now = WallTime.now().microseconds
        let old = HistoryScene.check("old", at: WallTime(microseconds: now - 8 * day))
        let resolved = [AlertEvent.Kind.opened, .resolved].map {
            ChannelScene.event($0, service: "old", triggered: now - 8 * day)
        }
        let active = ChannelScene.event(service: "still", triggered: now - 9 * day)
        await record(history, old, resolved + [active])
        await record(history, HistoryScene.check("new"))
        await history.close()
        let later = scene.history(retentionDays: 7)
        await record(later, HistoryScene.check("new"))
        await later.close()
        #expect(try scene.rows("SELECT DISTINCT service_name FROM service_health_checks") == [["new"]])
        #expect(try scene.rows("SELECT service_name FROM service_health_alerts") == [["still"]])
        // What long ranges are counted from stays.
        #expect(try scene.rows("SELECT healthy FROM service_health_hours WHERE service_name = 'old'") == [[1]])
    }

    /// The tables of the monitor before this one had rows, and no roll-ups.
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
        await record(history, HistoryScene.check(milliseconds: 15))
        let uptime = try HistoryReader(path: scene.path).uptime(service: "casino", hours: 48)
        #expect(uptime.healthy == 2)
        #expect(uptime.averageResponseMilliseconds == 10)
        await history.close()
        #expect(scene.errors == [])
    }

    /// Version 1 kept no timelines; what it had stays, and is not counted twice.
    @Test func aFileOfVersionOneIsTakenOver() async throws {
        let before = scene.history()
        await record(before, HistoryScene.check(), [ChannelScene.event()])
        await before.close()
        let old = try Database(path: scene.path)
        try old.execute(
            """
            DROP TABLE service_health_alert_events; PRAGMA user_version = 1; PRAGMA application_id = 0;
            ALTER TABLE service_health_hours DROP COLUMN maintenance;
            """)
        old.close()
        let history = scene.history()
        await record(history, HistoryScene.check(), [ChannelScene.event(.repeated)])
        await history.close()
        #expect(try scene.rows("PRAGMA user_version") == [[3]])
        #expect(try scene.rows("PRAGMA application_id") == [[0x4B41_484D]])
        #expect(try scene.rows("SELECT sum(healthy) FROM service_health_hours") == [[2]])
        #expect(try scene.rows("SELECT kind FROM service_health_alert_events") == [["repeated"]])
        #expect(try scene.rows("SELECT count(*) FROM service_health_alerts") == [[1]])
        #expect(scene.errors == [])
    }

    /// Somebody else's numbers may be of any size.
    /// Roll-ups from before maintenance was counted go on.
    @Test func aFileOfVersionTwoIsTakenOver() async throws {
        let before = scene.history()
        await record(before, HistoryScene.check())
        await before.close()
        let old = try Database(path: scene.path)
        try old.execute("ALTER TABLE service_health_hours DROP COLUMN maintenance; PRAGMA user_version = 2")
        old.close()
        let history = scene.history()
        await record(history, HistoryScene.check("casino", .maintenance))
        await record(history, HistoryScene.check("casino", .unhealthy))
        let uptime = try HistoryReader(path: scene.path).uptimes(of: ["casino"], hours: 1)["casino"]
        #expect([uptime?.healthy, uptime?.maintenance, uptime?.unhealthy, uptime?.total] == [1, 1, 1, 3])
        #expect(uptime?.percent == 50)
        await history.close()
    }

    @Test func countsOfAnySizeAreAddedUp() async throws {
        let history = scene.history()
        await record(history, HistoryScene.check())
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
        await record(history, HistoryScene.check(), [ChannelScene.event()])
        #expect(try await scene.next(history)?.event == ChannelScene.event())
        await history.close()
        #expect(scene.files == ["health.db"])
        #expect(scene.errors.count == 1)
        #expect(try scene.rows("SELECT count(*) FROM sqlite_master") == [[0]])
    }

    @Test func theUptimesOfManyAtOnce() async throws {
        let history = scene.history()
        let now = WallTime.now()
        for status in [ProbeStatus.healthy, .degraded, .unhealthy, .unknown] {
            await record(history, HistoryScene.check("a", status, at: now))
        }
        await record(history, HistoryScene.check("it's \"b\"", at: now, milliseconds: nil))
        await record(history, HistoryScene.check("c", at: now))
        let long = WallTime(microseconds: now.microseconds - 30 * 3_600_000_000)
        await record(history, HistoryScene.check("a", .unhealthy, at: long))
        let reader = HistoryReader(path: scene.path)
        let uptimes = try reader.uptimes(of: ["a", "it's \"b\"", "none"], hours: 24)
        #expect(
            uptimes == [
                "a": Uptime(healthy: 1, degraded: 1, unhealthy: 1, unknown: 1, averageResponseMilliseconds: 12),
                "it's \"b\"": Uptime(healthy: 1),
            ])
        #expect(try reader.uptimes(of: ["a"], hours: 48)["a"]?.unhealthy == 2)
        #expect(try reader.uptimes(of: [], hours: 24) == [:])
        // Closed before the writer, which then leaves one file.
        reader.close()
        #expect(throws: HistoryReader.Closed.self) { try reader.uptimes(of: ["a"], hours: 24) }
        await history.close()
        #expect(scene.files == ["health.db"])
    }

    @Test func aServiceThatIsNotWatchedAnyMoreIsForgotten() async throws {
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute) * 60_000_000, rules: .init()) }
        let opened = ChannelScene.event(service: "gone")
        let first = scene.history()
        await first.record(HistoryScene.check("gone", .unhealthy), state: state, events: [opened], channels: [])
        await record(first, HistoryScene.check("quiet"))
        await record(first, HistoryScene.check("kept"))
        await first.close()
        let history = scene.history()
        await history.retire(allBut: ["kept"], channels: ["a"])
        let event = try #require(try await scene.next(history)).event
        #expect(event.kind == .removed)
        #expect(event.service == "gone")
        #expect(event.triggeredAt == state.alert?.openedAt)
        await history.close()
        #expect(try scene.rows("SELECT service_name FROM target_states") == [["kept"]])
        #expect(try scene.rows("SELECT status FROM service_health_alerts") == [["resolved"]])
        #expect(scene.lines.elements.filter { $0.contains("not watched") }.count == 2)
        // Once: the next start has nothing to say.
        let next = scene.history()
        await next.retire(allBut: ["kept"], channels: ["a"])
        #expect(await next.waitingChannels() == ["a": 1])
        await next.close()
    }
}
