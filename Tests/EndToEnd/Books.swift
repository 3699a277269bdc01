import KeepAlivePostgreSQL
import KeepAliveSQLite
import KeepAliveTestSupport

/// The tables of a casino's ledger, read by another program.
struct Books: Sendable {
    var path = ""
    /// The database, unless the ledger is a file.
    var url: String?

    /// Rows as text, values separated by `|`.
    func rows(_ sql: String) throws -> [String] {
        if let url {
            let connection = try PostgreSQLConnection.connect(
                to: PostgreSQLAddress(url), application: "books", within: .seconds(60))
            return try connection.query(sql, within: .seconds(60)).rows.map { row in
                row.values.map { $0 ?? "null" }.joined(separator: "|")
            }
        }
        return try Database(path: path, readOnly: true).query(sql).map { row in
            row.values.map { value in
                value.integerValue.map(String.init) ?? value.textValue ?? "null"
            }.joined(separator: "|")
        }
    }

    /// Returns once all replies are marked as sent, which happens after the sending.
    func untilNoReplyWaits() async throws {
        try await Polling.until({ try rows("SELECT id FROM replies") }, isMet: { $0.isEmpty })
    }

    func integers(_ sql: String) throws -> [Int64] {
        try rows(sql).compactMap { Int64($0) }
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
