import CKeepAliveSQLite
import KeepAlivePlatform

/// One connection to an SQLite database.
///
/// Not Sendable: it has one owner at a time, such as an actor or a `Mutex`. The connection is opened with
/// `SQLITE_OPEN_FULLMUTEX`, so moving it between threads is safe as long as one call ends before the next begins. Each
/// call works, and waits for locks, on the calling thread. Up to 64 statements of `run`, `query` and `firstInteger`
/// stay compiled, so pass values as parameters, not in the text. Every call after `close()` throws `SQLITE_MISUSE`.
public final class Database {
    private static let cachedStatements = 64

    private var connection: Connection?
    private var file: FileIdentity?
    private var statements = StatementCache(capacity: Database.cachedStatements)

    /// Opens the database file and creates a missing one unless `readOnly` (sqlite3_open_v2).
    ///
    /// - Parameters:
    ///   - path: The file's path, `":memory:"` for a database in memory, or `""` for a temporary one on disk.
    ///   - readOnly: Opens an existing file for reading only; writes then throw `SQLITE_READONLY`.
    ///   - busyTimeout: How long a call waits for another connection's lock before it throws `SQLITE_BUSY`
    ///     (sqlite3_busy_timeout). In whole milliseconds; zero or less does not wait.
    /// - Throws: `SQLiteError` when the file cannot be opened. SQLite reads the file only at the first statement, so
    ///   for a file that is no database, that statement throws `SQLITE_NOTADB`.
    public init(
        path: String, readOnly: Bool = false, busyTimeout: Duration = .seconds(5)
    ) throws(SQLiteError) {
        let access = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        connection = try Connection(path: path, access, busyTimeout: busyTimeout)
        file = path.isEmpty || path == ":memory:" ? nil : FileIdentity(path: path)
        if let file { OpenFiles.add(file) }
    }

    /// Opens a file that does not change meanwhile. It takes no lock, creates no file beside it and ignores an existing
    /// log (`immutable` in "Uniform Resource Identifiers" of SQLite's documentation).
    init(unchanging path: String) throws(SQLiteError) {
        let plain = path.utf8.map { byte in
            let isPlain =
                byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
            return isPlain
                ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
        let start = path.hasPrefix("/") ? "file://" : "file:"
        connection = try Connection(
            path: start + plain.joined() + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, busyTimeout: .zero)
    }

    /// Opens an in-memory copy of a database, for reading.
    init(image: [UInt8]) throws(SQLiteError) {
        var image = image
        // In memory there is no log: set the format of files without one (bytes 18 and 19).
        if image.count > 19 { (image[18], image[19]) = (1, 1) }
        let connection = try Connection(path: ":memory:", SQLITE_OPEN_READWRITE, busyTimeout: .zero)
        try connection.load(image)
        self.connection = connection
    }

    deinit {
        close()
    }

    /// Whether `close()` has been called.
    public var isClosed: Bool { connection == nil }

    /// The row ID of the latest row inserted on this connection, or 0 when there is none (sqlite3_last_insert_rowid).
    public var lastInsertedRowID: Int64 { connection?.lastInsertedRowID ?? 0 }

    /// How many rows the latest `INSERT`, `UPDATE` or `DELETE` changed, without triggers (sqlite3_changes).
    public var changes: Int { connection?.changes ?? 0 }

    /// Finalises all statements and closes the connection; an open transaction is rolled back.
    ///
    /// A second call has no effect. The deinitialiser closes too.
    public func close() {
        statements.removeAll()
        connection = nil
        if let file { OpenFiles.remove(file) }
        file = nil
    }

    /// Whether the file itself holds a program's mark now, regardless of this connection's cache.
    public func carriesMark(_ mark: DatabaseMark) -> Bool {
        connection?.readStart(count: DatabaseHeader.length)
            .flatMap(DatabaseHeader.init)?.applicationID == mark.applicationID
    }

    /// Makes `close` leave the log alone: its content must not go into a file that was replaced.
    public func keepLog() { connection?.keepLog() }

    /// Sets how long a call waits for another connection's lock from now on; see `init`.
    public func wait(forLocks busyTimeout: Duration) { connection?.wait(forLocks: busyTimeout) }

    /// Runs a script of any number of statements without parameters, and drops their rows.
    ///
    /// It stops at the first statement that fails. Earlier statements stay done, except if the script began a
    /// transaction, which then stays open. Wrap the call in `transaction` for all or nothing.
    /// - Throws: `SQLiteError`. Its `sql` is the failed statement; if that did not compile, its `sql` is the rest of
    ///   the script from there.
    public func execute(_ sql: String) throws(SQLiteError) {
        let script = try Script(sql, on: try open())
        while let statement = try script.nextStatement() { try statement.run(binding: []) }
    }

    /// Runs one statement with values for its parameters in their order, and drops any rows.
    ///
    /// - Throws: `SQLiteError`; also when `values` and parameters differ in number (`SQLITE_RANGE`), and when `sql`
    ///   holds no statement or more than one (`SQLITE_MISUSE`).
    public func run(_ sql: String, _ values: Value...) throws(SQLiteError) {
        try run(sql, values)
    }

    /// Runs one statement with an array of values; otherwise like the variant without an array.
    public func run(_ sql: String, _ values: [Value]) throws(SQLiteError) {
        try statement(for: sql).run(binding: values)
    }

    /// Runs one statement with values for its parameters in their order and returns all of its rows.
    ///
    /// All rows are held in memory: keep large results small with `LIMIT`.
    /// - Throws: As `run`.
    public func query(_ sql: String, _ values: Value...) throws(SQLiteError) -> [Row] {
        try query(sql, values)
    }

    /// Runs one statement with an array of values and returns its rows; otherwise like the variant without an array.
    public func query(_ sql: String, _ values: [Value]) throws(SQLiteError) -> [Row] {
        try statement(for: sql).rows(binding: values)
    }

    /// The integer in the first column of the first row, or nil when there is no row or it is `NULL`.
    ///
    /// - Throws: As `run`; also `SQLITE_MISMATCH` when the value is neither an integer nor `NULL`.
    public func firstInteger(_ sql: String, _ values: Value...) throws(SQLiteError) -> Int64? {
        try firstInteger(sql, values)
    }

    /// The first integer, given an array of values; otherwise like the variant without an array.
    public func firstInteger(_ sql: String, _ values: [Value]) throws(SQLiteError) -> Int64? {
        switch try query(sql, values).first?[0] {
        case nil, .null:
            return nil
        case .integer(let integer):
            return integer
        case .real, .text, .blob:
            let message = "the first column of the first row is not an integer"
            throw SQLiteError(extendedCode: SQLITE_MISMATCH, message: message, sql: sql)
        }
    }

    /// Runs `body` within a transaction, and keeps all of its changes; if it throws, none.
    ///
    /// It begins with `BEGIN IMMEDIATE`, so it waits for the write lock before `body`, not halfway through. If `body`
    /// throws or `COMMIT` fails, the transaction is rolled back. Transactions do not nest: an inner one throws
    /// `SQLITE_ERROR` before its body runs.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` threw, or `SQLiteError` when the transaction could not begin or be committed.
    public func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try run("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// The number of cached statements.
    var cachedStatementCount: Int { statements.count }

    /// The cached statement for this text, compiled when it is new.
    func statement(for sql: String) throws(SQLiteError) -> Statement {
        let connection = try open()
        return try statements.statement(for: sql) { (sql) throws(SQLiteError) in
            try Script(sql, on: connection).onlyStatement()
        }
    }

    private func rollBack() {
        // After some errors (such as a full disk) SQLite rolls back by itself; a second rollback would only fail.
        guard connection?.isInTransaction == true else { return }
        // The first error is thrown.
        try? run("ROLLBACK")
    }

    private func open() throws(SQLiteError) -> Connection {
        guard let connection else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "the database is closed")
        }
        return connection
    }
}
