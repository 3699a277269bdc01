import Foundation
import KeepAlivePostgreSQL
import KeepAliveSQLite
import KeepAliveTestSupport

@testable import KeepAliveCasinoBot

/// Where a ledger is; one suite covers both.
enum LedgerKind: CaseIterable {
    case sqlite, postgreSQL
}

/// A ledger in its own folder or database, with an outside view of its tables, as other tools have it.
final class Bank: Sendable {
    let folder: TemporaryDirectory
    let ledger: any Ledger
    let casino = Casino(owner: 1, admins: [2], botName: "test_casino_bot")
    /// What the ledger reported about its fence.
    let fenced = EventLog<LedgerError>()
    /// The database, unless the ledger is a file.
    let url: String?

    var path: String { folder.file("casino.db").path }

    init(in folder: TemporaryDirectory? = nil) throws {
        let folder = try folder ?? TemporaryDirectory()
        self.folder = folder
        url = nil
        ledger = try SQLiteLedger(path: folder.file("casino.db").path)
    }

    /// A ledger in PostgreSQL.
    init(url: String, _ fence: LedgerFence = LedgerFence()) throws {
        folder = try TemporaryDirectory()
        self.url = url
        let fenced = fenced
        ledger = PostgreSQLLedger(try PostgreSQLAddress(url), fence) { fenced.append($0) }
    }

    /// A new ledger.
    static func make(_ kind: LedgerKind) async throws -> Bank {
        guard kind == .postgreSQL else { return try Bank() }
        let bank = try Bank(url: try await PostgreSQLServer.shared().makeDatabase())
        try await bank.ledger.open()
        return bank
    }

    /// Another process with this ledger.
    func again() throws -> Bank { try url.map { try Bank(url: $0) } ?? Bank(in: folder) }

    @discardableResult
    func apply(_ id: Int64, _ text: String, from user: Int64 = 9, chat: Int64? = nil, callbackID: String? = nil)
        async throws -> Casino.Effects?
    {
        try await ledger.apply(
            Incoming(updateID: id, userID: user, chatID: chat ?? user, text: text, callbackID: callbackID), by: casino
        ) { "healthy" }
    }

    /// Rows as text, one line each, values separated by `|`.
    func rows(_ sql: String) throws -> [String] {
        if let url {
            return try Self.connection(url).query(sql, within: .seconds(60)).rows.map { row in
                row.values.map { $0 ?? "null" }.joined(separator: "|")
            }
        }
        return try Database(path: path, readOnly: true).query(sql).map { row in
            row.values.map { value in
                switch value {
                case .integer(let number): "\(number)"
                case .text(let text): text
                case .null: "null"
                default: "\(value)"
                }
            }.joined(separator: "|")
        }
    }

    /// Changes the tables without the ledger's knowledge.
    func tamper(_ sql: String) throws {
        guard let url else { return try Database(path: path).execute(sql) }
        _ = try Self.connection(url).query(sql, within: .seconds(60))
    }

    private static func connection(_ url: String) throws -> PostgreSQLConnection {
        try .connect(to: PostgreSQLAddress(url), application: "bank", within: .seconds(60))
    }

    /// Accounts whose balance differs from the sum of their entries, and entries without an account.
    func imbalances() throws -> [String] {
        try rows(
            """
            SELECT user_id, balance, booked FROM (
                SELECT user_id, balance,
                    (SELECT sum(amount) FROM entries WHERE entries.user_id = accounts.user_id) AS booked
                FROM accounts) AS sums WHERE balance IS DISTINCT FROM booked
            UNION ALL SELECT user_id, NULL, sum(amount) FROM entries
            WHERE user_id NOT IN (SELECT user_id FROM accounts) GROUP BY user_id
            """)
    }
}
