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

    /// The store may need that space to open. What is saved, in either half, stays; the next start takes the space back.
    @Test(arguments: 0...3) func itGivesSpaceToAFullDisk(saved: Int) throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("reserve").path
        let reserve = try HistoryReserve(path: path, targets: 0)
        for number in 0..<saved { #expect(reserve.save(batch("\(number)"))) }
        let last = saved == 0 ? nil : ["\(saved - 1)"]
        #expect(reserve.makeRoom())
        #expect(try Data(contentsOf: folder.file("reserve")).count == 131_072)
        #expect(reserve.read()?.retired == last)
        #expect(try HistoryReserve(path: path, targets: 0).read()?.retired == last)
        // Now it is too small to give more.
        #expect(!reserve.makeRoom())
        #expect(reserve.save(batch("later")))
        #expect(reserve.read()?.retired == ["later"])
        reserve.clear()
        #expect(try HistoryReserve(path: path, targets: 0).makeRoom())
    }

    /// Alerts that wait in it would be lost.
    @Test func itKeepsTheSpaceThatItNeeds() throws {
        let folder = try TemporaryDirectory()
        let reserve = try HistoryReserve(path: folder.file("reserve").path, targets: 0)
        let name = String(repeating: "x", count: 80_000)
        #expect(reserve.save(batch(name)))
        #expect(!reserve.makeRoom())
        #expect(reserve.read()?.retired == [name])
    }

    /// A monitor that ended instead would watch nothing, and the disk may stay full for long.
    @Test func aFullDiskLetsTheHistoryOpen() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("reserve").path
        let full = HistoryFailure(words: "full", sentence: "It is full", end: .system("full"), isDiskFull: true)
        func makeHistory(_ reservePath: String?, _ failure: HistoryFailure) -> History {
            History(
                store: FullStore(reserve: path, failure), reservePath: reservePath, retentionDays: 30, log: .none,
                pushes: PushBoard(), pace: .quick, retryInterval: .zero, clocksAgreeFor: .zero
            ) { _ in }
        }
        let busy = HistoryFailure(words: "busy", sentence: "It is busy", end: .system("busy"))
        // A full disk without a reserve, and another shortage.
        let ends: [(reserve: String?, failure: HistoryFailure)] = [(nil, full), (path, busy)]
        for end in ends {
            let history = makeHistory(end.reserve, end.failure)
            let error = await #expect(throws: KeepAliveError.self) {
                try await history.start(watching: ["casino"], channels: [])
            }
            #expect(error?.exitCode == 71)
        }
        let history = makeHistory(path, full)
        try await history.start(watching: ["casino"], channels: [])
        #expect(await history.states().keys.sorted() == ["casino"])
        await history.close()
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

/// A store on a full disk: it opens once the reserve has become smaller.
private final class FullStore: HistoryStore {
    private let reserve: String
    private let failure: HistoryFailure

    init(reserve: String, _ failure: HistoryFailure) { (self.reserve, self.failure) = (reserve, failure) }

    func load() throws(HistoryFailure) -> HistoryContents {
        if let status = try? FileStatus(of: reserve), status.size < 200_000 {
            return HistoryContents(states: ["casino": TargetState()])
        }
        throw failure
    }

    func commit(_ batch: HistoryBatch) throws(HistoryFailure) {}
    func prune(_ age: HistoryAge, at now: WallTime, limit: Int) throws(HistoryFailure) {}
    func close() {}
}
