/// A cache of compiled statements; when it is full, it drops the least recently used one.
///
/// Not Sendable: it belongs to its `Database`.
struct StatementCache {
    private struct Entry {
        let statement: Statement
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [Text: Entry] = [:]
    private var clock: UInt64 = 0

    /// Compares SQL by its bytes: Swift treats strings in different Unicode normalisations as equal, SQLite does not.
    private struct Text: Hashable {
        private var sql: String

        init(_ sql: String) {
            self.sql = sql
            // Allows comparing all bytes at once: one by one took a quarter of a writer's time.
            self.sql.makeContiguousUTF8()
        }

        static func == (left: Text, right: Text) -> Bool {
            unsafe left.withBytes { one in unsafe right.withBytes { unsafe one.elementsEqual($0) } }
        }

        func hash(into hasher: inout Hasher) {
            unsafe withBytes { unsafe hasher.combine(bytes: $0) }
        }

        private func withBytes<Result>(_ use: (UnsafeRawBufferPointer) -> Result) -> Result {
            unsafe sql.utf8.withContiguousStorageIfAvailable { unsafe use(UnsafeRawBufferPointer($0)) }
                ?? use(.init(start: nil, count: 0))
        }
    }

    /// Makes an empty cache for up to `capacity` statements.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The number of statements held.
    var count: Int { entries.count }

    /// The statement compiled from this text; if it is not cached yet, `compile` makes it.
    mutating func statement(
        for sql: String, compile: (String) throws(SQLiteError) -> Statement
    ) throws(SQLiteError) -> Statement {
        clock &+= 1
        let key = Text(sql)
        if let entry = entries[key] {
            entries[key]?.lastUse = clock
            return entry.statement
        }
        let statement = try compile(sql)
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
        entries[key] = Entry(statement: statement, lastUse: clock)
        return statement
    }

    /// Drops all statements, which finalises them.
    mutating func removeAll() {
        entries.removeAll()
    }
}
