import CKeepAliveSQLite

/// The text of SQL statements, compiled one after the other.
///
/// Not Sendable: it belongs to the call that made it.
final class Script {
    private let sql: String
    private let bytes: [CChar]
    private let connection: Connection
    private var position = 0

    /// Takes the text; throws `SQLITE_MISUSE` when it holds U+0000, at which SQLite would silently stop reading.
    init(_ sql: String, on connection: Connection) throws(SQLiteError) {
        guard !sql.utf8.contains(0) else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "the SQL holds a NUL character")
        }
        (self.sql, self.connection) = (sql, connection)
        bytes = Array(sql.utf8CString)
    }

    /// Compiles the only statement, which will be kept; throws when there is none, or more than one.
    func onlyStatement() throws(SQLiteError) -> Statement {
        guard let statement = try nextStatement(isKept: true) else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "there is no statement in the SQL", sql: sql)
        }
        // Text that does not compile is more SQL too.
        guard case .success(nil) = Result(catching: { () throws(SQLiteError) in try nextStatement() }) else {
            let message = "there is more SQL after the first statement"
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: message, sql: sql)
        }
        return statement
    }

    /// Compiles the next statement, or returns nil when only blanks, comments and semicolons are left.
    func nextStatement(isKept: Bool = false) throws(SQLiteError) -> Statement? {
        while true {
            // Otherwise blanks would become part of the statement's text.
            while position < bytes.count - 1, [9, 10, 12, 13, 32].contains(bytes[position]) { position += 1 }
            guard position < bytes.count - 1 else { return nil }
            let (statement, used) = try Statement.compile(
                bytes, from: position, on: connection, keptAs: isKept ? sql : nil)
            position += used
            // No statement and no progress would cause an endless loop.
            if statement != nil || used == 0 { return statement }
        }
    }
}
