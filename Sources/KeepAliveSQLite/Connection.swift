import CKeepAliveSQLite

/// One connection to SQLite, shared by its database and its statements, and closed with the last of them.
///
/// Not Sendable: it shares the owner of its `Database`.
@safe final class Connection {
    let raw: OpaquePointer

    /// Opens a database (sqlite3_open_v2).
    init(path: String, _ access: Int32, busyTimeout: Duration) throws(SQLiteError) {
        guard !path.utf8.contains(0) else {
            throw SQLiteError(extendedCode: SQLITE_CANTOPEN, message: "the path holds a NUL character")
        }
        var handle: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_FULLMUTEX, nil)
        // A failed open usually still returns a connection, which holds the extended code and the message.
        guard let handle = unsafe handle else { throw SQLiteError(extendedCode: code) }
        unsafe raw = handle
        guard code == SQLITE_OK else { throw SQLiteError(extendedCode: lastCode, of: self) }
        _ = unsafe sqlite3_extended_result_codes(raw, 1)
        wait(forLocks: busyTimeout)
    }

    deinit {
        // close_v2 always succeeds: with a living statement, it keeps the connection as a zombie.
        _ = unsafe sqlite3_close_v2(raw)
    }

    var lastInsertedRowID: Int64 { unsafe sqlite3_last_insert_rowid(raw) }
    var changes: Int { unsafe Int(sqlite3_changes(raw)) }
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(raw) == 0 }

    /// The extended code of the latest failure, its words, and the errno of the last system call that failed.
    var lastCode: Int32 { unsafe sqlite3_extended_errcode(raw) }
    var lastWords: String { unsafe String(cString: sqlite3_errmsg(raw)) }
    var lastSystemError: Int32 { unsafe sqlite3_system_errno(raw) }

    /// SQLite's words for a code (sqlite3_errstr).
    static func words(for code: Int32) -> String {
        unsafe sqlite3_errstr(code).map { unsafe String(cString: $0) } ?? "unknown error"
    }

    func wait(forLocks busyTimeout: Duration) {
        let milliseconds = min(max(0, busyTimeout / .milliseconds(1)), Double(Int32.max))
        _ = unsafe sqlite3_busy_timeout(raw, Int32(milliseconds))
    }

    func keepLog() { unsafe csqlite_keep_log(raw) }

    /// Replaces an empty in-memory database by a copy of a database file, for reading.
    func load(_ image: [UInt8]) throws(SQLiteError) {
        guard let copy = unsafe sqlite3_malloc64(UInt64(image.count)) else {
            throw SQLiteError(extendedCode: SQLITE_NOMEM)
        }
        unsafe image.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(start: copy, count: image.count).copyMemory(from: bytes)
        }
        let flags = UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY)
        let (bytes, count) = unsafe (copy.assumingMemoryBound(to: UInt8.self), Int64(image.count))
        let code = unsafe sqlite3_deserialize(raw, "main", bytes, count, count, flags)
        guard code == SQLITE_OK else { throw SQLiteError(extendedCode: code, of: self) }
    }

    /// The first bytes of the file itself, through SQLite's own descriptor: closing another descriptor would drop this
    /// process's locks (fcntl(2)).
    func readStart(count: Int) -> [UInt8]? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard unsafe sqlite3_file_control(raw, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK,
            let file = unsafe file, let read = unsafe file.pointee.pMethods?.pointee.xRead
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return unsafe read(file, &bytes, Int32(count), 0) == SQLITE_OK ? bytes : nil
    }
}
