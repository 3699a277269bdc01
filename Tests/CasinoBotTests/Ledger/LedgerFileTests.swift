import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct LedgerFileTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("casino.db").path }

    init() throws { folder = try TemporaryDirectory() }

    @Test func aDeletedOrReplacedFileIsNoticed() async throws {
        let ledger = try SQLiteLedger(path: path)
        try await ledger.checkFile()
        // Renamed, so that no other file gets its number.
        try FileManager.default.moveItem(atPath: path, toPath: "\(path).old")
        await #expect(throws: LedgerError.self) { try await ledger.checkFile() }
        let other = try SQLiteLedger(path: path)
        let error = await #expect(throws: LedgerError.self) { try await ledger.checkFile() }
        #expect(error?.description.hasPrefix("the database \(path) was deleted or replaced while the bot runs") == true)
        await other.close()
        await ledger.close()
    }

    /// What a kill leaves is the file alone.
    @Test(arguments: [["-wal", "-shm"], ["-wal"]]) func whatALostLogHasIsSaved(lost: [String]) async throws {
        let bank = try Bank(in: folder)
        try await bank.apply(1, "/start")
        for suffix in lost { try FileManager.default.removeItem(atPath: path + suffix) }
        for id in 2...3 as ClosedRange<Int64> {
            try await bank.apply(id, "/start", from: id)
            let error = await #expect(throws: LedgerError.self) { try await bank.ledger.checkFile() }
            let words = "the file \(path)-wal was deleted or replaced while the bot runs"
            #expect(error?.description.hasPrefix(words) == true, "\(error as Any)")
            let left = try TemporaryDirectory()
            try FileManager.default.copyItem(atPath: path, toPath: left.file("casino.db").path)
            #expect(try Bank(in: left).rows("SELECT count(*) FROM accounts") == ["\(id)"])
        }
        await bank.ledger.close()
        #expect(try Bank(in: folder).rows("SELECT count(*) FROM accounts") == ["3"])
    }

    @Test func aReplacedLogIsNoticed() async throws {
        let ledger = try SQLiteLedger(path: path)
        try FileManager.default.moveItem(atPath: "\(path)-wal", toPath: "\(path)-wal.old")
        try Data().write(to: folder.file("casino.db-wal"))
        await #expect(throws: LedgerError.self) { try await ledger.checkFile() }
        await ledger.close()
    }

    /// Other programs may read, write and back up the ledger.
    @Test func anotherConnectionLosesNoLog() async throws {
        let bank = try Bank(in: folder)
        try await bank.apply(1, "/start")
        try bank.tamper("UPDATE accounts SET balance = 7; PRAGMA wal_checkpoint(TRUNCATE)")
        try await bank.ledger.checkFile()
        await bank.ledger.close()
        // Closing deletes the log, which is no loss.
        try await bank.ledger.checkFile()
        let again = try SQLiteLedger(path: path)
        try await again.checkFile()
        await again.close()
    }

    /// SQLite puts the log beside the file that the link leads to.
    @Test func theLogOfALinkedFileIsBesideTheFile() async throws {
        let link = folder.file("link.db").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        try await SQLiteLedger(path: path).close()
        let ledger = try SQLiteLedger(path: link)
        try await ledger.checkFile()
        try FileManager.default.removeItem(atPath: "\(path)-wal")
        await #expect(throws: LedgerError.self) { try await ledger.checkFile() }
        await ledger.close()
    }

    @Test func aDatabaseInMemoryHasNoFile() async throws {
        try await SQLiteLedger(path: ":memory:").checkFile()
    }
}
