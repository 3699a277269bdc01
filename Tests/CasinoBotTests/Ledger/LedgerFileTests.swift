import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

struct LedgerFileTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("casino.db").path }

    init() throws { folder = try TemporaryDirectory() }

    @Test func aDeletedOrReplacedFileIsNoticed() async throws {
        let ledger = try SQLiteLedger(path: path)
        let file = LedgerFile(path: path)
        try file.check()
        // Renamed, so that no other file gets its number.
        try FileManager.default.moveItem(atPath: path, toPath: "\(path).old")
        #expect(throws: LedgerError.self) { try file.check() }
        let other = try SQLiteLedger(path: path)
        let error = #expect(throws: LedgerError.self) { try file.check() }
        #expect(error?.description.hasPrefix("the database \(path) was deleted or replaced while the bot runs") == true)
        await other.close()
        await ledger.close()
    }

    @Test func aDatabaseInMemoryHasNoFile() throws {
        try LedgerFile(path: ":memory:").check()
    }
}
