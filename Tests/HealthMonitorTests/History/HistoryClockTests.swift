import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The history with a wall clock that is, or was, wrong.
struct HistoryClockTests {
    private let scene: HistoryScene
    private static let hour: Int64 = 3_600_000_000

    init() throws { scene = try HistoryScene() }

    private func record(
        _ history: History, _ service: String = "casino", _ status: ProbeStatus = .healthy, in hours: Int64
    )
        async
    {
        let time = WallTime(microseconds: WallTime.now().microseconds + hours * Self.hour - 1_000_000)
        await history.record(
            HistoryScene.check(service, status, at: time), state: TargetState(), events: [], channels: [])
    }

    /// Ten years ahead for some seconds: older rows stay, and rows of that time count nowhere.
    @Test func rowsOfTheFutureCountInNothing() async throws {
        let history = scene.history(retentionDays: 7)
        for hours in [-30, -2, 0] as [Int64] { await record(history, in: hours) }
        for hours in [1, 5, 87_600] as [Int64] { await record(history, "casino", .unhealthy, in: hours) }
        await history.close()
        let again = scene.history(retentionDays: 7)
        await record(again, in: 0)
        await again.close()
        #expect(try scene.rows("SELECT count(*) FROM service_health_checks") == [[7]])
        let reader = HistoryReader(path: scene.path)
        #expect(try reader.uptime(service: "casino", hours: 24) == Uptime(healthy: 3, averageResponseMilliseconds: 12))
        #expect(try reader.uptimes(of: ["casino"], hours: 48)["casino"]?.total == 4)
        #expect(try reader.checks(service: "casino", hours: 24, limit: 1).map(\.status) == [.healthy])
        #expect(try reader.checks(service: nil, hours: 2160, limit: 100).count == 4)
        #expect(try reader.dailyUptime(service: "casino", from: 0).reduce(0) { $0 + $1.uptime.unhealthy } == 0)
        #expect(try reader.checkCount(service: "casino", from: 0).count == 4)
        let points = try reader.responses(service: "casino", from: 0, step: 60)
        #expect(points.allSatisfy { $0.second <= WallTime.now().microseconds / 1_000_000 })
    }

    /// The current hour has rows of both kinds.
    @Test func rowsOfTheFutureAreTakenOutOfTheirHour() async throws {
        let history = scene.history()
        // The reader's clock is in the middle of an hour.
        let now = 480_000 * Self.hour + Self.hour / 2
        for (minutes, status) in [(-20, .healthy), (-10, .healthy), (20, .unhealthy)] as [(Int64, ProbeStatus)] {
            let time = WallTime(microseconds: now + minutes * 60_000_000)
            await history.record(
                HistoryScene.check("casino", status, at: time), state: TargetState(), events: [], channels: [])
        }
        await history.close()
        let reader = HistoryReader(path: scene.path) { WallTime(microseconds: now) }
        #expect(try reader.uptime(service: "casino", hours: 1).percent == 100)
        #expect(try reader.uptimes(of: ["casino", "other"], hours: 24)["casino"]?.total == 2)
    }

    /// An open alert is listed, whatever its time.
    @Test func anOpenAlertOfTheFutureIsShownLast() async throws {
        let history = scene.history()
        let now = WallTime.now().microseconds
        let events = [
            ChannelScene.event(.opened, service: "later", triggered: now + Self.hour),
            ChannelScene.event(.opened, service: "now", triggered: now - Self.hour),
            ChannelScene.event(.opened, service: "over", triggered: now + Self.hour),
            ChannelScene.event(.resolved, service: "over", triggered: now + Self.hour),
        ]
        await history.record(HistoryScene.check(), state: TargetState(), events: events, channels: [])
        await history.close()
        let reader = HistoryReader(path: scene.path)
        for status in [AlertRow.Status.active, nil] {
            #expect(try reader.alerts(status: status, service: nil, limit: 9).map(\.service) == ["now", "later"])
        }
        #expect(try reader.alerts(status: nil, service: nil, limit: 1).map(\.service) == ["now"])
        #expect(try reader.alerts(status: .resolved, service: nil, limit: 9) == [])
    }

    @Test func nothingIsDeletedBeforeTheClocksHaveAgreedForHours() async throws {
        let history = scene.history(retentionDays: 7, clocksAgreeFor: .seconds(7200))
        await record(history, "old", in: -24 * 8)
        await record(history, in: 0)
        await history.close()
        #expect(try scene.rows("SELECT count(*) FROM service_health_checks") == [[2]])
        // A later process continues from the end of this one.
        let clocks = try #require(
            try scene.rows("SELECT value FROM monitor_facts WHERE name = 'clocks'").first?[0].textValue)
        _ = try JSONDecoder().decode(ClockAgreement.self, from: Data(clocks.utf8))
    }

    @Test func agreementOutlivesAProcessAndEndsWithAStep() {
        func at(_ seconds: Int64, step: Int64 = 0) -> (wall: WallTime, sinceBoot: Duration) {
            (WallTime(microseconds: 1_768_838_400_000_000 + (seconds + step) * 1_000_000), .seconds(seconds))
        }
        var clocks = ClockAgreement(boot: "a", wall: at(100).wall, sinceBoot: at(100).sinceBoot)
        func look(_ boot: String, _ clock: (wall: WallTime, sinceBoot: Duration)) -> Int64 {
            clocks.look(boot: boot, wall: clock.wall, sinceBoot: clock.sinceBoot).components.seconds
        }
        #expect(look("a", at(100)) == 0)
        #expect(look("a", at(3700)) == 3600)
        // A time server's steps are no error.
        #expect(look("a", at(7300, step: 55)) == 7200)
        #expect(look("a", at(7308, step: 55 + 65)) == 0)
        #expect(look("a", at(7309, step: 315_360_000)) == 0)
        #expect(look("a", at(7316)) == 0)
        #expect(look("a", at(14_516)) == 7200)
        #expect(look("b", at(14_520)) == 0)
        #expect(look("b", at(14_000)) == 0)
        _ = look("b", (WallTime(microseconds: .min), .seconds(Int64.max)))
    }

    /// A minute, and a thousandth of the time since the last look: here 100 ms.
    @Test(arguments: [(60_100, true), (60_101, false), (-60_100, true), (-60_101, false)])
    func clocksAgreeUpToAMinute(step: Int64, agree: Bool) {
        let start: Int64 = 1_768_838_400_000_000
        var clocks = ClockAgreement(boot: "a", wall: WallTime(microseconds: start), sinceBoot: .seconds(100))
        let age = clocks.look(
            boot: "a", wall: WallTime(microseconds: start + (100_000 + step) * 1000), sinceBoot: .seconds(200))
        #expect(age == (agree ? .seconds(100) : .zero))
    }

    /// Each look compares with the last one, so a clock that is moved little by little still agrees.
    @Test func manySmallStepsAreNoError() {
        let start: Int64 = 1_768_838_400_000_000
        var clocks = ClockAgreement(boot: "a", wall: WallTime(microseconds: start), sinceBoot: .seconds(100))
        for round in 1...4 as ClosedRange<Int64> {
            // 40 seconds ahead of the time since boot, and 40 more at each look.
            let age = clocks.look(
                boot: "a", wall: WallTime(microseconds: start + round * 140_000_000),
                sinceBoot: .seconds(100 + round * 100))
            #expect(age == .seconds(round * 100))
        }
    }

    /// Silence is wall time, also while the monitor is down, and whether or not the last call reported "down".
    @Test func theLastCallOutlivesARestart() async throws {
        let names = ["token-one": "one", "token-two": "two", "token-three": "three"]
        let first = PushBoard(names.mapValues { .init(name: $0) })
        let before = scene.history(pushes: first)
        try await before.start(watching: Set(names.values), channels: [])
        let now = WallTime.now()
        let ago = WallTime(microseconds: now.microseconds - Self.hour)
        for (token, status) in [("token-one", ProbeStatus.unhealthy), ("token-two", .healthy)] {
            let call = PushBoard.Call(at: .now(), status: status, message: "said \(status)")
            let (name, record) = try #require(first.note(token, call, wallNow: ago))
            await before.push(name, record)
        }
        #expect(first.note("token-unknown", .init(at: .now(), status: .healthy)) == nil)
        // Not closed, as after a kill.
        let second = PushBoard(names.mapValues { .init(name: $0) })
        let after = scene.history(pushes: second)
        try await after.start(watching: Set(names.values), channels: [])
        let one = try #require(second.last("token-one"))
        #expect(one.status == .unhealthy)
        #expect(one.message == "said unhealthy")
        let silence = MonotonicTime.now().since(one.at)
        #expect(silence >= .seconds(3600))
        #expect(second.last("token-two")?.status == .healthy)
        #expect(second.last("token-three") == nil)
        await after.close()
        // Never called since it became known, before this process.
        try Database(path: scene.path).run(
            "UPDATE push_calls SET first_known_at = ? WHERE service_name = 'three'", .integer(ago.microseconds))
        let third = PushBoard(names.mapValues { .init(name: $0) })
        let last = scene.history(pushes: third)
        try await last.start(watching: ["three"], channels: [])
        #expect(MonotonicTime.now().since(third.silentSince("token-three")) >= .seconds(3600))
        third.watch(["token-new": .init(name: "three"), "token-four": .init(name: "four")])
        #expect(MonotonicTime.now().since(third.silentSince("token-new")) >= .seconds(3600))
        await last.retire(allBut: ["three", "four"], channels: [])
        await last.close()
        #expect(
            try scene.rows("SELECT service_name FROM push_calls WHERE called_at IS NULL ORDER BY 1") == [
                ["four"], ["three"],
            ])
    }

    /// A monitor that is restarted every hour still deletes what is old.
    @Test func theAgreementOfAnEarlierProcessCounts() async throws {
        let (now, sinceBoot) = (WallTime.now(), BootClock.now())
        var batch = HistoryBatch()
        for days in [8, 0] as [Int64] {
            let time = WallTime(microseconds: now.microseconds - days * 24 * Self.hour)
            batch.add(HistoryScene.check(at: time), TargetState(), [])
        }
        batch.clocks = ClockAgreement(
            boot: BootClock.identity, wall: WallTime(microseconds: now.microseconds - sinceBoot.microseconds),
            sinceBoot: .zero)
        let store = scene.store()
        _ = try store.load()
        try store.commit(batch)
        store.close()
        let history = scene.history(retentionDays: 7, clocksAgreeFor: sinceBoot)
        await record(history, in: 0)
        await history.close()
        #expect(try scene.rows("SELECT count(*) FROM service_health_checks") == [[2]])
    }
}
