import CKeepAliveSQLite

/// One compiled statement, owned by the database's cache and finalised with this object.
///
/// Not Sendable: it belongs to its `Database` and shares that owner.
final class Statement {
    /// The text it was compiled from.
    let sql: String
    private let handle: OpaquePointer
    private let database: OpaquePointer

    /// Compiles the one statement in `sql`; throws when there is none, more than one, or it does not compile.
    static func compile(_ sql: String, on database: OpaquePointer) throws(SQLiteError) -> Statement {
        let script = try Script(sql)
        guard let first = try script.nextStatement(on: database, persistent: true) else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "there is no statement in the SQL", sql: sql)
        }
        let statement = Statement(sql: sql, handle: first, database: database)
        let extra: OpaquePointer?
        do {
            extra = try script.nextStatement(on: database, persistent: false)
        } catch {
            throw trailing(sql)
        }
        if let extra {
            sqlite3_finalize(extra)
            throw trailing(sql)
        }
        return statement
    }

    private static func trailing(_ sql: String) -> SQLiteError {
        SQLiteError(extendedCode: SQLITE_MISUSE, message: "there is more SQL after the first statement", sql: sql)
    }

    init(sql: String, handle: OpaquePointer, database: OpaquePointer) {
        self.sql = sql
        self.handle = handle
        self.database = database
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// The text with the values now bound in place of its parameters (sqlite3_expanded_sql), or nil without memory.
    var expandedSQL: String? {
        guard let text = sqlite3_expanded_sql(handle) else { return nil }
        defer { sqlite3_free(text) }
        return String(cString: text)
    }

    /// Runs the statement to its end with `values` bound and returns its rows; always leaves it reset and unbound.
    func rows(binding values: [Value]) throws(SQLiteError) -> [Row] {
        defer { clear() }
        try bind(values)
        var rows: [Row] = []
        var columns: [String] = []
        while try step() {
            // Only after the first step: a changed schema makes SQLite compile anew there, maybe to other columns.
            if rows.isEmpty {
                columns = columnNames()
            }
            var values: [Value] = []
            values.reserveCapacity(columns.count)
            for index in columns.indices {
                values.append(try value(at: Int32(index)))
            }
            rows.append(Row(columns: columns, values: values))
        }
        return rows
    }

    /// Runs the statement to its end with `values` bound, dropping any rows; always leaves it reset and unbound.
    func run(binding values: [Value]) throws(SQLiteError) {
        defer { clear() }
        try bind(values)
        while try step() {}
    }

    private func clear() {
        // reset returns the failure of the last step, which has been thrown already.
        _ = sqlite3_reset(handle)
        _ = sqlite3_clear_bindings(handle)
    }

    private func bind(_ values: [Value]) throws(SQLiteError) {
        let expected = Int(sqlite3_bind_parameter_count(handle))
        guard values.count == expected else {
            let message = "\(values.count) values were given for \(expected) parameters"
            throw SQLiteError(extendedCode: SQLITE_RANGE, message: message, sql: sql)
        }
        for (offset, value) in values.enumerated() {
            let code = bind(value, at: Int32(offset + 1))
            guard code == SQLITE_OK else {
                throw SQLiteError(extendedCode: code, database: database, sql: sql)
            }
        }
    }

    private func bind(_ value: Value, at index: Int32) -> Int32 {
        switch value {
        case .null:
            return sqlite3_bind_null(handle, index)
        case .integer(let integer):
            return sqlite3_bind_int64(handle, index, integer)
        case .real(let real):
            return sqlite3_bind_double(handle, index, real)
        case .text(var text):
            return text.withUTF8 { csqlite_bind_text(handle, index, $0.baseAddress, UInt64($0.count)) }
        case .blob(let bytes):
            return bytes.withUnsafeBytes { csqlite_bind_blob(handle, index, $0.baseAddress, UInt64($0.count)) }
        }
    }

    private func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteError(extendedCode: code, database: database, sql: sql)
        }
    }

    private func columnNames() -> [String] {
        (0..<max(0, sqlite3_column_count(handle))).map { index in
            sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        }
    }

    private func value(at index: Int32) throws(SQLiteError) -> Value {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER:
            return .integer(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT:
            return .real(sqlite3_column_double(handle, index))
        case SQLITE_TEXT:
            let text = sqlite3_column_text(handle, index)
            return .text(String(decoding: try bytes(of: text, at: index), as: UTF8.self))
        case SQLITE_BLOB:
            let blob = sqlite3_column_blob(handle, index)
            return .blob([UInt8](try bytes(of: blob, at: index)))
        default:
            return .null
        }
    }

    /// The bytes behind a column's pointer, asked for after it as sqlite3_column_bytes(3) demands.
    private func bytes(
        of pointer: UnsafeRawPointer?, at index: Int32
    ) throws(SQLiteError) -> UnsafeRawBufferPointer {
        let count = Int(sqlite3_column_bytes(handle, index))
        // A null pointer stands for an empty blob, and for text or blobs that memory ran out for.
        guard pointer != nil || sqlite3_errcode(database) != SQLITE_NOMEM else {
            throw SQLiteError(extendedCode: SQLITE_NOMEM, database: database, sql: sql)
        }
        return UnsafeRawBufferPointer(start: pointer, count: pointer == nil ? 0 : count)
    }
}
