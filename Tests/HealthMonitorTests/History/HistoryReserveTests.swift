import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The file that keeps what alerts depend on while the history cannot be written.
struct HistoryReserveTests {
    private func batch(_ name: String) -> HistoryBatch {
        var batch = HistoryBatch()
        batch.addRetired(name, nil)
        return batch
    }

    /// A half with another byte is no half, although it can be read: the one before counts.
    @Test func aTornHalfIsNotTaken() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("reserve").path
        let reserve = try HistoryReserve(path: path, targets: 1)
        #expect(reserve.save(batch("first-service")))
        #expect(reserve.save(batch("other-service")))
        #expect(reserve.read()?.retired == ["other-service"])
        var bytes = try Data(contentsOf: folder.file("reserve"))
        let place = try #require(bytes.range(of: Data("other-service".utf8)))
        bytes[place.lowerBound] = UInt8(ascii: "O")
        try bytes.write(to: folder.file("reserve"))
        #expect(try HistoryReserve(path: path, targets: 1).read()?.retired == ["first-service"])
    }

    /// The halves of the last run have numbers, which count on.
    @Test func whatIsSavedAfterARestartIsTheLatest() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("reserve").path
        let before = try HistoryReserve(path: path, targets: 1)
        for name in ["first", "second"] { #expect(before.save(batch(name))) }
        let after = try HistoryReserve(path: path, targets: 1)
        #expect(after.read()?.retired == ["second"])
        #expect(after.save(batch("third")))
        #expect(after.read()?.retired == ["third"])
    }

    /// The next start would send its alerts again.
    @Test func whatTheHistoryHasIsErased() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("reserve").path
        let store = FakeStore(failures: .max)
        let history = History(
            store: store, reservePath: path, retentionDays: 30, log: .none, pushes: PushBoard(), pace: .quick,
            retryInterval: .zero, clocksAgreeFor: .zero
        ) { _ in }
        try await history.start(watching: ["casino"], channels: ["a"])
        await history.record(HistoryScene.check(), [ChannelScene.event()])
        #expect(try HistoryReserve(path: path, targets: 1).read()?.events.count == 1)
        store.accept()
        await history.record(HistoryScene.check())
        #expect(try HistoryReserve(path: path, targets: 1).read() == nil)
        await history.close()
    }

    private func row(_ kind: AlertEvent.Kind = .opened, after: Int64 = 0) -> OutboxRow {
        let event = ChannelScene.event(kind, after: after)
        return OutboxRow(key: event.key(for: "a"), channel: "a", event: event, attempts: 0, dueAt: 5, lastError: nil)
    }

    /// The store has what came before.
    @Test func whatTheReserveHoldsIsNewerThanTheStore() async throws {
        let scene = try HistoryScene()
        var marks = ServiceMarks()
        let event = marks.apply(.note("before"), to: "casino", by: "ana", at: 1, alert: nil)
        let opened = ChannelScene.event()
        let before = scene.history()
        await before.record(HistoryScene.check(), state: TargetState(), events: [opened], channels: ["a"])
        await before.mark("casino", marks, try #require(event))
        await before.push("cron", PushRecord(firstKnownAt: 1, calledAt: 2, status: .healthy))
        await before.close()
        var state = TargetState()
        for minute in 1...3 { _ = state.record(.unhealthy, at: Int64(minute) * 60_000_000, rules: .init()) }
        _ = marks.apply(.note("now"), to: "casino", by: "ana", at: 2, alert: nil)
        var batch = HistoryBatch()
        batch.add(state, of: "casino", [])
        batch.addMarks(marks, of: "casino", nil)
        batch.addPush(PushRecord(firstKnownAt: 1, calledAt: 3, status: .unhealthy), of: "cron")
        batch.addDelivered(opened.key(for: "a"))
        let path = scene.path + HistoryReserve.suffix
        #expect(try HistoryReserve(path: path, targets: 1).save(batch))
        let pushes = PushBoard(["token": .init(name: "cron")])
        let history = scene.history(pushes: pushes)
        try await history.start(watching: ["casino", "cron"], channels: ["a"])
        #expect(await history.states()["casino"] == state)
        #expect(await history.marks()["casino"]?.noted?.note == "now")
        #expect(pushes.last("token")?.status == .unhealthy)
        #expect(await history.waitingChannels() == [:])
        await history.close()
        #expect(try HistoryReserve(path: path, targets: 1).read() == nil)
    }

    /// It may be somebody's only copy.
    @Test func anotherKindOfFileIsLeftAlone() async throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("a letter to Bo", to: "reserve").path
        for place in [path, folder.path] {
            let refusal = #expect(throws: DatabaseRefusal.self) { _ = try HistoryReserve(path: place, targets: 1) }
            #expect(refusal?.kind == .foreign)
        }
        #expect(try String(contentsOf: folder.file("reserve"), encoding: .utf8) == "a letter to Bo")
        let error = await #expect(throws: KeepAliveError.self) { try await start(path) }
        #expect(error?.exitCode == 78)
        // A folder that is missing ends no monitor.
        try await start(folder.file("missing/reserve").path)
    }

    private func start(_ path: String) async throws {
        let history = History(
            store: FakeStore(), reservePath: path, retentionDays: 30, log: .none, pushes: PushBoard(), pace: .quick,
            retryInterval: .zero, clocksAgreeFor: .zero
        ) { _ in }
        try await history.start(watching: [], channels: [])
        await history.close()
    }

    @Test func bothHalvesAreErased() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("reserve").path
        let reserve = try HistoryReserve(path: path, targets: 1)
        for name in ["first", "second"] { #expect(reserve.save(batch(name))) }
        reserve.clear()
        #expect(try HistoryReserve(path: path, targets: 1).read() == nil)
        #expect(reserve.save(batch("third")))
        #expect(reserve.read()?.retired == ["third"])
    }

    /// A target's state and its waiting events take some hundred bytes each, in both halves.
    @Test func itGrowsWithItsTargets() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("reserve").path
        for (targets, size) in [(-1, 262_144), (100, 466_944), (1, 466_944)] {
            let reserve = try HistoryReserve(path: path, targets: targets)
            #expect(try Data(contentsOf: folder.file("reserve")).count == size)
            #expect(reserve.save(batch("\(targets)")))
            #expect(reserve.read()?.retired == ["\(targets)"])
            reserve.clear()
        }
        // What is not in the history yet stays where it is.
        #expect(try HistoryReserve(path: path, targets: 1).save(batch("kept")))
        #expect(try HistoryReserve(path: path, targets: 1000).read()?.retired == ["kept"])
        #expect(try Data(contentsOf: folder.file("reserve")).count == 466_944)
    }

    /// First without the timeline, then without what is only said again; the last that fits stays.
    @Test func whatIsTooMuchIsMadeSmaller() throws {
        let folder = try TemporaryDirectory()
        let reserve = try HistoryReserve(path: folder.file("reserve").path, targets: 0)
        var batch = HistoryBatch()
        batch.add(HistoryScene.check(), nil, (0..<Int64(1000)).map { ChannelScene.event(after: $0) })
        batch.addEntries([row(), row(.repeated)])
        #expect(reserve.save(batch))
        #expect(reserve.read()?.events.isEmpty == true)
        #expect(reserve.read()?.entries.count == 2)
        batch.addEntries((1...Int64(1000)).map { row(.repeated, after: $0) })
        #expect(reserve.save(batch))
        #expect(reserve.read()?.entries.map(\.event.kind) == [.opened])
        batch.addEntries((1...Int64(1000)).map { row(.escalated, after: $0) })
        #expect(!reserve.save(batch))
        #expect(reserve.read()?.entries.map(\.event.kind) == [.opened])
    }
}
