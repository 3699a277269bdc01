import Foundation
import KeepAliveKit
import KeepAlivePlatform
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
}
