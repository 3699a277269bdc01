import Foundation
import KeepAliveKit
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

/// The ledger that the body and the checks share.
@Suite(.timeLimit(.minutes(1)))
struct LedgerAccessTests {
    private let folder: TemporaryDirectory
    private let attempts = EventLog<Void>()
    private let lines = EventLog<String>()
    private var path: String { folder.file("casino.db").path }
    private var log: Log { Log(level: .debug) { [lines] level, line in lines.append("\(level.rawValue) \(line)") } }

    init() throws { folder = try TemporaryDirectory() }

    /// - Parameter problem: of the first attempt.
    private func access(_ problem: LedgerError.Problem? = nil) -> LedgerAccess {
        let (path, attempts) = (path, attempts)
        return LedgerAccess {
            attempts.append(())
            if let problem, attempts.count == 1 { throw LedgerError(place: path, problem: problem) }
            return try SQLiteLedger(path: path)
        }
    }

    @Test func itIsOpenedOnceForAll() async throws {
        let access = access()
        try await access.opened().ping()
        try await access.opened().ping()
        try await access.open(log).ping()
        #expect(attempts.count == 1)
    }

    /// Checks come every few seconds, and SQLite may wait for 5 s each time.
    @Test func onlyTheBodyTriesAgain() async throws {
        let access = access(.missing)
        for _ in 1...2 { await #expect(throws: LedgerError.self) { try await access.opened().ping() } }
        await #expect(throws: LedgerError.self) { try await access.checkFile() }
        #expect(attempts.count == 1)
        try await access.open(log).ping()
        #expect(attempts.count == 2)
        try await access.opened().ping()
        try await access.checkFile()
    }

    @Test func whatNeedsAPersonEndsTheBody() async throws {
        let access = access(.missing)
        let log = log
        await #expect(throws: LedgerError.self) { try await access.open(log).ping() }
        #expect(lines.elements == [])
    }

    /// The other program's lock ends with it.
    @Test func aLockIsWaitedFor() async throws {
        let access = access(.sqlite(SQLiteError(extendedCode: 5, message: "database is locked")))
        let log = log
        let opening = Task { try await access.open(log).ping() }
        let line = try await lines.element(at: 0)
        #expect(line.hasPrefix("warn the database \(path) is locked by another program"))
        #expect(line.hasSuffix("; retrying in 1 s"))
        opening.cancel()
        await #expect(throws: CancellationError.self) { try await opening.value }
        #expect(attempts.count == 1)
    }

    @Test func aFileThatIsReplacedIsNoticed() async throws {
        let access = access()
        try await access.checkFile()
        try FileManager.default.moveItem(atPath: path, toPath: "\(path).old")
        let error = await #expect(throws: LedgerError.self) { try await access.checkFile() }
        #expect(error?.description.contains("was deleted or replaced while the bot runs") == true)
    }

    @Test func itIsClosedWithTheBot() async throws {
        let access = access()
        let ledger = try await access.open(log)
        await access.close()
        await #expect(throws: LedgerError.self) { try await ledger.ping() }
    }
}
