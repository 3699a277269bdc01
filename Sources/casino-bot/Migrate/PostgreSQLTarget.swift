import KeepAlivePostgreSQL

/// The empty ledger in PostgreSQL that receives the rows, in one transaction.
///
/// Not Sendable: it belongs to its migration.
final class PostgreSQLTarget {
    let place: String
    private let connection: PostgreSQLConnection

    /// A statement over many rows may take this long.
    private static let limit = Duration.seconds(300)

    init(_ address: PostgreSQLAddress) throws {
        place = "\(address)"
        do {
            connection = try .connect(to: address, application: "casino-bot migrate", within: LedgerLimits.roundTrip)
        } catch {
            throw LedgerError(place: "\(address)", problem: .postgreSQL(error))
        }
    }

    /// Whether a move has arrived here.
    func has(_ mark: MovedMark) throws -> Bool {
        guard try run(["SELECT to_regclass('casino_moves') IS NOT NULL"])[0].rows.first?.bool(0) == true else {
            return false
        }
        return try !run([PostgreSQLQuery("SELECT 1 FROM casino_moves WHERE id = $1", [mark.id])])[0].rows.isEmpty
    }

    /// Begins the transaction; from here on no bot uses the ledger.
    ///
    /// - Throws: `LedgerError` when it is not empty.
    func begin() throws {
        _ = try run(["BEGIN", "SET LOCAL lock_timeout = '10s'", "SET LOCAL idle_in_transaction_session_timeout = 0"])
        do {
            _ = try LedgerTables.makeMissing(connection, at: place, for: LedgerFence())
        } catch let error as PostgreSQLError {
            throw LedgerError(place: place, problem: .postgreSQL(error))
        }
        _ = try run(["SELECT 1 FROM casino_meta FOR UPDATE"])
        let full = try LedgerTable.all.filter {
            try !run([PostgreSQLQuery("SELECT 1 FROM \($0.name) LIMIT 1")])[0].rows.isEmpty
        }
        guard full.isEmpty else {
            throw LedgerError(place: place, problem: .notEmpty(full.map(\.name).joined(separator: ", ")))
        }
    }

    func add(_ rows: [[String?]], to table: LedgerTable) throws {
        let names = table.columns.map(\.name)
        let types = table.columns.enumerated().map { "$\($0 + 1)::\($1.type)[]" }.joined(separator: ", ")
        let values = table.columns.map { $0.expression ?? $0.name }.joined(separator: ", ")
        let arrays = table.columns.indices.map { column in
            PostgreSQLQuery.array(rows.map { $0.indices.contains(column) ? $0[column] : nil })
        }
        _ = try run([
            PostgreSQLQuery(
                """
                INSERT INTO \(table.name)(\(names.joined(separator: ", ")))
                SELECT \(values) FROM unnest(\(types)) AS t(\(names.joined(separator: ", ")))
                """, arrays)
        ])
    }

    /// One row of figures as text.
    func figures(_ sql: String) throws -> [String?] { try run([PostgreSQLQuery(sql)])[0].rows.first?.values ?? [] }

    /// Notes the move, and lets new rows follow the moved ones.
    func finish(_ mark: MovedMark) throws {
        let follow = ["entries", "replies"].map { table in
            PostgreSQLQuery(
                "SELECT setval(pg_get_serial_sequence('\(table)', 'id'), coalesce(max(id), 0) + 1, false) FROM \(table)"
            )
        }
        _ = try run(
            follow + [
                "CREATE TABLE IF NOT EXISTS casino_moves(id text PRIMARY KEY, moved_at timestamptz NOT NULL DEFAULT now())",
                PostgreSQLQuery("INSERT INTO casino_moves(id) VALUES ($1)", [mark.id]),
            ])
    }

    func commit() throws { _ = try run(["COMMIT"]) }

    func close() { connection.close() }

    private func run(_ queries: [PostgreSQLQuery]) throws -> [PostgreSQLResult] {
        do {
            return try connection.run(queries, within: Self.limit)
        } catch {
            throw LedgerError(place: place, problem: .postgreSQL(error))
        }
    }
}
