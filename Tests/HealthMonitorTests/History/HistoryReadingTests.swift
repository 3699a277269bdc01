import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// What the reader of every store finds of checks: rows, response times and uptimes.
struct HistoryReadingTests {
    @Test(arguments: StoreKind.allCases) func responseTimesAreReadInSteps(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let start: Int64 = 1_768_838_400
        for (second, milliseconds) in [(0, 10), (50, 30), (60, 50), (61, nil), (200, 7)] as [(Int64, Int?)] {
            let time = WallTime(microseconds: (start + second) * 1_000_000 + 1)
            await history.record(HistoryScene.check(at: time, milliseconds: milliseconds))
        }
        await history.close()
        let reader = scene.reader()
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

    @Test(arguments: StoreKind.allCases) func daysAndHoursAreToldFromTheRollUps(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history(retentionDays: 3650)
        let day = Int64(20_000)
        func at(_ hours: Int64) -> WallTime { WallTime(microseconds: (day * 24 + hours) * 3_600_000_000 + 1) }
        await history.record(HistoryScene.check("casino", .healthy, at: at(0), milliseconds: 10))
        await history.record(HistoryScene.check("casino", .unhealthy, at: at(0), milliseconds: nil))
        await history.record(HistoryScene.check("casino", .degraded, at: at(23), milliseconds: 40))
        await history.record(HistoryScene.check("casino", .unknown, at: at(24), milliseconds: 20))
        await history.record(HistoryScene.check("casino", .maintenance, at: at(24), milliseconds: nil))
        await history.record(HistoryScene.check("casino", .healthy, at: at(24), milliseconds: 40))
        await history.record(HistoryScene.check("other", .healthy, at: at(25)))
        await history.close()
        let reader = scene.reader()
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

    /// Roll-ups cover whole hours and rows the current one: together exactly the requested period.
    @Test(arguments: StoreKind.allCases) func uptimeCountsEachCheckOnce(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let now = WallTime.now().microseconds
        let statuses: [ProbeStatus] = [.healthy, .degraded, .unhealthy, .unknown]
        for index in 0..<300 {
            // One every 20 minutes, 100 hours back.
            let time = WallTime(microseconds: now - Int64(index) * 1_200_000_000 - 1_000_000)
            await history.record(HistoryScene.check("casino", statuses[index % 4], at: time, milliseconds: index))
        }
        await history.record(HistoryScene.check("other", .unhealthy))
        let reader = scene.reader()
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

    @Test(arguments: StoreKind.allCases) func historyIsReadNewestFirst(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let now = WallTime.now().microseconds
        for minutes in [180, 3, 2, 1] {
            let time = WallTime(microseconds: now - Int64(minutes) * 60_000_000)
            await history.record(HistoryScene.check("s\(minutes)", at: time))
        }
        let reader = scene.reader()
        #expect(try reader.checks(service: nil, hours: 1, limit: 2).map(\.service) == ["s1", "s2"])
        #expect(try reader.checks(service: nil, hours: 24, limit: 100).map(\.service) == ["s1", "s2", "s3", "s180"])
        #expect(try reader.checks(service: "s3", hours: 1, limit: 100).map(\.responseTimeMilliseconds) == [12])
        #expect(try reader.checks(service: "s180", hours: 1, limit: 100) == [])
        #expect(try reader.checks(service: nil, hours: 1, limit: -1) == [])
        await history.close()
    }

    @Test(arguments: StoreKind.allCases) func theUptimesOfManyAtOnce(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let now = WallTime.now()
        for status in [ProbeStatus.healthy, .degraded, .unhealthy, .unknown] {
            await history.record(HistoryScene.check("a", status, at: now))
        }
        await history.record(HistoryScene.check("it's \"b\"", at: now, milliseconds: nil))
        await history.record(HistoryScene.check("c", at: now))
        let long = WallTime(microseconds: now.microseconds - 30 * 3_600_000_000)
        await history.record(HistoryScene.check("a", .unhealthy, at: long))
        let reader = scene.reader()
        let uptimes = try reader.uptimes(of: ["a", "it's \"b\"", "none"], hours: 24)
        #expect(
            uptimes == [
                "a": Uptime(healthy: 1, degraded: 1, unhealthy: 1, unknown: 1, averageResponseMilliseconds: 12),
                "it's \"b\"": Uptime(healthy: 1),
            ])
        #expect(try reader.uptimes(of: ["a"], hours: 48)["a"]?.unhealthy == 2)
        #expect(try reader.uptimes(of: [], hours: 24) == [:])
        await history.close()
    }

    /// A writer's clock and a reader's are read at two moments. In the middle of an hour: its sums hold rows of both.
    @Test(arguments: StoreKind.allCases) func tenSecondsAheadAreNoFuture(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let now: Int64 = 480_000 * 3_600_000_000 + 1_800_000_000
        for (service, status, ahead) in [
            ("casino", .healthy, 10_000_000), ("casino", .unhealthy, 10_000_001), ("later", .healthy, 20_000_000),
        ] as [(String, ProbeStatus, Int64)] {
            await history.record(HistoryScene.check(service, status, at: WallTime(microseconds: now + ahead)))
        }
        await history.close()
        let reader = scene.reader { WallTime(microseconds: now) }
        let one = Uptime(healthy: 1, averageResponseMilliseconds: 12)
        #expect(try reader.uptimes(of: ["casino", "later"], hours: 24) == ["casino": one])
        #expect(try reader.uptime(service: "casino", hours: 1) == one)
        #expect(try reader.checks(service: nil, hours: 1, limit: 9).map(\.status) == [.healthy])
        #expect(try reader.checks(service: "casino", hours: 1, limit: 9).map(\.status) == [.healthy])
        #expect(try reader.checkCount(service: "casino", from: 0).count == 1)
        #expect(try reader.responses(service: "later", from: 0, step: 60) == [])
    }

    /// An open alert is listed, whatever its time, as far as the limit goes.
    @Test(arguments: StoreKind.allCases) func openAlertsOfTheFutureAreShownLast(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let now: Int64 = 480_000 * 3_600_000_000
        func event(_ kind: AlertEvent.Kind, _ service: String, in hours: Int64) -> AlertEvent {
            ChannelScene.event(kind, service: service, triggered: now + hours * 3_600_000_000)
        }
        let events = [
            event(.opened, "soon", in: 1), event(.opened, "later", in: 2), event(.opened, "now", in: -1),
            event(.opened, "over", in: 3), event(.resolved, "over", in: 3),
        ]
        await history.record(HistoryScene.check(), events)
        await history.close()
        let reader = scene.reader { WallTime(microseconds: now) }
        for (limit, services) in [
            (9, ["now", "later", "soon"]), (2, ["now", "later"]), (1, ["now"]), (0, []),
        ] as [(Int, [String])] {
            #expect(try reader.alerts(status: nil, service: nil, limit: limit).map(\.service) == services)
        }
        #expect(try reader.alerts(status: .active, service: "soon", limit: 9).map(\.service) == ["soon"])
        #expect(try reader.alerts(status: .resolved, service: nil, limit: 9) == [])
    }
}
