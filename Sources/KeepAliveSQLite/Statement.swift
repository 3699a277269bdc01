import CKeepAliveSQLite

/// One compiled statement, owned by the database's cache and finalised with this object.
///
/// Not Sendable: it belongs to its `Database` and shares that owner.
@safe final class Statement {
    /// The text it was compiled from.
    let sql: String
    private let raw: OpaquePointer
    private let connection: Connection

    /// Compiles the first statement of a zero-terminated text, from a position on (sqlite3_prepare_v3).
    ///
    /// - Parameter text: the statement's cache key, if it will be kept.
    /// - Returns: the statement, nil if there is none, and how many bytes it took.
    static func compile(
        _ bytes: [CChar], from position: Int, on connection: Connection, keptAs text: String?
    ) throws(SQLiteError) -> (statement: Statement?, used: Int) {
        var raw: OpaquePointer?
        var used = 0
        let flags = text == nil ? 0 : UInt32(SQLITE_PREPARE_PERSISTENT)
        let code = unsafe bytes[position...].withUnsafeBufferPointer { rest in
            guard rest.count <= Int(Int32.max) else { return SQLITE_TOOBIG }
            var tail: UnsafePointer<CChar>?
            let code = unsafe sqlite3_prepare_v3(
                connection.raw, rest.baseAddress, Int32(rest.count), flags, &raw, &tail)
            if let tail = unsafe tail, let start = rest.baseAddress { used = unsafe tail - start }
            return code
        }
        guard code == SQLITE_OK else {
            let rest = bytes[position...].dropLast().map { UInt8(bitPattern: $0) }
            throw SQLiteError(extendedCode: code, of: connection, sql: String(decoding: rest, as: UTF8.self))
        }
        guard let raw = unsafe raw else { return (nil, used) }
        return unsafe (Statement(text ?? String(cString: sqlite3_sql(raw)), raw, connection), used)
    }

    private init(_ sql: String, _ raw: OpaquePointer, _ connection: Connection) {
        self.sql = sql
        unsafe self.raw = raw
        self.connection = connection
    }

    deinit {
        unsafe sqlite3_finalize(raw)
    }

    /// The text with the bound values instead of its parameters (sqlite3_expanded_sql), or nil without memory.
    var expandedSQL: String? {
        guard let text = unsafe sqlite3_expanded_sql(raw) else { return nil }
        defer { unsafe sqlite3_free(text) }
        return unsafe String(cString: text)
    }

    /// Binds `values`, runs the statement to its end and returns its rows; always leaves it reset and unbound.
    func rows(binding values: [Value]) throws(SQLiteError) -> [Row] {
        defer { clear() }
        try bind(values)
        var rows: [Row] = []
        var columns: [String] = []
        while try step() {
            // Only after the first step: after a schema change SQLite recompiles there, maybe with other columns.
            if rows.isEmpty { columns = columnNames() }
            rows.append(
                Row(
                    columns: columns,
                    values: try columns.indices.map { (index) throws(SQLiteError) in try value(at: Int32(index)) }))
        }
        return rows
    }

    /// Binds `values`, runs the statement to its end and drops any rows; always leaves it reset and unbound.
    func run(binding values: [Value]) throws(SQLiteError) {
        defer { clear() }
        try bind(values)
        while try step() {}
    }

    private func clear() {
        // reset returns the failure of the last step, which was thrown already.
        _ = unsafe sqlite3_reset(raw)
        _ = unsafe sqlite3_clear_bindings(raw)
    }

    private func bind(_ values: [Value]) throws(SQLiteError) {
        let expected = unsafe Int(sqlite3_bind_parameter_count(raw))
        guard values.count == expected else {
            let message = "\(values.count) values were given for \(expected) parameters"
            throw SQLiteError(extendedCode: SQLITE_RANGE, message: message, sql: sql)
        }
        for (offset, value) in values.enumerated() {
            let code = bind(value, at: Int32(offset + 1))
            guard code == SQLITE_OK else {
                throw SQLiteError(extendedCode: code, of: connection, sql: sql)
            }
        }
    }

    private func bind(_ value: Value, at index: Int32) -> Int32 {
        switch value {
        case .null: return unsafe sqlite3_bind_null(raw, index)
        case .integer(let integer): return unsafe sqlite3_bind_int64(raw, index, integer)
        case .real(let real): return unsafe sqlite3_bind_double(raw, index, real)
        case .text(var text):
            return text.withUTF8 { unsafe csqlite_bind_text(raw, index, $0.baseAddress, UInt64($0.count)) }
        case .blob(let bytes): return unsafe csqlite_bind_blob(raw, index, bytes, UInt64(bytes.count))
        }
    }

    private func step() throws(SQLiteError) -> Bool {
        let code = unsafe sqlite3_step(raw)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteError(extendedCode: code, of: connection, sql: sql)
        }
    }

    private func columnNames() -> [String] {
        unsafe (0..<max(0, sqlite3_column_count(raw))).map { index in
            unsafe sqlite3_column_name(raw, index).map { unsafe String(cString: $0) } ?? ""
        }
    }

    private func value(at index: Int32) throws(SQLiteError) -> Value {
        switch unsafe sqlite3_column_type(raw, index) {
        case SQLITE_INTEGER: return unsafe .integer(sqlite3_column_int64(raw, index))
        case SQLITE_FLOAT: return unsafe .real(sqlite3_column_double(raw, index))
        case SQLITE_TEXT:
            let text = unsafe UnsafeRawPointer(sqlite3_column_text(raw, index))
            return unsafe .text(String(decoding: try bytes(of: text, at: index), as: UTF8.self))
        case SQLITE_BLOB: return unsafe .blob([UInt8](try bytes(of: sqlite3_column_blob(raw, index), at: index)))
        default: return .null
        }
    }

    /// The bytes behind a column's pointer; their count is read after it, as sqlite3_column_bytes(3) requires.
    private func bytes(
        of pointer: UnsafeRawPointer?, at index: Int32
    ) throws(SQLiteError) -> UnsafeRawBufferPointer {
        let count = unsafe Int(sqlite3_column_bytes(raw, index))
        // A null pointer means an empty blob, or that memory ran out for text or blob.
        guard unsafe pointer != nil || connection.lastCode & 0xFF != SQLITE_NOMEM else {
            throw SQLiteError(extendedCode: SQLITE_NOMEM, of: connection, sql: sql)
        }
        return unsafe UnsafeRawBufferPointer(start: pointer, count: pointer == nil ? 0 : count)
    }
}
