/// The compiled statements kept for use again, the least recently used one dropped when it is full.
///
/// Not Sendable: it belongs to its `Database`.
struct StatementCache {
    private struct Entry {
        let statement: Statement
        var lastUse: UInt64
    }

    private let capacity: Int
    // Keyed by bytes: Swift holds strings equal that differ in Unicode normalisation, SQLite does not.
    private var entries: [[UInt8]: Entry] = [:]
    private var clock: UInt64 = 0

    /// Makes an empty cache for up to `capacity` statements.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The number of statements held.
    var count: Int { entries.count }

    /// The statement compiled from this text, compiling it with `compile` when it is not held yet.
    mutating func statement(
        for sql: String, compile: (String) throws(SQLiteError) -> Statement
    ) throws(SQLiteError) -> Statement {
        clock &+= 1
        let key = [UInt8](sql.utf8)
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
