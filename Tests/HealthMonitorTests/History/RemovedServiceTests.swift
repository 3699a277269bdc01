import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Services that a reload removes, and perhaps adds again.
struct RemovedServiceTests {
    private static func failing(_ marks: ServiceMarks = ServiceMarks()) -> (state: TargetState, events: [AlertEvent]) {
        var state = TargetState()
        let events = (1...3).flatMap {
            state.record(.unhealthy, at: Int64($0) * 60_000_000, rules: .init(), marks: marks)
        }
        return (state, events)
    }

    /// While the store accepts nothing, one batch holds the removal and what follows.
    @Test(arguments: StoreKind.allCases) func whatComesBackInTheBatchOfItsRemovalStays(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let state = Self.failing().state
        let store = scene.store()
        _ = try store.load()
        var batch = HistoryBatch()
        for name in ["casino", "gone"] {
            batch.add(HistoryScene.check(name), TargetState(), [])
            batch.addPush(PushRecord(firstKnownAt: 1, calledAt: 2), of: name)
            batch.addRetired(name, nil)
        }
        batch.add(HistoryScene.check(), state, [])
        batch.addPush(PushRecord(firstKnownAt: 5), of: "casino")
        try store.commit(batch)
        store.close()
        let later = scene.store()
        let contents = try later.load()
        #expect(contents.states == ["casino": state])
        #expect(contents.pushes == ["casino": PushRecord(firstKnownAt: 5)])
        later.close()
    }

    /// Otherwise its alert would be opened again, or never resolved, after a restart.
    @Test func aReloadDuringALockLosesNoState() async throws {
        let scene = try HistoryScene()
        let history = scene.history()
        let state = Self.failing().state
        await history.record(HistoryScene.check(), state: state, events: [ChannelScene.event()], channels: ["a"])
        let other = try Database(path: scene.path)
        try other.execute("BEGIN EXCLUSIVE")
        await history.retire(allBut: [], channels: ["a"])
        await history.record(HistoryScene.check(), state: state, events: [], channels: ["a"])
        try other.execute("COMMIT")
        await history.close()
        let later = scene.history()
        #expect(await later.states() == ["casino": state])
        await later.close()
    }

    /// The calls of a service that comes back are counted from 1 again.
    @Test(arguments: StoreKind.allCases) func theCallsOfAServiceThatComesBackAreKept(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        let history = scene.history()
        await history.record(HistoryScene.check("cron"), state: TargetState(), events: [], channels: [])
        var call = PushRecord(firstKnownAt: 1, calledAt: 2, revision: 7)
        await history.push("cron", call)
        await history.retire(allBut: [], channels: [])
        (call.calledAt, call.revision) = (3, 1)
        await history.push("cron", call)
        await history.close()
        let store = scene.store()
        #expect(try store.load().pushes["cron"]?.calledAt == 3)
        store.close()
    }

    /// A service at rest is written once; after its removal that counts anew.
    @Test func theRestOfAServiceThatComesBackIsKept() async throws {
        let scene = try HistoryScene()
        let history = scene.history()
        var state = TargetState()
        _ = state.record(.healthy, at: 1, rules: .init())
        for _ in 1...2 {
            await history.record(HistoryScene.check(), state: state, events: [], channels: [])
            await history.retire(allBut: ["casino"], channels: [])
            #expect(try scene.rows("SELECT service_name FROM target_states") == [["casino"]])
            await history.retire(allBut: [], channels: [])
        }
        await history.close()
    }

    /// No channel knows the alert of a service that was silenced before.
    @Test(arguments: StoreKind.allCases) func theRemovalOfASilencedServiceIsSentToNobody(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        var marks = ServiceMarks()
        _ = marks.apply(.silence(until: .max, note: nil), to: "casino", by: "ana", at: 1, alert: nil)
        let (state, events) = Self.failing(marks)
        #expect(events.map(\.kind) == [.opened] && state.alert?.isUntold == true)
        let history = scene.history()
        await history.record(
            HistoryScene.check("casino", .unhealthy), state: state, events: events, channels: ["a"])
        await history.retire(allBut: [], channels: ["a"])
        #expect(await history.waitingChannels() == [:])
        await history.close()
        let alerts = try scene.reader().alerts(status: nil, service: nil, limit: 9)
        #expect(alerts.map(\.status) == [.resolved])
        #expect(try scene.reader().steps(of: alerts)[alerts[0].id]?.map(\.kind) == [.opened, .removed])
    }

    /// A pager rings until it gets the end; who knows nothing of the alert needs none.
    @Test(arguments: StoreKind.allCases, [["a", "gone"], []] as [[String]])
    func aRemovalIsToldToThoseThatKnowTheAlert(kind: StoreKind, told: [String]) async throws {
        let scene = try await HistoryScene(kind)
        var state = Self.failing().state
        state.toldChannels = told
        let before = scene.history()
        await before.record(HistoryScene.check("casino", .unhealthy), state: state, events: [], channels: told)
        await before.close()
        let history = scene.history()
        try await history.start(watching: [], channels: ["a", "b"])
        #expect(await history.waitingChannels() == (told.isEmpty ? [:] : ["a": 1]))
        await history.close()
    }

    /// A second reload does not know it any more.
    @Test func aRemovalIsToldOnceAndInTheOrderOfNames() async throws {
        let scene = try HistoryScene()
        let history = scene.history()
        let state = Self.failing().state
        for name in ["web", "casino"] {
            await history.record(HistoryScene.check(name), state: state, events: [], channels: [])
        }
        for _ in 1...2 { await history.retire(allBut: [], channels: ["a"], containers: ["web"]) }
        #expect(await history.states() == [:])
        let events = await history.outbox.entries.map(\.event)
        #expect(events.map(\.service) == ["casino", "web"])
        #expect(events.map(\.message) == ["it was removed from the configuration", "its container was removed"])
        await history.close()
    }

    /// A kill before a removal is written: the store has the alert still, which was told to be over.
    @Test(arguments: StoreKind.allCases) func aRemovalThatIsNotWrittenYetIsToldOnce(kind: StoreKind) async throws {
        let scene = try await HistoryScene(kind)
        var marks = ServiceMarks()
        let event = marks.apply(.note("ask Bo"), to: "casino", by: "ana", at: 1, alert: nil)
        let before = scene.history()
        await before.record(
            HistoryScene.check("casino", .unhealthy), state: Self.failing().state, events: [ChannelScene.event()],
            channels: [])
        await before.mark("casino", marks, try #require(event))
        await before.close()
        let removed = ChannelScene.event(.removed, after: 60)
        var batch = HistoryBatch()
        batch.addRetired("casino", removed)
        batch.addDelivered(removed.key(for: "a"))
        #expect(try HistoryReserve(path: scene.path + HistoryReserve.suffix, targets: 1).save(batch))
        let history = scene.history()
        try await history.start(watching: [], channels: ["a"])
        #expect(await history.waitingChannels() == [:])
        await history.close()
        #expect(try scene.reader().alerts(status: nil, service: nil, limit: 9).map(\.status) == [.resolved])
        let last = scene.history()
        #expect(await last.states() == [:])
        #expect(await last.marks()["casino"]?.noted?.note == "ask Bo")
        await last.close()
    }
}
