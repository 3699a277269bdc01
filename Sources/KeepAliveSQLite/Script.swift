import CKeepAliveSQLite

/// The text of one or more SQL statements, compiled one after the other.
///
/// Not Sendable: it belongs to the call that made it.
final class Script {
    private let bytes: [CChar]
    private var position = 0

    /// Takes the text; throws `SQLITE_MISUSE` when it holds U+0000, at which SQLite would silently stop reading.
    init(_ sql: String) throws(SQLiteError) {
        guard !sql.utf8.contains(0) else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "the SQL holds a NUL character")
        }
        bytes = Array(sql.utf8CString)
    }

    /// The text not compiled yet.
    var rest: String {
        String(decoding: bytes[position..<(bytes.count - 1)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Skips blanks, which would otherwise become part of the next statement's text.
    private func skipBlanks() {
        while position < bytes.count - 1, [9, 10, 12, 13, 32].contains(bytes[position]) {
            position += 1
        }
    }

    /// Compiles the next statement, which the caller must finalise, or returns nil when only blanks, comments and
    /// semicolons are left.
    func nextStatement(on database: OpaquePointer, persistent: Bool) throws(SQLiteError) -> OpaquePointer? {
        let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        while true {
            skipBlanks()
            guard position < bytes.count - 1 else { return nil }
            var statement: OpaquePointer?
            var used = 0
            let code = bytes.withUnsafeBufferPointer { buffer -> Int32 in
                guard let start = buffer.baseAddress.map({ $0 + position }) else { return SQLITE_NOMEM }
                let count = buffer.count - position
                guard count <= Int(Int32.max) else { return SQLITE_TOOBIG }
                var tail: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(database, start, Int32(count), flags, &statement, &tail)
                used = tail.map { $0 - start } ?? 0
                return code
            }
            guard code == SQLITE_OK else {
                throw SQLiteError(extendedCode: code, database: database, sql: rest)
            }
            position += used
            if let statement { return statement }
            // No statement and no progress would loop for ever.
            if used == 0 { return nil }
        }
    }
}
