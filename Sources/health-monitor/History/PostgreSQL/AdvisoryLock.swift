import KeepAlivePostgreSQL

/// Ensures that one monitor alone writes a history: two would both send the outbox. The server frees the lock with the
/// session that has it.
enum AdvisoryLock {
    /// `KAHM`, as in the mark of SQLite files.
    static let number = 0x4B41_484D

    /// Shares the lock of the connection's schema with other vantages; false if a single monitor keeps it.
    static func share(
        _ connection: PostgreSQLConnection, patience: Duration, within limit: Duration
    ) throws(PostgreSQLError) -> Bool {
        try wait(connection, patience, limit) {
            PostgreSQLQuery("SELECT pg_advisory_lock_shared(\(number), hashtext(coalesce(current_schema(), '')))")
        }
    }

    /// Takes the lock of the connection's schema; false if another session keeps it for `patience`.
    ///
    /// - Parameter vantage: takes this vantage's lock instead: two monitors of one name would write one row.
    static func take(
        _ connection: PostgreSQLConnection, vantage: String? = nil, patience: Duration, within limit: Duration
    ) throws(PostgreSQLError) -> Bool {
        try wait(connection, patience, limit) {
            PostgreSQLQuery(
                "SELECT pg_advisory_lock($1::int, hashtext(coalesce(current_schema(), '') || coalesce('/' || $2::text, '')))",
                ["\(vantage == nil ? number : number + 1)", vantage])
        }
    }

    private static func wait(
        _ connection: PostgreSQLConnection, _ patience: Duration, _ limit: Duration, _ lock: () -> PostgreSQLQuery
    ) throws(PostgreSQLError) -> Bool {
        let milliseconds = Int(patience / .milliseconds(1))
        do throws(PostgreSQLError) {
            _ = try connection.query("SET lock_timeout = \(milliseconds)", within: limit)
            _ = try connection.run([lock()], within: patience + limit)
            return true
        } catch {
            guard error.sqlState == "55P03" else { throw error }
            return false
        }
    }
}
