import KeepAliveKit
import KeepAliveSQLite

/// The casino's books in an SQLite file.
actor SQLiteLedger: Ledger {
    private let path: String
    let database: Database
    private var file: LedgerFile?
    private let executor = LedgerExecutor()
    private var lastLocalUpdate: Int64 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Opens the database, checks it, and makes its tables.
    ///
    /// - Throws: `LedgerError`.
    init(path: String) throws {
        self.path = path
        let database = try Self.open(path)
        file = LedgerFile(path: path, database)
        self.database = database
    }

    private static func open(_ path: String) throws -> sending Database {
        do {
            let isNew = try prepare(path)
            let database = try Database(path: path)
            // Before any write: a damaged file must not be damaged further.
            let findings = try database.query("PRAGMA quick_check(1)").compactMap { $0[0]?.textValue }
            guard findings == ["ok"] else {
                throw LedgerError(place: path, problem: .damaged(findings.first ?? "no answer"))
            }
            if let moved = try MovedMark.read(database) {
                throw LedgerError(place: path, problem: .moved(to: moved.target, isComplete: moved.isComplete))
            }
            // First, before there is a log: after a kill the mark still identifies the file.
            if isNew { try database.execute("PRAGMA application_id = \(mark.applicationID)") }
            try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
            try upgrade(database)
            return database
        } catch let error as DatabaseRefusal {
            throw LedgerError(place: path, problem: .refused(error))
        } catch let error as SQLiteError {
            throw LedgerError(place: path, problem: .sqlite(error))
        }
    }

    /// Makes the tables and columns that the file lacks, because it is new or an earlier version wrote it.
    static func upgrade(_ database: Database) throws {
        try database.transaction {
            try database.execute(schema)
            // Tables of an earlier version have no topics and no times.
            for column in ["topic_id", "not_before"] {
                let found = try database.query(
                    "SELECT 1 FROM pragma_table_info('replies') WHERE name = ?", .text(column))
                if found.isEmpty { try database.execute("ALTER TABLE replies ADD COLUMN \(column) INTEGER") }
            }
            try database.execute(
                "PRAGMA application_id = \(mark.applicationID); PRAGMA user_version = \(schemaVersion)")
        }
    }

    private static let schemaVersion: Int64 = 1

    /// The mark of a ledger's file.
    static let mark = DatabaseMark(
        applicationID: DatabaseMark.ledgerID, version: MovedMark.version,
        earlierTables: [
            "accounts": ["user_id", "balance"], "entries": ["update_id", "user_id", "amount", "reason"],
            "updates": ["update_id"],
        ])

    /// Checks before any write whether the file is a ledger, or may become one, and makes it readable for its owner and
    /// group alone. Returns whether it has no tables yet.
    private static func prepare(_ path: String) throws -> Bool {
        guard path != ":memory:" else { return true }
        let kind = try DatabaseFile.inspect(path, for: mark)
        _ = try DatabaseFile.prepare(path, mode: kind == .new ? 0o600 : 0o640)
        return kind == .new
    }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS accounts(
            user_id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK(balance >= 0)) STRICT;
        CREATE TABLE IF NOT EXISTS entries(
            id INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL, user_id INTEGER NOT NULL,
            amount INTEGER NOT NULL, reason TEXT NOT NULL, timestamp TEXT NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS entries_by_user ON entries(user_id, reason, id);
        CREATE TABLE IF NOT EXISTS updates(update_id INTEGER PRIMARY KEY, processed_at TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS replies(
            id INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL, kind TEXT NOT NULL,
            chat_id INTEGER, text TEXT, extra TEXT, created_at TEXT NOT NULL, topic_id INTEGER,
            not_before INTEGER) STRICT;
        CREATE INDEX IF NOT EXISTS accounts_by_balance ON accounts(balance);
        CREATE INDEX IF NOT EXISTS updates_by_time ON updates(processed_at);
        """

    /// The file is open already.
    func open() {}

    /// One process has the file's lock, so nothing has to be fenced.
    func checkFence() {}

    /// After a loss each check carries over what was written since the last one, so that a kill loses only what follows.
    func checkFile() throws {
        do {
            try file?.check()
        } catch {
            try? database.execute("PRAGMA wal_checkpoint")
            throw error
        }
    }

    /// Closes the database, which merges everything into its one file. Every later call throws.
    func close() {
        // The log is deleted now.
        file = nil
        database.close()
    }

    func ping() throws {
        try guarded { _ = try database.firstInteger("SELECT count(*) FROM (SELECT 1 FROM updates LIMIT 1)") }
    }

    // MARK: Updates

    func apply(
        _ update: Incoming, by casino: Casino, healthLine: @Sendable () -> String
    ) throws -> Casino.Effects? {
        try guarded {
            try database.transaction {
                guard try accept(update.updateID) else { return nil }
                let isNew = try open(account: update.userID, by: update.updateID)
                var random = SystemRandomNumberGenerator()
                let effects = try casino.effects(
                    of: update, player: try player(update.userID, isNew: isNew), overview: overview,
                    healthLine: healthLine, using: &random)
                for entry in effects.entries { try book(entry, for: update.userID, update: update.updateID) }
                for reply in effects.replies { try keep(reply, of: update) }
                return effects
            }
        }
    }

    func skip(_ updateID: Int64) throws {
        try guarded { try database.transaction { _ = try accept(updateID) } }
    }

    func nextLocalUpdate() throws -> Int64 {
        let least = try guarded {
            // Ids of updates are forgotten, but the ids of their entries are kept.
            try database.firstInteger(
                lastLocalUpdate < 0
                    ? "SELECT min(coalesce(min(update_id), 0), 0) FROM updates"
                    : """
                    SELECT min(coalesce(min(update_id), 0), 0)
                    FROM (SELECT update_id FROM updates UNION ALL SELECT update_id FROM entries)
                    """) ?? 0
        }
        // An earlier caller may not have applied its update yet.
        lastLocalUpdate = min(least, lastLocalUpdate) - 1
        return lastLocalUpdate
    }

    /// Records an update as processed; false if it was processed before and is redelivered.
    ///
    /// Telegram keeps an update for 24 hours. After a week without updates it picks the next id at random, so an older
    /// id may belong to another update.
    private func accept(_ updateID: Int64) throws -> Bool {
        try database.run(
            """
            INSERT INTO updates(update_id, processed_at) VALUES(?, \(Self.now))
            ON CONFLICT(update_id) DO UPDATE SET processed_at = excluded.processed_at WHERE processed_at < \(Self.horizon)
            """, .integer(updateID))
        return database.changes == 1
    }

    func forgetOldUpdates() throws {
        try guarded {
            try database.run(
                """
                DELETE FROM updates WHERE update_id IN (
                    SELECT update_id FROM updates WHERE processed_at < \(Self.horizon) ORDER BY processed_at LIMIT 1000)
                """)
        }
    }

    /// How long an id is kept: twice as long as Telegram keeps an update.
    private static let horizon = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-48 hours')"

    private func open(account user: Int64, by updateID: Int64) throws -> Bool {
        try database.run("INSERT OR IGNORE INTO accounts(user_id, balance) VALUES(?, 0)", .integer(user))
        guard database.changes == 1 else { return false }
        try book(Casino.Entry(amount: Casino.startBalance, reason: "start"), for: user, update: updateID)
        return true
    }

    private func book(_ entry: Casino.Entry, for user: Int64, update: Int64) throws {
        try database.run(
            "INSERT INTO entries(update_id, user_id, amount, reason, timestamp) VALUES(?, ?, ?, ?, \(Self.now))",
            .integer(update), .integer(user), .integer(entry.amount), .text(entry.reason))
        try database.run(
            "UPDATE accounts SET balance = balance + ? WHERE user_id = ?", .integer(entry.amount), .integer(user))
    }

    private func player(_ user: Int64, isNew: Bool) throws -> Casino.Player {
        guard let balance = try database.firstInteger("SELECT balance FROM accounts WHERE user_id = ?", .integer(user))
        else { throw LedgerError(place: path, problem: .impossible("an account is missing")) }
        // SQLite's own date functions; after a wall clock was set back, the wait is at most a day.
        let due = try database.firstInteger(
            """
            SELECT min(86400, max(0, 86400 - (unixepoch('now') - unixepoch(timestamp))))
            FROM entries WHERE user_id = ? AND reason = 'bonus' ORDER BY id DESC LIMIT 1
            """, .integer(user))
        return Casino.Player(balance: balance, bonusDueIn: due ?? 0, isNew: isNew)
    }

    private func overview() throws -> Casino.Overview {
        func count(_ sql: String) throws -> Int64 { try database.firstInteger(sql) ?? 0 }
        let top = try database.query("SELECT user_id, balance FROM accounts ORDER BY balance DESC, user_id LIMIT 10")
        return Casino.Overview(
            players: try count("SELECT count(*) FROM accounts"), entries: try count("SELECT count(*) FROM entries"),
            updates: try count("SELECT count(*) FROM updates"),
            // total() is a float: a sum of integers could overflow.
            coins: Int64(exactly: try count("SELECT CAST(total(balance) AS INTEGER) FROM accounts")) ?? .max,
            top: top.compactMap { row in
                guard let user = row[0]?.integerValue, let balance = row[1]?.integerValue else { return nil }
                return (user, balance)
            })
    }

    /// UTC with milliseconds, in the format of SQLite's date functions.
    static let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

    func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            throw LedgerError(place: path, problem: .sqlite(error))
        }
    }
}
