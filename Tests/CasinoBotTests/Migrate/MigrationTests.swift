import Foundation
import KeepAliveKit
import KeepAlivePostgreSQL
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(2)))
struct MigrationTests {
    private let folder: TemporaryDirectory
    private let url: String
    private var path: String { folder.file("casino.db").path }

    private struct Killed: Error {}

    init() async throws {
        folder = try TemporaryDirectory()
        url = try await PostgreSQLServer.shared().makeDatabase()
    }

    /// A ledger with all kinds of rows, and what other tools read in it.
    private func fill() async throws -> [[String]] {
        let bank = try Bank(in: folder)
        let texts = ["/dice 7", "/flip heads 50", "/slots 3", "/bonus", "/dice", "ünï 🎲"]
        for id in 1...40 as ClosedRange<Int64> { try await bank.apply(id, texts[Int(id) % 6], from: 100 + id % 7) }
        try await bank.ledger.skip(41)
        try await bank.apply(42, "/balance", from: 7, callbackID: "7\"8\\9{,}")
        try await bank.ledger.delay(1, to: 101, by: .seconds(5000))
        try await bank.ledger.settle(2)
        let content = try content(of: bank)
        await bank.ledger.close()
        return content
    }

    private func content(of bank: Bank) throws -> [[String]] {
        try [
            "SELECT user_id, balance FROM accounts ORDER BY 1",
            "SELECT id, update_id, user_id, amount, reason FROM entries ORDER BY 1",
            "SELECT update_id FROM updates ORDER BY 1",
            "SELECT id, update_id, kind, chat_id, text, extra, topic_id, not_before IS NULL FROM replies ORDER BY 1",
        ].map { sql in
            // The two databases write truth values in their own ways.
            try bank.rows(sql).map {
                $0.hasSuffix("|t") || $0.hasSuffix("|f") ? $0.dropLast() + ($0.hasSuffix("t") ? "1" : "0") : $0
            }
        }
    }

    private func migration(
        to url: String? = nil, _ report: @escaping (Migration.Step) throws -> Void = { _ in }
    ) throws -> Migration {
        Migration(path: path, address: try PostgreSQLAddress(url ?? self.url), report: report, rowsInABatch: 10)
    }

    private func refusal(_ words: String..., of body: () async throws -> Void) async -> LedgerError? {
        let error = await #expect(throws: LedgerError.self) { try await body() }
        for words in words { #expect(error?.description.contains(words) == true, "\(error as Any)") }
        return error
    }

    @Test func everyRowArrivesAndTheFileIsUsedNoMore() async throws {
        let before = try await fill()
        var steps: [Migration.Step] = []
        try migration { steps.append($0) }.run()
        #expect(steps.first == .checked)
        #expect(steps.suffix(4) == [.compared, .marked, .committed, .done])
        #expect(steps.contains(.copied(table: "updates", rows: 42, of: 42)))
        let bank = try Bank(url: url)
        #expect(try content(of: bank) == before)
        #expect(try await bank.ledger.waitingReplies(after: 0).first.map { $0.wait > .seconds(4000) } == true)
        #expect(try await bank.apply(40, "/dice 1") == nil)
        #expect(try await bank.apply(50, "/dice 1") != nil)
        #expect(try bank.imbalances() == [])
        let error = await refusal("was moved to postgres://", "set DATABASE_URL") { _ = try Bank(in: folder) }
        #expect(error?.errorClass == .critical)
        _ = await refusal("was moved to postgres://") { try migration().run() }
    }

    /// As after a kill: neither transaction under way is committed. The last one comes once the target has committed.
    @Test(arguments: [0, 1, 2, 3, 4, 5, 9, 12, 15, 16, 17, .max] as [Int])
    func anInterruptionLeavesOneLedgerAndIsRepeated(after count: Int) async throws {
        let before = try await fill()
        var (seen, last): (Int, Migration.Step?) = (0, nil)
        #expect(throws: Killed.self) {
            try migration { step in
                last = step
                if seen == count || step == .committed { throw Killed() }
                seen += 1
            }.run()
        }
        if count == .max { #expect(last == .committed) }
        let target = try Bank(url: url)
        switch last {
        case .marked:
            // Nothing is there yet, but only the target could tell.
            let error = await refusal("run casino-bot migrate") { _ = try Bank(in: folder) }
            #expect(error?.errorClass == .critical)
            #expect(try target.rows("SELECT to_regclass('accounts') IS NULL") == ["t"])
        case .committed:
            _ = await refusal("run casino-bot migrate") { _ = try Bank(in: folder) }
            #expect(try content(of: target) == before)
        default:
            let bank = try Bank(in: folder)
            #expect(try content(of: bank) == before)
            await bank.ledger.close()
            #expect(try target.rows("SELECT to_regclass('accounts') IS NULL") == ["t"])
        }
        try migration().run()
        #expect(try content(of: target) == before)
        _ = await refusal("was moved to") { _ = try Bank(in: folder) }
    }

    /// Between the two commits: the rows are in the target, and the file's mark does not know it yet.
    @Test func aMoveThatHasArrivedIsCompletedWithoutACopy() async throws {
        let before = try await fill()
        #expect(throws: Killed.self) { try migration { if $0 == .committed { throw Killed() } }.run() }
        _ = await refusal("run casino-bot migrate") { _ = try Bank(in: folder) }
        // The target is in use by now.
        let target = try Bank(url: url)
        #expect(try await target.apply(50, "/start") != nil)
        var steps: [Migration.Step] = []
        try migration { steps.append($0) }.run()
        #expect(steps == [.done])
        #expect(try content(of: target)[2] == before[2] + ["50"])
        let error = await refusal("was moved to postgres://", "set DATABASE_URL") { _ = try Bank(in: folder) }
        #expect(error?.errorClass == .critical)
        _ = await refusal("was moved to postgres://") { try migration().run() }
    }

    /// Whether it has arrived there, only that database could tell: there must not be two ledgers.
    @Test func anInterruptedMoveGoesToNoOtherDatabase() async throws {
        _ = try await fill()
        #expect(throws: Killed.self) { try migration { if $0 == .committed { throw Killed() } }.run() }
        let other = try await PostgreSQLServer.shared().makeDatabase()
        let name = url.split(separator: "/").last ?? ""
        _ = await refusal("was being moved to postgres://", "/\(name) when casino-bot migrate was interrupted") {
            try migration(to: other).run()
        }
        #expect(try Bank(url: other).rows("SELECT to_regclass('accounts') IS NULL") == ["t"])
        try migration().run()
    }

    /// The real program, killed at random moments.
    @Test func aKillLeavesOneLedger() async throws {
        _ = try await fill()
        let bank = try Bank(in: folder)
        try bank.tamper(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
            INSERT INTO entries(update_id, user_id, amount, reason, timestamp)
            SELECT -i, 101, 0, 'filler', strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM n
            """)
        let before = try content(of: bank)
        await bank.ledger.close()
        let target = try Bank(url: url)
        for number in 0..<8 {
            let program = try ChildProcess(
                executable: ChildProcess.product("casino-bot"), arguments: ["migrate"],
                environment: ["PATH": "/usr/bin:/bin", "DATABASE_PATH": path, "DATABASE_URL": url],
                workingDirectory: folder.path)
            if number < 7 {
                // The last steps are the interesting ones.
                let word = ["moving", "entries [", "replies [", "counts and sums"][number % 4]
                _ = try? await program.waitForLine(containing: word)
                try await Task.sleep(for: .microseconds(Int.random(in: 0...10_000)))
                program.signal(SIGKILL)
            }
            let end = await program.wait()
            if number == 7 { #expect([.exited(0), .exited(78)].contains(end), "\(program.output)") }
            if let bank = try? Bank(in: folder) {
                #expect(try content(of: bank) == before)
                await bank.ledger.close()
            }
        }
        #expect(try content(of: target) == before)
        _ = await refusal("was moved to postgres://") { _ = try Bank(in: folder) }
    }

    @Test func aBotThatRunsKeepsItsLedger() async throws {
        let before = try await fill()
        let bank = try Bank(in: folder)
        let error = await refusal("locked by another program", "stop that program") { try migration().run() }
        #expect(error?.errorClass == .failure)
        try await bank.apply(60, "/start")
        await bank.ledger.close()
        try migration().run()
        #expect(try content(of: Bank(url: url))[2] == before[2] + ["60"])
    }

    @Test func aLedgerInUseIsNotAddedTo() async throws {
        let before = try await fill()
        try await Bank(url: url).apply(1, "/start")
        let error = await refusal("is not empty (accounts, entries, updates, replies)") { try migration().run() }
        #expect(error?.errorClass == .critical)
        #expect(try content(of: Bank(in: folder)) == before)
    }

    @Test func aLedgerOfALeaseStaysWithIt() async throws {
        _ = try await fill()
        let fence = LedgerFence(lease: "casino", epoch: 5)
        let bank = try Bank(url: url, fence)
        try await bank.ledger.open()
        try migration().run()
        #expect(try bank.rows("SELECT lease, epoch FROM casino_meta") == ["casino|5"])
        #expect(try await bank.apply(60, "/start") != nil)
    }

    /// The first edition had no replies; later ones had no topics and no times.
    @Test(arguments: [false, true])
    func aLedgerOfAnEarlierVersionIsMoved(hasReplies: Bool) async throws {
        let tables = """
            CREATE TABLE accounts(
                user_id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK(balance >= 0)) STRICT;
            CREATE TABLE entries(
                id INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL, user_id INTEGER NOT NULL,
                amount INTEGER NOT NULL, reason TEXT NOT NULL, timestamp TEXT NOT NULL) STRICT;
            CREATE TABLE updates(update_id INTEGER PRIMARY KEY, processed_at TEXT NOT NULL) STRICT;
            INSERT INTO accounts VALUES(9, 1000);
            INSERT INTO entries VALUES(1, 7, 9, 1000, 'start', '2025-01-01T00:00:00.000Z');
            INSERT INTO updates VALUES(7, '2025-01-01T00:00:00.000Z');
            """
        let replies = """
            CREATE TABLE replies(
                id INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL, kind TEXT NOT NULL,
                chat_id INTEGER, text TEXT, extra TEXT, created_at TEXT NOT NULL) STRICT;
            INSERT INTO replies VALUES(1, 7, 'message', 9, 'hello', NULL, '2025-01-01T00:00:00.000Z');
            """
        try Database(path: path).execute(hasReplies ? tables + replies : tables)
        try migration().run()
        let bank = try Bank(url: url)
        #expect(
            try content(of: bank) == [
                ["9|1000"], ["1|7|9|1000|start"], ["7"], hasReplies ? ["1|7|message|9|hello|null|null|1"] : [],
            ])
        #expect(try await bank.apply(8, "/dice 1") != nil)
        _ = await refusal("was moved to postgres://") { _ = try Bank(in: folder) }
    }

    @Test func withoutALedgerThereIsNothingToMove() async throws {
        _ = await refusal("there is no ledger at", "DATABASE_PATH") { try migration().run() }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
