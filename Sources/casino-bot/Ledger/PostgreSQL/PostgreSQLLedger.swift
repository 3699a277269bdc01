import KeepAliveKit
import KeepAlivePostgreSQL

/// The casino's books in PostgreSQL. Each transaction is fenced: after another machine has taken over, this process
/// commits nothing any more.
actor PostgreSQLLedger: Ledger {
    let connection: FencedConnection
    private let executor = LedgerExecutor()
    private let onFenced: @Sendable (LedgerError) -> Void
    private var lastLocalUpdate: Int64 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Connects to nothing yet.
    ///
    /// - Parameter onFenced: called before a call throws because another machine has taken over. It should end the
    ///   process, because every other step of it is another machine's now.
    init(_ address: PostgreSQLAddress, _ fence: LedgerFence, onFenced: @escaping @Sendable (LedgerError) -> Void) {
        connection = FencedConnection(address, fence)
        self.onFenced = onFenced
    }

    func open() throws { try guarded { try connection.open() } }

    func ping() throws { try guarded { _ = try connection.rows("SELECT 1 FROM updates LIMIT 1") } }

    func checkFence() throws { try guarded { try connection.transaction { _ in ((), []) } } }

    /// The server has the files.
    func checkFile() {}

    func close() { connection.close() }

    // MARK: Updates

    func apply(
        _ update: Incoming, by casino: Casino, healthLine: @Sendable () -> String
    ) throws -> Casino.Effects? {
        try guarded {
            try connection.transaction(recording: update.updateID) { isFresh in
                guard isFresh else { return (nil, []) }
                let player = try player(update.userID, for: update.updateID)
                var random = SystemRandomNumberGenerator()
                let effects = try casino.effects(
                    of: update, player: player, overview: overview, healthLine: healthLine, using: &random)
                let entries = effects.entries.flatMap { booking($0, for: update.userID, update: update.updateID) }
                return (effects, entries + effects.replies.map { keeping($0, of: update.updateID) })
            }
        }
    }

    func skip(_ updateID: Int64) throws {
        try guarded { try connection.transaction(recording: updateID) { _ in ((), []) } }
    }

    func nextLocalUpdate() throws -> Int64 {
        let least = try guarded {
            // Ids of updates are forgotten, but the ids of their entries are kept.
            try connection.rows(
                lastLocalUpdate < 0
                    ? "SELECT least(min(update_id), 0) FROM updates"
                    : """
                    SELECT least(min(update_id), 0)
                    FROM (SELECT update_id FROM updates UNION ALL SELECT update_id FROM entries) AS ids
                    """
            ).first?.integer(0) ?? 0
        }
        // An earlier caller may not have applied its update yet.
        lastLocalUpdate = min(least, lastLocalUpdate) - 1
        return lastLocalUpdate
    }

    func forgetOldUpdates() throws {
        try guarded {
            try connection.transaction { _ in
                let old = """
                    DELETE FROM updates WHERE update_id IN (
                        SELECT update_id FROM updates WHERE processed_at < clock_timestamp() - \(LedgerLimits.horizon)
                        ORDER BY processed_at LIMIT 1000)
                    """
                return ((), [PostgreSQLQuery(old)])
            }
        }
    }

    /// Opens the account if it is missing, and reads it; nobody else changes it before the transaction's end.
    private func player(_ user: Int64, for update: Int64) throws -> Casino.Player {
        let results = try connection.inside([
            PostgreSQLQuery(
                """
                WITH a AS (INSERT INTO accounts(user_id, balance) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING *)
                INSERT INTO entries(update_id, user_id, amount, reason) SELECT $3, user_id, balance, 'start' FROM a
                RETURNING 1
                """, ["\(user)", "\(Casino.startBalance)", "\(update)"]),
            PostgreSQLQuery("SELECT balance FROM accounts WHERE user_id = $1 FOR UPDATE", ["\(user)"]),
            // The server's clock; after it was set back, the wait is at most a day.
            PostgreSQLQuery(
                """
                SELECT least(86400, greatest(0, 86400 - floor(extract(epoch FROM clock_timestamp() - "timestamp"))))::bigint
                FROM entries WHERE user_id = $1 AND reason = 'bonus' ORDER BY id DESC LIMIT 1
                """, ["\(user)"]),
        ])
        guard results.count == 3, let balance = results[1].rows.first?.integer(0) else {
            throw LedgerError(place: "\(connection.address)", problem: .impossible("an account is missing"))
        }
        return Casino.Player(
            balance: balance, bonusDueIn: results[2].rows.first?.integer(0) ?? 0, isNew: !results[0].rows.isEmpty)
    }

    private func booking(_ entry: Casino.Entry, for user: Int64, update: Int64) -> [PostgreSQLQuery] {
        [
            PostgreSQLQuery(
                "INSERT INTO entries(update_id, user_id, amount, reason) VALUES ($1, $2, $3, $4)",
                ["\(update)", "\(user)", "\(entry.amount)", entry.reason]),
            PostgreSQLQuery(
                "UPDATE accounts SET balance = balance + $1 WHERE user_id = $2", ["\(entry.amount)", "\(user)"]),
        ]
    }

    private func overview() throws -> Casino.Overview {
        let results = try connection.inside([
            "SELECT count(*) FROM accounts", "SELECT count(*) FROM entries", "SELECT count(*) FROM updates",
            // A sum of bigint is numeric: it may not fit into Int64.
            "SELECT sum(balance) FROM accounts",
            "SELECT user_id, balance FROM accounts ORDER BY balance DESC, user_id LIMIT 10",
        ])
        func number(_ index: Int) -> Int64? {
            results.indices.contains(index) ? results[index].rows.first?.integer(0) : nil
        }
        let hasCoins = number(0) ?? 0 > 0
        return Casino.Overview(
            players: number(0) ?? 0, entries: number(1) ?? 0, updates: number(2) ?? 0,
            coins: number(3) ?? (hasCoins ? .max : 0),
            top: (results.last?.rows ?? []).compactMap { row in
                guard let user = row.integer(0), let balance = row.integer(1) else { return nil }
                return (user, balance)
            })
    }

    // MARK: Errors

    func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as PostgreSQLError {
            throw LedgerError(place: "\(connection.address)", problem: .postgreSQL(error))
        } catch let error as LedgerError {
            if case .fenced = error.problem { onFenced(error) }
            throw error
        }
    }
}
