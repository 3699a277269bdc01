import KeepAliveSQLite

/// The SQLite ledger that is moved. It stays locked against every other process meanwhile.
///
/// Not Sendable: it belongs to its migration.
final class SQLiteSource {
    let path: String
    private let database: Database

    /// Opens the file and locks it.
    ///
    /// - Throws: `LedgerError`; a file that is in use is busy.
    init(path: String) throws {
        self.path = path
        do {
            guard try DatabaseFile.inspect(path, for: SQLiteLedger.mark) != .new else {
                throw LedgerError(place: path, problem: .missing)
            }
            database = try Database(path: path, busyTimeout: .seconds(1))
            // A bot that runs has the file open, and so holds a lock that excludes this one.
            try database.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL")
            try database.transaction {}
            let findings = try database.query("PRAGMA quick_check(1)").compactMap { $0[0]?.textValue }
            guard findings == ["ok"] else {
                throw LedgerError(place: path, problem: .damaged(findings.first ?? "no answer"))
            }
            // As a bot's start does: the first edition had no replies. A marked file was complete when it was marked.
            if try MovedMark.read(database) == nil { try SQLiteLedger.upgrade(database) }
        } catch let error as DatabaseRefusal {
            throw LedgerError(place: path, problem: .refused(error))
        } catch let error as SQLiteError {
            throw LedgerError(place: path, problem: .sqlite(error))
        }
    }

    func close() { database.close() }

    func mark() throws -> MovedMark? { try guarded { try MovedMark.read(database) } }

    /// Marks the file, flushed to disk.
    func write(_ mark: MovedMark) throws {
        try guarded { try database.transaction { try mark.write(to: database) } }
    }

    func count(of table: LedgerTable) throws -> Int64 {
        try guarded { try database.firstInteger("SELECT count(*) FROM \(table.name)") ?? 0 }
    }

    /// The next rows of a table in the order of its key, as text.
    func rows(of table: LedgerTable, after key: Int64?, limit: Int) throws -> [[String?]] {
        let columns = table.columns.map(\.name).joined(separator: ", ")
        let place = key == nil ? "" : "WHERE \(table.key) > \(key ?? 0) "
        return try guarded {
            try database.query("SELECT \(columns) FROM \(table.name) \(place)ORDER BY \(table.key) LIMIT \(limit)")
                .map { row in row.values.map(Self.text) }
        }
    }

    /// One row of figures as text.
    func figures(_ sql: String) throws -> [String?] {
        try guarded { try database.query(sql).first.map { $0.values.map(Self.text) } ?? [] }
    }

    private static func text(_ value: Value) -> String? {
        switch value {
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        // PostgreSQL's texts hold no NUL.
        case .text(let text): text.replacing("\0", with: "\u{FFFD}")
        case .null, .blob: nil
        }
    }

    private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            throw LedgerError(place: path, problem: .sqlite(error))
        }
    }
}
