import Foundation
import KeepAliveKit
import KeepAlivePostgreSQL
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

/// What only the ledger in PostgreSQL does: the fence, and a server that comes and goes.
@Suite(.timeLimit(.minutes(2)))
struct PostgreSQLLedgerTests {
    private func database() async throws -> String { try await PostgreSQLServer.shared().makeDatabase() }

    private func bank(_ url: String, _ epoch: Int64, lease: String = "casino") throws -> Bank {
        try Bank(url: url, LedgerFence(lease: lease, epoch: epoch))
    }

    @discardableResult
    private func refusal(_ words: String..., of body: () async throws -> Void) async -> LedgerError? {
        let error = await #expect(throws: LedgerError.self) { try await body() }
        for words in words { #expect(error?.description.contains(words) == true, "\(error as Any)") }
        return error
    }

    @Test func aLaterEpochFencesEveryChangeOfAnEarlierOne() async throws {
        let url = try await database()
        let early = try bank(url, 5)
        try await early.apply(1, "/dice 10")
        let late = try bank(url, 6)
        try await late.ledger.open()
        let tables = ["accounts", "entries", "updates", "replies", "casino_meta"]
        let before = try tables.map { try late.rows("SELECT * FROM \($0)") }
        let changes: [@Sendable () async throws -> Void] = [
            { try await early.apply(2, "/dice 10") }, { try await early.ledger.skip(3) },
            { try await early.ledger.settle(1) }, { try await early.ledger.migrate(from: 9, to: -9) },
            { try await early.ledger.delay(1, to: 9, by: .seconds(5)) },
            { try await early.ledger.forgetOldUpdates() }, { try await early.ledger.checkFence() },
        ]
        for change in changes {
            await refusal(
                "another process has taken the ledger in postgres://", "(lease casino, epoch 5 here)", of: change)
        }
        #expect(early.fenced.elements.count == changes.count)
        #expect(try tables.map { try late.rows("SELECT * FROM \($0)") } == before)
        #expect(late.fenced.elements.isEmpty)
        try await late.ledger.checkFence()
        #expect(try await late.apply(1, "/dice 10") == nil)
        #expect(try await late.apply(2, "/dice 10") != nil)
        #expect(try late.rows("SELECT update_id, epoch FROM updates ORDER BY 1") == ["1|5", "2|6"])
        // A process of the earlier epoch that starts only now.
        let later = try bank(url, 5)
        await refusal("has taken the ledger") { try await later.ledger.open() }
        #expect(later.fenced.elements.count == 1)
        try await bank(url, 6).ledger.open()
    }

    /// The frozen process holds the fence, so the next epoch waits for it: until the server ends its session.
    @Test func aProcessThatFreezesInATransactionCommitsNothing() async throws {
        let url = try await database()
        let (early, late) = (try bank(url, 5), try bank(url, 6))
        try await early.apply(1, "/start", from: 1)
        let (frozen, thaw) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let fate: Bool = {
            do {
                let update = Incoming(updateID: 2, userID: 1, chatID: 1, text: "/health")
                _ = try await early.ledger.apply(update, by: early.casino) {
                    frozen.signal()
                    thaw.wait()
                    return "late"
                }
                return true
            } catch {
                return false
            }
        }()
        try await BlockingWork.run { frozen.wait() }
        try await late.ledger.open()
        thaw.signal()
        #expect(await fate == false)
        #expect(try late.rows("SELECT update_id FROM updates") == ["1"])
        #expect(try late.rows("SELECT count(*) FROM replies WHERE text = 'late'") == ["0"])
        await refusal("has taken the ledger") { try await early.apply(2, "/start") }
    }

    /// Otherwise a statement that waits without an end would hold the fence against the next epoch.
    @Test func theServerEndsEveryWaitOfATransaction() async throws {
        let connection = FencedConnection(try PostgreSQLAddress(try await database()), LedgerFence())
        defer { connection.close() }
        let limits = try connection.transaction { _ in
            let names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
            let results = try connection.inside(names.map { PostgreSQLQuery("SHOW \($0)") })
            return (results.map { $0.rows.first?.values.first ?? nil }, [])
        }
        #expect(limits == ["5s", "5s", "2s"])
    }

    private struct Refused: Error {}

    /// It is rolled back.
    @Test func aTransactionThatFailsLeavesItsConnection() async throws {
        let connection = FencedConnection(try PostgreSQLAddress(try await database()), LedgerFence())
        defer { connection.close() }
        let session = try connection.rows("SELECT pg_backend_pid()").first?.integer(0)
        #expect(session != nil)
        do {
            try connection.transaction { _ -> (Void, [PostgreSQLQuery]) in
                _ = try connection.inside(["INSERT INTO accounts VALUES (9, 1000)"])
                throw Refused()
            }
            Issue.record("it was committed")
        } catch is Refused {}
        let after = try connection.rows("SELECT pg_backend_pid(), (SELECT count(*) FROM accounts)").first
        #expect(after?.integer(0) == session)
        #expect(after?.integer(1) == 0)
    }

    @Test func aLedgerBelongsToOneLease() async throws {
        let url = try await database()
        let free = try Bank(url: url)
        try await free.apply(1, "/start")
        // The first lease takes it, and so fences a bot without one.
        try await bank(url, 5).ledger.open()
        await refusal("has taken the ledger") { try await free.apply(2, "/start") }
        for lease in ["", "other"] {
            let other = try bank(url, lease.isEmpty ? 0 : 9, lease: lease)
            let error = await refusal(
                "belongs to the lease casino", "LEASE_NAME=casino", "UPDATE casino_meta SET lease = '', epoch = 0"
            ) { try await other.ledger.open() }
            #expect(error?.errorClass == .critical)
            _ = await refusal("belongs to the lease casino") { try await other.apply(4, "/start") }
            #expect(other.fenced.elements.isEmpty)
        }
        try free.tamper("UPDATE casino_meta SET lease = '', epoch = 0")
        try await Bank(url: url).apply(3, "/start")
    }

    @Test func processesThatStartAtOnceMakeTheTablesOnce() async throws {
        let url = try await database()
        try await withThrowingDiscardingTaskGroup { group in
            for id in 1...6 as ClosedRange<Int64> {
                let bank = try Bank(url: url)
                group.addTask { try await bank.apply(id, "/start", from: id) }
            }
        }
        #expect(try Bank(url: url).rows("SELECT count(*) FROM accounts") == ["6"])
    }

    @Test func aLostConnectionIsMadeAnew() async throws {
        let url = try await database()
        let bank = try Bank(url: url)
        try await bank.apply(1, "/start")
        let end =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'casino-bot' "
            + "AND datname = current_database()"
        for id in 2...4 as ClosedRange<Int64> {
            _ = try bank.rows(end)
            #expect(try await bank.apply(id, "/start") != nil)
        }
        #expect(try bank.imbalances() == [])
    }

    @Test func aServerThatIsGoneIsAnOutage() async throws {
        let server = try await PostgreSQLServer.start()
        let bank = try Bank(url: server.url(database: "postgres", user: "postgres", password: "geheim"))
        try await bank.apply(1, "/start")
        await server.stop(SIGQUIT)
        for _ in 0..<2 {
            let error = await refusal("cannot be used now (PostgreSQL: ") { try await bank.apply(2, "/start") }
            #expect(error?.errorClass == .network())
            #expect(error?.description.contains("geheim") == false)
        }
    }

    private static let repair = "INSERT INTO casino_meta(lease, epoch, schema) VALUES ('', 0, 1)"

    /// No other process has taken the ledger over.
    @Test(arguments: [0, 5] as [Int64]) func anEmptiedFenceIsNotTakenForATakeover(epoch: Int64) async throws {
        let bank = try bank(try await database(), epoch, lease: epoch == 0 ? "" : "casino")
        try await bank.apply(1, "/start")
        try bank.tamper("DELETE FROM casino_meta")
        let changes: [@Sendable () async throws -> Void] = [
            { try await bank.apply(2, "/start", from: 8) }, { try await bank.ledger.checkFence() },
        ]
        for change in changes {
            let error = await refusal("has no row in casino_meta", "stop all bots", Self.repair, of: change)
            #expect(error?.errorClass == .critical)
        }
        #expect(bank.fenced.elements.isEmpty)
        #expect(try bank.rows("SELECT update_id FROM updates") == ["1"])
        try bank.tamper(Self.repair)
        let again = try self.bank(bank.url ?? "", epoch, lease: epoch == 0 ? "" : "casino")
        #expect(try await again.apply(2, "/start", from: 8) != nil)
    }

    private static let unusable = [
        ("CREATE TABLE accounts(name text)", "tables of another program (accounts)", "a database of its own"),
        (
            "UPDATE casino_meta SET schema = 2", "written by a newer version (schema 2; this one knows 1)",
            "install that version"
        ),
        ("DELETE FROM casino_meta", "has no row in casino_meta, because it was deleted by hand", Self.repair),
        ("UPDATE casino_meta SET lease = 'other'", "belongs to the lease other", "LEASE_NAME=other"),
        ("DROP TABLE updates", "cannot be used (PostgreSQL: relation \"updates\" does not exist", "check DATABASE_URL"),
    ]

    @Test(arguments: unusable)
    func aDatabaseThatIsNoLedgerIsRefused(sql: String, reason: String, remedy: String) async throws {
        let url = try await database()
        if !sql.hasPrefix("CREATE") { try await Bank(url: url).ledger.open() }
        try Bank(url: url).tamper(sql)
        let error = await refusal(reason, remedy) { try await Bank(url: url).apply(1, "/start") }
        #expect(error?.errorClass == .critical)
        #expect(try Bank(url: url).rows("SELECT * FROM accounts") == [])
    }

    @Test func anotherEncodingIsRefused() async throws {
        let server = try await PostgreSQLServer.shared()
        let name = "latin\(UInt32.random(in: 0 ... .max))"
        try await server.psql("CREATE DATABASE \(name) ENCODING 'LATIN1' TEMPLATE template0")
        await refusal("its encoding is LATIN1", "ENCODING 'UTF8'") {
            try await Bank(url: server.url(database: name)).ledger.open()
        }
    }

    @Test func aRoleWithoutRightsIsToldWhichItNeeds() async throws {
        let server = try await PostgreSQLServer.shared()
        let url = try await server.makeDatabase()
        let role = "guest\(UInt32.random(in: 0 ... .max))"
        try await server.psql("CREATE ROLE \(role) LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC", url: url)
        let error = await refusal("GRANT CREATE ON SCHEMA public") {
            try await Bank(url: url.replacing("postgres@", with: "\(role)@")).ledger.open()
        }
        #expect(error?.errorClass == .critical)
    }

    @Test func aNULInAButtonsIdHoldsUpNothing() async throws {
        let bank = try Bank(url: try await database())
        try await bank.apply(1, "/balance", callbackID: "7\0" + "8")
        #expect(try await bank.ledger.pendingReplies().first?.reply == .answerCallback(id: "7\u{FFFD}8"))
    }
}
