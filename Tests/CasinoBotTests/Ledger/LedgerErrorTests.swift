import Foundation
import KeepAliveKit
import KeepAlivePostgreSQL
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct LedgerErrorTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("casino.db").path }

    init() throws { folder = try TemporaryDirectory() }

    private func failure(at path: String? = nil) -> LedgerError? {
        do {
            _ = try SQLiteLedger(path: path ?? self.path)
            Issue.record("the ledger opened")
            return nil
        } catch {
            if !(error is LedgerError) { Issue.record("\(error)") }
            return error as? LedgerError
        }
    }

    private func expectCritical(_ error: LedgerError?, naming path: String? = nil, _ advice: String...) {
        #expect(error?.errorClass == .critical)
        #expect(error?.description.contains(path ?? self.path) == true)
        for words in advice { #expect(error?.description.contains(words) == true, "\(error as Any)") }
    }

    /// A closed ledger with 2000 entries, without a WAL.
    private func filled() async throws -> [UInt8] {
        let bank = try Bank(in: folder)
        for id in 1...20 as ClosedRange<Int64> { try await bank.apply(id, "/dice 1", from: id) }
        try bank.tamper(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
            INSERT INTO entries(update_id, user_id, amount, reason, timestamp) SELECT i, i, 1, 'filler', 'now' FROM n;
            PRAGMA wal_checkpoint(TRUNCATE);
            """)
        return Array(try Data(contentsOf: folder.file("casino.db")))
    }

    @Test func damagedPagesAreFoundAndLeftAlone() async throws {
        var bytes = try await filled()
        for index in stride(from: 8192, to: bytes.count - 4096, by: 4096) {
            bytes.replaceSubrange(index..<index + 200, with: repeatElement(0xA5, count: 200))
        }
        try Data(bytes).write(to: folder.file("casino.db"))
        expectCritical(
            failure(), "damaged", "restore a backup and delete \(path)-wal and \(path)-shm, or move it away")
        #expect(Array(try Data(contentsOf: folder.file("casino.db"))) == bytes)
    }

    @Test func aTruncatedFileIsDamaged() async throws {
        let bytes = try await filled()
        try Data(bytes.prefix(bytes.count / 2 / 4096 * 4096)).write(to: folder.file("casino.db"))
        expectCritical(failure(), "restore a backup and delete \(path)-wal and \(path)-shm, or move it away")
    }

    @Test(arguments: ["this is no database, and it is long enough to be asked for its header\n", "{}", "\u{0}"])
    func anotherFileIsNoLedger(text: String) throws {
        let content = String(repeating: text, count: 40)
        try folder.write(content, to: "casino.db")
        expectCritical(failure(), "DATABASE_PATH")
        #expect(try String(contentsOf: folder.file("casino.db"), encoding: .utf8) == content)
    }

    @Test(arguments: [
        "CREATE TABLE accounts(name TEXT, password TEXT)", "PRAGMA application_id = 0x4B41484D; CREATE TABLE x(y)",
        "PRAGMA application_id = 77; CREATE TABLE x(y)",
    ])
    func anotherProgramsDatabaseIsNoLedger(sql: String) throws {
        try Database(path: path).execute(sql)
        let before = try Data(contentsOf: folder.file("casino.db"))
        expectCritical(failure(), "DATABASE_PATH")
        #expect(try Data(contentsOf: folder.file("casino.db")) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["casino.db"])
    }

    @Test func aLedgerOfANewerVersionIsLeftAlone() async throws {
        _ = try await filled()
        try Database(path: path).execute("PRAGMA user_version = 9")
        expectCritical(failure(), "newer version", "install")
    }

    /// The next version may take the number that a moved ledger has now.
    @Test(arguments: [
        "PRAGMA user_version = 2",
        "DROP INDEX accounts_by_balance; ALTER TABLE accounts RENAME COLUMN balance TO coins",
    ])
    func aLedgerWithOtherTablesIsNotCalledDamaged(sql: String) async throws {
        _ = try await filled()
        try Database(path: path).execute(sql)
        let error = failure()
        expectCritical(error, "has other tables than this version", "newer version", "install", "DATABASE_PATH")
        expectCritical(error, "restore a backup and delete \(path)-wal and \(path)-shm, or set")
        #expect(error?.description.contains("damaged") == false, "\(error as Any)")
    }

    /// Written by the first edition, killed before any checkpoint.
    @Test func aLedgerWithoutMarkIsTakenOver() async throws {
        let bank = try Bank()
        try await bank.apply(1, "/start", from: 9)
        try bank.tamper("PRAGMA application_id = 0; PRAGMA user_version = 0")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: bank.path + suffix, toPath: path + suffix)
        }
        let taken = try Bank(in: folder)
        #expect(try taken.rows("SELECT * FROM accounts") == ["9|1000"])
        #expect(try taken.rows("PRAGMA application_id") == ["\(0x4B41_4C47)"])
        #expect(try taken.rows("PRAGMA user_version") == ["1"])
        #expect(try await taken.apply(1, "/start", from: 9) == nil)
    }

    @Test func aNamedPipeIsNoLedger() throws {
        try NamedPipe.make(at: path)
        expectCritical(failure(), "named pipe", "DATABASE_PATH")
    }

    @Test func nobodyElseMayReadIt() async throws {
        let bank = try Bank(in: folder)
        try await bank.apply(1, "/start")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name).path)
            #expect((attributes[.posixPermissions] as? Int).map { $0 & ~0o640 } == 0, "\(name)")
        }
    }

    /// Whoever lets the group read it, such as for a backup, is left in peace; nobody else reads a copy that came back.
    @Test func aNewFileIsTheOwnersAlone() async throws {
        func rights() throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        try await SQLiteLedger(path: path).close()
        #expect(try rights() == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try await SQLiteLedger(path: path).close()
        #expect(try rights() == 0o640)
    }

    @Test func aMissingFolderIsSaid() {
        let missing = folder.file("no/such/folder/casino.db").path
        expectCritical(failure(at: missing), naming: missing, "DATABASE_PATH", "writable folder")
    }

    @Test func aFolderIsNoDatabase() {
        expectCritical(failure(at: folder.path), naming: folder.path, "DATABASE_PATH")
    }

    @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
    func aReadOnlyFileIsSaid() async throws {
        _ = try await filled()
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path) }
        expectCritical(failure(), "DATABASE_PATH", "writable")
    }

    /// For example a backup or shell, which will end.
    @Test func aLockedDatabaseMayBeFreeAgain() throws {
        _ = try Bank(in: folder)
        let other = try Database(path: path)
        try other.execute("BEGIN IMMEDIATE")
        let error = failure()
        #expect(error?.errorClass == .failure)
        #expect(error?.description.contains("locked by another program") == true)
        #expect(error?.description.contains("stop that program") == true)
        try other.execute("COMMIT")
        _ = try Bank(in: folder)
    }

    @Test func damageWhileItRunsIsCritical() async throws {
        let bank = try Bank(in: folder)
        try await bank.apply(1, "/start")
        try bank.tamper("DROP TABLE updates")
        let error = await #expect(throws: LedgerError.self) { try await bank.apply(2, "/dice 1") }
        #expect(error?.errorClass == .critical)
        await #expect(throws: LedgerError.self) { try await bank.ledger.ping() }
        await #expect(throws: LedgerError.self) { try await bank.ledger.skip(3) }
    }

    @Test func whatFailsLeavesNothing() async throws {
        let bank = try Bank(in: folder)
        try bank.tamper("CREATE TRIGGER no BEFORE INSERT ON replies BEGIN SELECT RAISE(ABORT, 'no paper'); END")
        await #expect(throws: LedgerError.self) { try await bank.apply(1, "/dice 1") }
        for table in ["accounts", "entries", "updates", "replies"] {
            #expect(try bank.rows("SELECT * FROM \(table)") == [])
        }
        try bank.tamper("DROP TRIGGER no")
        #expect(try await bank.apply(1, "/dice 1") != nil)
    }

    private static let classes: [(LedgerError.Problem, ErrorClass)] = [
        (.postgreSQL(PostgreSQLError(.lost, "lost")), .network()),
        (.postgreSQL(PostgreSQLError(.server, "the server is a standby", sqlState: "25006")), .network()),
        (.postgreSQL(PostgreSQLError(.server, "permission denied", sqlState: "42501")), .critical),
        (.postgreSQL(PostgreSQLError(.address, "no address")), .critical),
        (.sqlite(SQLiteError(extendedCode: 5, message: "locked")), .failure),
        (.sqlite(SQLiteError(extendedCode: 13, message: "full")), .system),
        (.sqlite(SQLiteError(extendedCode: 11, message: "malformed")), .critical),
        (.refused(DatabaseRefusal(.shortage, "too many open files")), .system),
        (.refused(DatabaseRefusal(.foreign, "another program's")), .critical),
        (.replaced, .critical), (.logReplaced, .critical), (.fenced(LedgerFence(lease: "casino", epoch: 5)), .critical),
    ]

    /// What passes by itself is no reason to stop for good.
    @Test(arguments: classes)
    func everyProblemHasItsClass(problem: LedgerError.Problem, errorClass: ErrorClass) {
        #expect(LedgerError(place: "casino.db", problem: problem).errorClass == errorClass)
    }
}
