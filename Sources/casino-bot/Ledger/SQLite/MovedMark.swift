import KeepAliveSQLite

/// Marks an SQLite ledger that was moved to PostgreSQL, so that no bot goes on with it.
struct MovedMark: Equatable, Sendable {
    /// The file's schema version then: earlier versions of casino-bot refuse the file by it.
    static let version: Int64 = 2

    /// Identifies the move in both databases.
    var id: String
    /// Where it was moved to; no password.
    var target: String
    /// Whether the move is known to be complete. Otherwise the target tells: it has the id, or nothing.
    var isComplete: Bool

    /// The file's mark; nil if it was never moved.
    static func read(_ database: Database) throws(SQLiteError) -> MovedMark? {
        guard try database.firstInteger("PRAGMA user_version") == version,
            let row = try database.query("SELECT id, target, complete FROM moved").first,
            let id = row[0]?.textValue, let target = row[1]?.textValue
        else { return nil }
        return MovedMark(id: id, target: target, isComplete: row[2]?.integerValue == 1)
    }

    /// Writes the mark within the caller's transaction.
    func write(to database: Database) throws(SQLiteError) {
        try database.execute(
            "CREATE TABLE IF NOT EXISTS moved(id TEXT NOT NULL, target TEXT NOT NULL, complete INTEGER NOT NULL) STRICT"
        )
        try database.run("DELETE FROM moved")
        try database.run(
            "INSERT INTO moved(id, target, complete) VALUES(?, ?, ?)", .text(id), .text(target),
            .integer(isComplete ? 1 : 0))
        try database.execute("PRAGMA user_version = \(Self.version)")
    }
}
