import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// The launcher's use of the ledger while the bot writes it too.
struct LedgerKeeperTests {
    private let folder: TemporaryDirectory
    private let file: URL
    private let keeper: LedgerKeeper
    private let events = EventLog<KeepAliveEvent>()
    private let record = RestartPolicy.Record(consecutive: 4, failures: 3)

    init() throws {
        folder = try TemporaryDirectory()
        file = folder.file("restart_backoff.json")
        keeper = LedgerKeeper(path: file.path, wallClock: { 0 })
        keeper.save(record, delay: .zero, tell: events.append)
    }

    private var current: RestartPolicy.Record? { keeper.current(tell: events.append)?.record }

    @Test func whatCannotBeReadStandsAsItWasKnownLastAndIsSaidOnce() throws {
        try FileManager.default.removeItem(at: file)
        // A file's mode does not restrict root.
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
        for _ in 0..<3 { #expect(current == record) }
        #expect(events.elements.count == 1)
        try FileManager.default.removeItem(at: file)
        try BackoffStore(path: file.path).save(
            RestartLedger(record: .init(consecutive: 5, failures: 4), delay: .zero, nextStart: 0))
        #expect(current?.failures == 4)
        // Healthy again, as the bot reports.
        try FileManager.default.removeItem(at: file)
        #expect(current == nil)
    }

    /// Otherwise the failures of a bot on a full disk would never count.
    @Test func whatCannotBeWrittenStandsInMemory() throws {
        let lost = LedgerKeeper(path: folder.file("none").path + "/restart_backoff.json", wallClock: { 0 })
        lost.save(record, delay: .zero, tell: events.append)
        #expect(events.elements.map(\.kind) == [.ledgerUnwritable])
        #expect(lost.current(tell: events.append)?.record == record)
        #expect(events.count == 1)
    }

    /// A bot that is healthy starts over, even on a full disk.
    @Test func whatCannotBeWrittenIsForgottenToo() {
        let lost = LedgerKeeper(path: folder.file("none").path + "/restart_backoff.json", wallClock: { 0 })
        lost.save(record, delay: .zero, tell: events.append)
        lost.clear(tell: events.append)
        #expect(lost.current(tell: events.append) == nil)
        #expect(events.count == 1)
    }

    /// A clock that is set back later, or a longer reset time, must not bring it back.
    @Test func whatIsHistoryIsRemoved() {
        let next = LedgerKeeper(path: file.path, wallClock: { 301_000_000 })
        #expect(next.resume(resetAfter: .seconds(300), tell: events.append) == nil)
        #expect(current == nil)
        #expect(events.count == 0)
    }

    @Test func whatIsDamagedIsSetAsideAndWrittenAnew() throws {
        try folder.write("garbage", to: file.lastPathComponent)
        for _ in 0..<2 { #expect(current == record) }
        #expect(events.elements == [.ledgerDamaged(path: file.path, movedTo: file.path + ".damaged")])
        #expect(LedgerKeeper(path: file.path).current(tell: { _ in })?.record == record)
    }

    /// The failures of an earlier launcher count as its own do.
    @Test func whatWasResumedStandsThoughItIsDamagedLater() throws {
        let next = LedgerKeeper(path: file.path, wallClock: { 0 })
        #expect(next.resume(resetAfter: .seconds(300), tell: events.append)?.record == record)
        try folder.write("garbage", to: file.lastPathComponent)
        #expect(next.current(tell: events.append)?.record == record)
    }

    /// A machine's clock may show any time.
    @Test func aDelayBeyondTheClocksEndEndsThere() {
        let late = LedgerKeeper(path: file.path, wallClock: { .max - 1 })
        late.save(record, delay: .seconds(5), tell: events.append)
        #expect(late.current(tell: events.append)?.nextStart == .max)
        #expect(events.count == 0)
    }
}
