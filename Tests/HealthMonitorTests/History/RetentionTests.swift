import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What is deleted when it is old.
struct RetentionTests {
    private static let day: Int64 = 86_400_000_000

    private func prune(_ scene: HistoryScene, days: Int, at time: WallTime) throws {
        let store = scene.store(isShared: true)
        defer { store.close() }
        _ = try store.load()
        try store.prune(HistoryAge(days: days), at: time, limit: 1000)
    }

    /// As long as an alert is shown, so is how it began. Only its old repeats go.
    @Test(arguments: StoreKind.allCases) func anAlertKeepsItsTimelineAsLongAsItself(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let now = WallTime.now()
        let began = now.microseconds - 46 * Self.day
        let events = [
            ChannelScene.event(triggered: began), ChannelScene.event(.repeated, triggered: began, after: 3600),
            ChannelScene.event(.escalated, triggered: began, after: 7200),
        ]
        await history.record(HistoryScene.check(at: now), state: TargetState(), events: events, channels: [])
        await history.close()
        try prune(scene, days: 30, at: now)
        let reader = scene.reader()
        var alerts = try reader.alerts(status: .active, service: nil, limit: 9)
        #expect(alerts.count == 1)
        #expect(try reader.steps(of: alerts)[alerts[0].id]?.map(\.kind) == [.opened, .escalated])

        // It ends today, so it stays for another 30 days.
        let later = scene.history()
        let end = ChannelScene.event(.resolved, triggered: began, after: 46 * 86_400)
        await later.record(HistoryScene.check(at: now), state: TargetState(), events: [end], channels: [])
        await later.close()
        try prune(scene, days: 30, at: now)
        alerts = try reader.alerts(status: .resolved, service: nil, limit: 9)
        #expect(alerts.count == 1)
        #expect(try reader.steps(of: alerts)[alerts[0].id]?.map(\.kind) == [.opened, .escalated, .resolved])

        let end2 = WallTime(microseconds: now.microseconds + 40 * Self.day)
        let last = scene.history()
        await last.record(HistoryScene.check(at: end2), state: TargetState(), events: [], channels: [])
        await last.close()
        for _ in 1...2 { try prune(scene, days: 30, at: end2) }
        #expect(try reader.alerts(status: nil, service: nil, limit: 9) == [])
        #expect(try reader.steps(of: alerts)[alerts[0].id] ?? [] == [])
    }

    private func history(_ store: FakeStore, days: Int) -> History {
        History(
            store: store, reservePath: nil, retentionDays: days, log: .none, pushes: PushBoard(), pace: .quick,
            retryInterval: .zero, clocksAgreeFor: .zero
        ) { _ in }
    }

    /// Roll-ups stay for two years, or as long as everything.
    @Test(arguments: [(30, 730), (3650, 3650)]) func rollUpsStayLonger(days: Int, rollUpDays: Int) async {
        let store = FakeStore()
        let history = history(store, days: days)
        await history.record(HistoryScene.check(), state: TargetState(), events: [], channels: [])
        await history.close()
        let age = HistoryAge(days: days, rollUpDays: rollUpDays)
        #expect(store.prunings.elements == [FakeStore.Pruning(age: age, limit: 1000)])
    }

    /// After an outage many rows are new at once, and as many may be old.
    @Test func moreGoesThanComes() async throws {
        let store = FakeStore(failures: .max)
        let history = history(store, days: 30)
        @Sendable func record() async {
            await history.record(HistoryScene.check(), state: TargetState(), events: [], channels: [])
        }
        await withDiscardingTaskGroup { group in for _ in 0..<600 { group.addTask { await record() } } }
        store.accept()
        await record()
        await history.close()
        let first = try #require(store.commits.elements.first)
        #expect(first >= 600)
        #expect(store.prunings.elements.map(\.limit) == [first * 4])
    }

    /// The sums of hours and of days.
    @Test(arguments: StoreKind.allCases) func oldRollUpsGoToo(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let now = WallTime.now()
        for days in [9, 5, 0] as [Int64] {
            await history.record(HistoryScene.check(at: WallTime(microseconds: now.microseconds - days * Self.day)))
        }
        await history.close()
        let store = scene.store(isShared: true)
        _ = try store.load()
        try store.prune(HistoryAge(days: 1, rollUpDays: 7), at: now, limit: 1000)
        store.close()
        let reader = scene.reader()
        #expect(try reader.dailyUptime(service: "casino", from: 0).map(\.day) == [now.day - 5, now.day])
        #expect(try reader.uptime(service: "casino", hours: 2160).healthy == 2)
    }
}
