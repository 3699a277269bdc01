import Foundation
import KeepAliveSQLite
import KeepAliveTestSupport

@testable import KeepAliveCasinoBot

/// A ledger in its own folder, with an outside view of its tables, as other tools have it.
final class Bank: Sendable {
    let folder: TemporaryDirectory
    let ledger: Ledger
    let casino = Casino(owner: 1, admins: [2], botName: "test_casino_bot")

    var path: String { folder.file("casino.db").path }

    init(in folder: TemporaryDirectory? = nil) throws {
        let folder = try folder ?? TemporaryDirectory()
        self.folder = folder
        ledger = try Ledger(path: folder.file("casino.db").path)
    }

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
        try Database(path: path, readOnly: true).query(sql).map { row in
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
        try Database(path: path).execute(sql)
    }

    /// Accounts whose balance differs from the sum of their entries, and entries without an account.
    func imbalances() throws -> [String] {
        try rows(
            """
            SELECT user_id, balance,
                (SELECT sum(amount) FROM entries WHERE entries.user_id = accounts.user_id) AS booked
            FROM accounts WHERE balance IS NOT booked
            UNION ALL SELECT user_id, NULL, sum(amount) FROM entries
            WHERE user_id NOT IN (SELECT user_id FROM accounts) GROUP BY user_id
            """)
    }
}
