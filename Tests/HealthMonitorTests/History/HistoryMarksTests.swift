import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What people say about services outlives the monitor, and delays the channels that wait for it.
struct HistoryMarksTests {
    private static let began = ChannelScene.time

    private func say(
        _ change: ServiceMarks.Change, _ marks: inout ServiceMarks, _ history: History, alert: Int64 = Self.began
    ) async throws {
        let event = marks.apply(change, to: "casino", by: "ana", at: alert + 60_000_000, alert: alert)
        await history.mark("casino", marks, try #require(event))
    }

    private func record(_ history: History, _ events: AlertEvent...) async {
        await history.record(HistoryScene.check(), state: TargetState(), events: events, channels: ["a", "late"])
    }

    @Test(arguments: StoreKind.allCases) func marksOutliveTheMonitor(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        var marks = ServiceMarks()
        let history = scene.history()
        await record(history, ChannelScene.event())
        try await say(.acknowledge(note: "on it"), &marks, history)
        try await say(.silence(until: .max, note: nil), &marks, history)
        try await say(.note("ask Bo: \"日本\""), &marks, history)
        await history.close()

        let later = scene.history()
        #expect(await later.marks() == ["casino": marks])
        let reader = scene.reader()
        let alert = try #require(try reader.alerts(status: nil, service: nil, limit: 10).first)
        #expect(try reader.alert(id: alert.id) == alert)
        #expect(try reader.alert(id: alert.id + 1) == nil)
        #expect(alert.message == "connection refused")
        let steps = try #require(try reader.steps(of: [alert])[alert.id])
        #expect(steps.map(\.kind) == [.opened, .acknowledged, .silenced, .noted])
        #expect(steps.map(\.who) == [nil, "ana", "ana", "ana"])
        #expect(steps[1].message == "on it")
        #expect(steps[3].message == "ask Bo: \"日本\"")

        try await say(.unsilence, &marks, later)
        await later.retire(allBut: ["casino"], channels: [])
        await later.close()
        let third = scene.history()
        #expect(await third.marks()["casino"]?.silenced == nil)
        #expect(await third.marks()["casino"]?.acknowledged?.note == "on it")
        await third.retire(allBut: [], channels: [])
        await third.close()
        // It may come back, as a container does: only the acknowledgement ends with its alert.
        let last = scene.history()
        #expect(await last.marks()["casino"]?.noted?.note == "ask Bo: \"日本\"")
        #expect(await last.marks()["casino"]?.acknowledged == nil)
        await last.close()
    }

    /// A silence ends by itself; a note goes with the history.
    @Test(arguments: StoreKind.allCases)
    func marksOfARemovedServiceStayAsLongAsItsHistory(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        let (now, before) = (WallTime.now(), WallTime(microseconds: WallTime.now().microseconds - 864_000_000_000))
        for (name, time) in [("casino", before), ("other", now)] {
            await history.record(HistoryScene.check(name, at: time), state: TargetState(), events: [], channels: [])
        }
        var marks = ServiceMarks()
        try await say(.note("ask Bo"), &marks, history)
        try await say(.silence(until: now.microseconds - 1, note: nil), &marks, history)
        await history.retire(allBut: ["other"], channels: [])
        #expect(await history.marks()["casino"]?.silenced == nil, "it is over")
        await history.close()
        let store = scene.store(isShared: true)
        defer { store.close() }
        #expect(try store.load().marks["casino"]?.noted?.note == "ask Bo")
        try store.prune(HistoryAge(days: 30, rollUpDays: 30), at: .now(), limit: 1000)
        #expect(try store.load().marks["casino"]?.noted?.note == "ask Bo")
        for _ in 1...2 { try store.prune(HistoryAge(days: 1, rollUpDays: 1), at: .now(), limit: 1000) }
        #expect(try store.load().marks == [:])
    }

    /// The last one said is kept, even if it arrives first.
    @Test func ofTwoMarksTheLaterStays() async throws {
        let history = try HistoryScene().history()
        var marks = ServiceMarks()
        let first = marks.apply(.note("1"), to: "casino", by: "ana", at: 1, alert: nil)
        let older = marks
        let second = marks.apply(.note("2"), to: "casino", by: "bo", at: 2, alert: nil)
        await history.mark("casino", marks, try #require(second))
        await history.mark("casino", older, try #require(first))
        #expect(await history.marks()["casino"]?.noted?.note == "2")
        await history.close()
    }

    // MARK: Channels with a delay

    private func history(_ scene: HistoryScene, after delay: Duration) async -> History {
        let history = scene.history()
        await history.expect(delays: ["late": delay])
        return history
    }

    private func waiting(_ history: History) async -> Int { await history.waitingChannels()["late"] ?? 0 }

    @Test(arguments: StoreKind.allCases)
    func anAlertThatEndsBeforeLeavesNoTraceOnALateChannel(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        var history = await history(scene, after: .seconds(3600))
        await record(history, ChannelScene.event(triggered: WallTime.now().microseconds))
        #expect(await waiting(history) == 1)
        await history.close()
        // Also over a restart in between.
        history = await self.history(scene, after: .seconds(3600))
        let began = try #require(scene.outbox.first).event.triggeredAt
        await record(history, ChannelScene.event(.escalated, message: "worse", triggered: began, after: 60))
        #expect(await waiting(history) == 1)
        #expect(scene.outbox.filter { $0.channel == "late" }.map(\.event.message) == ["worse"])
        await record(history, ChannelScene.event(.resolved, triggered: began, after: 120))
        #expect(await waiting(history) == 0)
        #expect(await history.waitingChannels() == ["a": 3])
        await history.close()
        #expect(scene.outbox.allSatisfy { $0.channel == "a" })
    }

    @Test(arguments: StoreKind.allCases)
    func anAcknowledgedAlertReachesALateChannelOnlyOnceItIsTakenBack(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        var history = await history(scene, after: .seconds(3600))
        var marks = ServiceMarks()
        await record(history, ChannelScene.event())
        try await say(.acknowledge(note: nil), &marks, history)
        #expect(await waiting(history) == 0)
        await history.close()
        history = await self.history(scene, after: .seconds(3600))
        #expect(await history.marks() == ["casino": marks])
        #expect(await waiting(history) == 0)
        try await say(.unacknowledge, &marks, history)
        #expect(await waiting(history) == 1)
        try await say(.acknowledge(note: nil), &marks, history)
        await record(history, ChannelScene.event(.resolved, after: 120))
        #expect(await waiting(history) == 0)
        #expect(await history.outbox.entries.filter { $0.channel == "late" }.isEmpty, "nothing stays held")
        await history.close()
        #expect(scene.outbox.allSatisfy { $0.channel == "a" })
    }

    /// What people say to one of several monitors holds for the alerts of all.
    @Test func whatWasSaidToAnotherMonitorCountsHere() async throws {
        let scene = try HistoryScene()
        let history = await history(scene, after: .seconds(3600))
        await record(history, ChannelScene.event())
        var marks = ServiceMarks()
        for (change, count) in [(.acknowledge(note: nil), 0), (.unacknowledge, 1)] as [(ServiceMarks.Change, Int)] {
            _ = marks.apply(change, to: "casino", by: "ana", at: Self.began, alert: Self.began)
            await history.learn(["casino": marks])
            #expect(await waiting(history) == count)
        }
        await history.close()
    }

    /// An overdue message waits for the next check, which may bring a newer one.
    @Test(arguments: [true, false]) func onceItIsTakenBackOnlyTheNewestMessageLeaves(isRepeated: Bool) async throws {
        let scene = try HistoryScene()
        let history = await history(scene, after: .milliseconds(1))
        var marks = ServiceMarks()
        await record(history, ChannelScene.event())
        try await say(.acknowledge(note: nil), &marks, history)
        await record(history, ChannelScene.event(.escalated, message: "worse", after: 60))
        try await say(.unacknowledge, &marks, history)
        if isRepeated {
            await record(history, ChannelScene.event(.repeated, message: "still failing", after: 120))
        } else {
            await record(history)
        }
        let entry = try #require(try await scene.next(history, "late"))
        #expect(entry.event.message == (isRepeated ? "still failing" : "worse"))
        await history.note(.delivered, for: entry)
        #expect(await waiting(history) == 0)
        await history.close()
    }

    /// A check does not bring forward what is not due yet.
    @Test func whatIsTakenBackEarlyWaitsForItsTime() async throws {
        let scene = try HistoryScene()
        let history = await history(scene, after: .seconds(3600))
        var marks = ServiceMarks()
        await record(history, ChannelScene.event(triggered: WallTime.now().microseconds))
        let began = try #require(await history.outbox.entries.first { $0.channel == "late" })
        try await say(.acknowledge(note: nil), &marks, history, alert: began.event.triggeredAt)
        try await say(.unacknowledge, &marks, history, alert: began.event.triggeredAt)
        await record(history)
        #expect(await history.outbox.entries.first { $0.channel == "late" }?.dueAt == began.dueAt)
        await history.close()
    }

    /// Also if its time comes before the wait for that check would end, and if it is taken back twice.
    @Test(arguments: [1, 2]) func aCheckBringsNothingForward(times: Int) async throws {
        let scene = try HistoryScene()
        let history = await history(scene, after: .seconds(60))
        var marks = ServiceMarks()
        await record(history, ChannelScene.event(triggered: WallTime.now().microseconds))
        let began = try #require(await history.outbox.entries.first { $0.channel == "late" })
        for _ in 1...times {
            try await say(.acknowledge(note: nil), &marks, history, alert: began.event.triggeredAt)
            try await say(.unacknowledge, &marks, history, alert: began.event.triggeredAt)
        }
        let waiting = try #require(await history.outbox.entries.first { $0.channel == "late" })
        #expect(waiting.dueAt > began.dueAt)
        let worse = ChannelScene.event(
            .escalated, message: "worse", triggered: began.event.triggeredAt, after: 1)
        await record(history, worse)
        let late = try #require(await history.outbox.entries.first { $0.channel == "late" })
        #expect(late.event.message == "worse")
        #expect(late.dueAt == began.dueAt)
        await history.close()
    }

    /// A failed attempt may have arrived: the end follows, and the alert itself is not tried again.
    @Test(arguments: StoreKind.allCases) func anAlertThatFailedAndIsAcknowledgedIsNotTriedAgain(
        kind: StoreKind
    ) async throws {
        let scene = try await HistoryScene(kind)
        let history = await history(scene, after: .milliseconds(1))
        var marks = ServiceMarks()
        await record(history, ChannelScene.event())
        let opened = try #require(try await scene.next(history, "late"))
        await history.note(.failed(reason: "x", retryAfter: nil), for: opened)
        try await say(.acknowledge(note: nil), &marks, history)
        #expect(await waiting(history) == 0)
        await record(history, ChannelScene.event(.resolved, after: 120))
        #expect(try await scene.next(history, "late")?.event.kind == .resolved)
        await history.close()
        #expect(scene.outbox.filter { $0.channel == "late" }.map(\.event.kind) == [.resolved])
    }

    @Test(arguments: StoreKind.allCases) func aLateChannelThatKnowsTheAlertGetsItsEnd(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = await history(scene, after: .milliseconds(1))
        var marks = ServiceMarks()
        await record(history, ChannelScene.event())
        let opened = try #require(try await scene.next(history, "late"))
        #expect(opened.event.kind == .opened)
        // While it is being sent, nobody knows whether it has arrived.
        try await say(.acknowledge(note: nil), &marks, history)
        await record(history, ChannelScene.event(.resolved, after: 120))
        await history.note(.delivered, for: opened)
        #expect(try await scene.next(history, "late")?.event.kind == .resolved)
        await history.close()
    }

    /// Also what waits for the same commit.
    @Test func ofTwoEventsAtOnceALateChannelGetsTheLast() async throws {
        let scene = try HistoryScene()
        let history = await history(scene, after: .seconds(3600))
        await record(history, ChannelScene.event(), ChannelScene.event(.escalated, message: "worse", after: 1))
        let over = Self.began + 1
        await record(history, ChannelScene.event(triggered: over), ChannelScene.event(.resolved, triggered: over))
        let late = await history.outbox.entries.filter { $0.channel == "late" }
        #expect(late.map(\.event.message) == ["worse"])
        #expect(try #require(late.first).dueAt.since(.now()) > .seconds(3000))
        await history.close()
        #expect(scene.outbox.filter { $0.channel == "late" }.map(\.event.message) == ["worse"])
    }

    /// As for the leader of several monitors, whose alerts wait for the history.
    @Test func whatIsAcknowledgedBeforeItsCommitIsHeld() async throws {
        let store = FakeStore(failures: .max)
        let history = History(
            store: store, reservePath: nil, retentionDays: 30, log: .none, pushes: PushBoard(), pace: .quick,
            retryInterval: .zero, clocksAgreeFor: .zero, sendsUncommitted: false
        ) { _ in }
        await history.expect(delays: ["late": .seconds(3600)])
        var marks = ServiceMarks()
        await record(history, ChannelScene.event())
        try await say(.acknowledge(note: nil), &marks, history)
        store.accept()
        await record(history)
        #expect(await history.waitingChannels() == ["a": 1])
        try await say(.unacknowledge, &marks, history)
        #expect(await waiting(history) == 1)
        await history.close()
    }
}
