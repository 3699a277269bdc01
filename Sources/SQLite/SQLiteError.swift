import CSQLite

/// What SQLite, or this wrapper on its behalf, refused to do.
///
/// A plain value: safe to use from any thread. Codes are those of "Result and Error Codes" in SQLite's
/// documentation. Bound values never appear in it; literals written into the SQL do, in `sql`.
public struct SQLiteError: Error, Sendable, Hashable {
    /// The primary result code: the low 8 bits of `extendedCode`, such as 5 for `SQLITE_BUSY`.
    public let code: Int32
    /// The extended result code, such as 2067 for `SQLITE_CONSTRAINT_UNIQUE`; the primary one if there is no other.
    public let extendedCode: Int32
    /// What went wrong, in SQLite's own words (`sqlite3_errmsg`) or this wrapper's.
    public let message: String
    /// The text of the statement that failed, without the values bound to it, or nil when there was none.
    public let sql: String?

    /// Makes an error from an extended (or primary) result code; `code` follows from it.
    public init(extendedCode: Int32, message: String, sql: String? = nil) {
        self.code = extendedCode & 0xFF
        self.extendedCode = extendedCode
        self.message = message
        self.sql = sql
    }

    init(extendedCode: Int32, database: OpaquePointer?, sql: String? = nil) {
        // errmsg speaks of the connection's latest failure, which a misuse does not always become.
        let isLatest = database.map { sqlite3_extended_errcode($0) == extendedCode } ?? false
        let text = isLatest ? sqlite3_errmsg(database) : sqlite3_errstr(extendedCode)
        self.init(extendedCode: extendedCode, message: text.map { String(cString: $0) } ?? "unknown error", sql: sql)
    }

    /// Whether another connection held a lock for longer than the busy timeout: trying again later may work.
    ///
    /// True for `SQLITE_BUSY` and `SQLITE_LOCKED`.
    public var isBusy: Bool {
        code == SQLITE_BUSY || code == SQLITE_LOCKED
    }

    /// Whether the database cannot be used until a person acts: trying again does not help.
    ///
    /// True for `SQLITE_CORRUPT`, `NOTADB`, `READONLY`, `CANTOPEN`, `FULL`, `IOERR`, `PERM` and `AUTH`: a damaged
    /// file, missing rights, a full or failing disk.
    public var isUnusable: Bool {
        switch code {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOERR,
            SQLITE_PERM, SQLITE_AUTH:
            true
        default:
            false
        }
    }
}

extension SQLiteError: CustomStringConvertible {
    /// The message, the extended code with its generic meaning, and the statement if there was one.
    public var description: String {
        let meaning = sqlite3_errstr(extendedCode).map { String(cString: $0) } ?? "unknown error"
        let start = "SQLite error \(extendedCode) (\(meaning)): \(message)"
        return sql.map { "\(start) [\($0)]" } ?? start
    }
}
