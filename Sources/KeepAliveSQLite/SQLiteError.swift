import CKeepAliveSQLite
import KeepAlivePlatform

/// Why SQLite, or this wrapper, failed.
///
/// A plain value: safe to use from any thread. "Result and Error Codes" in SQLite's documentation lists the codes. It
/// never contains bound values; `sql` contains the literals of the SQL text.
public struct SQLiteError: Error, Sendable, Hashable {
    /// The primary result code: the low 8 bits of `extendedCode`, such as 5 for `SQLITE_BUSY`.
    public let code: Int32
    /// The extended result code, such as 2067 for `SQLITE_CONSTRAINT_UNIQUE`; the primary code if there is no other.
    public let extendedCode: Int32
    /// What went wrong, in SQLite's own words (`sqlite3_errmsg`) or this wrapper's.
    public let message: String
    /// The text of the statement that failed, without the values bound to it, or nil when there was none.
    public let sql: String?
    /// The `errno` of the failed system call; 0 if there was none, or it is unknown.
    public let systemError: Int32

    /// Makes an error from an extended (or primary) result code; `code` derives from it.
    public init(extendedCode: Int32, message: String, sql: String? = nil, systemError: Int32 = 0) {
        self.code = extendedCode & 0xFF
        self.extendedCode = extendedCode
        self.message = message
        self.sql = sql
        self.systemError = systemError
    }

    init(extendedCode: Int32, of connection: Connection? = nil, sql: String? = nil) {
        // The connection reports its latest failure, which is not always the misuse.
        let latest = connection.flatMap { $0.lastCode == extendedCode ? $0.lastWords : nil }
        var message = latest ?? Connection.words(for: extendedCode)
        // SQLite keeps the errno of the last failed call too long, and a full disk has no errno of its own.
        let isOfSystem = [SQLITE_CANTOPEN, SQLITE_IOERR].contains(extendedCode & 0xFF)
        let systemError = isOfSystem ? connection?.lastSystemError ?? 0 : 0
        if systemError != 0 { message += ": \(Errno("sqlite", code: systemError).message)" }
        self.init(extendedCode: extendedCode, message: message, sql: sql, systemError: systemError)
    }

    /// Whether another connection held a lock for longer than the busy timeout: a later retry may work.
    ///
    /// True for `SQLITE_BUSY` and `SQLITE_LOCKED`.
    public var isBusy: Bool {
        code == SQLITE_BUSY || code == SQLITE_LOCKED
    }

    /// Whether a statement does not suit the database, for instance because a table or column that it names is missing.
    ///
    /// True for `SQLITE_ERROR`.
    public var isSchemaMismatch: Bool { code == SQLITE_ERROR }

    /// Whether the system is temporarily short of something: memory, descriptors, disk space.
    ///
    /// True for `SQLITE_NOMEM`, `FULL` and `IOERR`, and for `CANTOPEN` if a shortage made the system call fail.
    public var isShortage: Bool {
        switch code {
        case SQLITE_NOMEM, SQLITE_FULL, SQLITE_IOERR: true
        case SQLITE_CANTOPEN: Self.isShortage(systemError: systemError)
        default: false
        }
    }

    /// Whether an `errno` means a shortage and no other fault.
    static func isShortage(systemError: Int32) -> Bool {
        [ENOMEM, ENFILE, EMFILE, ENOSPC, EDQUOT, EAGAIN, EINTR, EIO, EBUSY, ENOBUFS, EFBIG, ETIMEDOUT].contains(
            systemError)
    }

    /// Whether the database is unusable until a person acts: a retry does not help.
    ///
    /// True for `SQLITE_CORRUPT`, `NOTADB`, `READONLY`, `PERM` and `AUTH`, and for `CANTOPEN` without a shortage: a
    /// damaged file, missing permissions.
    public var isUnusable: Bool {
        guard !isShortage else { return false }
        return switch code {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: true
        default: false
        }
    }
}

extension SQLiteError: CustomStringConvertible {
    /// The message, the extended code with its generic meaning, and the statement if there was one.
    public var description: String {
        let start = "SQLite error \(extendedCode) (\(Connection.words(for: extendedCode))): \(message)"
        return sql.map { "\(start) [\($0)]" } ?? start
    }
}
