import KeepAlivePostgreSQL

/// The ledger's connection, made anew when it is lost. Each transaction begins with the fence: it holds the row of
/// `casino_meta` until its end, so that no other epoch can begin meanwhile, and does nothing in another epoch.
///
/// Not Sendable: it belongs to its ledger, and its calls wait on the calling thread.
final class FencedConnection {
    let address: PostgreSQLAddress
    let fence: LedgerFence
    private var connection: PostgreSQLConnection?
    private var isPrepared = false
    private var isClosed = false

    init(_ address: PostgreSQLAddress, _ fence: LedgerFence) {
        self.address = address
        self.fence = fence
    }

    deinit { close() }

    func close() {
        isClosed = true
        connection?.close()
        connection = nil
    }

    /// Connects, and prepares the tables once in this process.
    func open() throws {
        _ = try opened()
    }

    /// Reads outside of any transaction.
    func rows(_ sql: String, _ parameters: [String?] = []) throws -> [PostgreSQLRow] {
        try repeatable([PostgreSQLQuery(sql, parameters)]).first?.rows ?? []
    }

    /// Runs `body` in a fenced transaction; the statements it returns leave with the COMMIT.
    ///
    /// If the COMMIT's answer is lost, nobody knows whether it is done: apply the update again, which finds its id.
    ///
    /// - Parameters:
    ///   - update: the update that the transaction records.
    ///   - body: gets whether the update is new. Its own statements go through `inside`.
    func transaction<Result>(
        recording update: Int64? = nil, _ body: (_ isFresh: Bool) throws -> (Result, [PostgreSQLQuery])
    ) throws -> Result {
        let counts = try repeatable(LedgerLimits.begin + [fenceQuery(update)]).last?.rows.first
        do {
            guard counts?.integer(0) == 1 else {
                throw LedgerError(place: "\(address)", problem: counts?.integer(2) == 0 ? .emptied : .fenced(fence))
            }
            let (result, rest) = try body(counts?.integer(1) == 1)
            _ = try inside(rest + ["COMMIT"])
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Statements of a transaction under way, in one round trip. Never on a new connection: that has no transaction.
    func inside(_ queries: [PostgreSQLQuery]) throws -> [PostgreSQLResult] {
        guard let connection, connection.isInTransaction else {
            throw PostgreSQLError(.lost, "the connection was lost in a transaction")
        }
        return try connection.run(queries, within: LedgerLimits.roundTrip)
    }

    // MARK: Steps

    /// Runs statements that change nothing until a COMMIT, and so may run again after a loss: a server that was
    /// restarted ends the connections that idle.
    private func repeatable(_ queries: [PostgreSQLQuery]) throws -> [PostgreSQLResult] {
        let isReused = connection?.isConnected == true
        do {
            return try opened().run(queries, within: LedgerLimits.roundTrip)
        } catch let error as PostgreSQLError where isReused && error.kind == .lost {
            return try opened().run(queries, within: LedgerLimits.roundTrip)
        }
    }

    private func opened() throws -> PostgreSQLConnection {
        guard !isClosed else { throw PostgreSQLError(.misuse, "the ledger is closed") }
        if let connection, connection.isConnected, !connection.isInTransaction { return connection }
        connection?.close()
        connection = nil
        let fresh = try PostgreSQLConnection.connect(
            to: address, application: "casino-bot", within: LedgerLimits.roundTrip)
        if !isPrepared {
            // If this fails, the connection ends with this call: it must not be used unprepared.
            try LedgerTables.prepare(fresh, at: "\(address)", for: fence)
            isPrepared = true
        }
        connection = fresh
        return fresh
    }

    /// The fence, and the update's id: 1 if the fence holds, 1 if the update is new, and 0 if there is no fence at all.
    private func fenceQuery(_ update: Int64?) -> PostgreSQLQuery {
        let rows = "(SELECT count(*) FROM casino_meta)"
        let held = "WITH f AS (SELECT epoch FROM casino_meta WHERE lease = $1 AND epoch = $2 FOR SHARE)"
        guard let update else {
            return PostgreSQLQuery(
                "\(held) SELECT (SELECT count(*) FROM f), 0, \(rows)", [fence.lease, "\(fence.epoch)"])
        }
        return PostgreSQLQuery(
            """
            \(held),
            u AS (INSERT INTO updates(update_id, processed_at, epoch) SELECT $3, clock_timestamp(), epoch FROM f
                ON CONFLICT (update_id) DO UPDATE SET processed_at = excluded.processed_at, epoch = excluded.epoch
                WHERE updates.processed_at < clock_timestamp() - \(LedgerLimits.horizon) RETURNING 1)
            SELECT (SELECT count(*) FROM f), (SELECT count(*) FROM u), \(rows)
            """, [fence.lease, "\(fence.epoch)", "\(update)"])
    }

    private func rollBack() {
        guard let connection else { return }
        if connection.isConnected, connection.isInTransaction {
            _ = try? connection.query("ROLLBACK", within: LedgerLimits.roundTrip)
        }
        if !connection.isConnected || connection.isInTransaction {
            connection.close()
            self.connection = nil
        }
    }
}
