import KeepAliveKit
import SQLite

/// The casino's books.
///
/// Guarantee: the effects of an update, its id and the replies to it are committed in one transaction, flushed to the disk.
/// A process killed at any moment has either applied the update as a whole or not at all; and one that is delivered
/// again is recognised by its id. So the balances always equal the sums of the entries.
///
/// What it cannot promise: that a reply is sent only once. A kill between sending and noting that it was sent sends it again.
actor Ledger {
    private let path: String
    private let database: Database
    private var lastLocalUpdate: Int64 = 0

    /// Opens the database, checks it, and makes its tables.
    ///
    /// - Throws: `LedgerError`.
    init(path: String) throws {
        self.path = path
        database = try Self.open(path)
    }

    private static func open(_ path: String) throws -> sending Database {
        do {
            let database = try Database(path: path)
            // Before anything is written: a damaged file must not be damaged further.
            let findings = try database.query("PRAGMA quick_check(1)").compactMap { $0[0]?.textValue }
            guard findings == ["ok"] else {
                throw LedgerError(path: path, problem: .damaged(findings.first ?? "no answer"))
            }
            try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
            try database.transaction { try database.execute(schema) }
            return database
        } catch let error as SQLiteError {
            throw LedgerError(path: path, problem: .sqlite(error))
        }
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
            chat_id INTEGER, text TEXT, extra TEXT, created_at TEXT NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS accounts_by_balance ON accounts(balance);
        """

    /// Closes the database, which puts everything into its one file. Every later call throws.
    func close() {
        database.close()
    }

    /// Throws when the database cannot be read.
    func ping() throws {
        try guarded { _ = try database.firstInteger("SELECT count(*) FROM (SELECT 1 FROM updates LIMIT 1)") }
    }

    // MARK: Updates

    /// Applies one update; nil when it had been applied before.
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
                for reply in effects.replies { try keep(reply, update: update.updateID) }
                return effects
            }
        }
    }

    /// Notes an update that means nothing to the casino, so that it is done with.
    func skip(_ updateID: Int64) throws {
        try guarded { try database.transaction { _ = try accept(updateID) } }
    }

    /// An id for an update that does not come from Telegram: negative, since Telegram's are positive.
    func nextLocalUpdate() throws -> Int64 {
        let least = try guarded {
            try database.firstInteger("SELECT min(coalesce(min(update_id), 0), 0) FROM updates") ?? 0
        }
        // Whoever asked before may not have applied theirs yet.
        lastLocalUpdate = min(least, lastLocalUpdate) - 1
        return lastLocalUpdate
    }

    private func accept(_ updateID: Int64) throws -> Bool {
        try database.run(
            "INSERT OR IGNORE INTO updates(update_id, processed_at) VALUES(?, \(Self.now))", .integer(updateID))
        return database.changes == 1
    }

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
        else { throw LedgerError(path: path, problem: .impossible("an account is missing")) }
        // SQLite's own date functions; a wall clock set back makes the wait a day at most.
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

    // MARK: Replies

    /// A reply that waits to be sent.
    struct Pending: Equatable, Sendable {
        let id: Int64
        let reply: Reply
    }

    /// The oldest replies that were not sent yet.
    func pendingReplies(limit: Int = 50) throws -> [Pending] {
        while true {
            let (found, isAll) = try readReplies(limit: limit)
            // Where none of them could be read, those behind them are looked at.
            if !found.isEmpty || isAll { return found }
        }
    }

    private func readReplies(limit: Int) throws -> (found: [Pending], isAll: Bool) {
        try guarded {
            let rows = try database.query(
                "SELECT id, kind, chat_id, text, extra FROM replies ORDER BY id LIMIT ?", .integer(Int64(limit)))
            let found = try rows.compactMap { row -> Pending? in
                guard let id = row["id"]?.integerValue else { return nil }
                let chat = row["chat_id"]?.integerValue
                let text = row["text"]?.textValue
                switch (row["kind"]?.textValue, chat, text) {
                case ("message", let chat?, let text?):
                    return Pending(id: id, reply: .message(chat: chat, text: text, again: row["extra"]?.textValue))
                case ("dice", let chat?, _): return Pending(id: id, reply: .dice(chat: chat))
                case ("callback", _, let text?): return Pending(id: id, reply: .answerCallback(id: text))
                default:
                    // Nobody could ever send it, and it would hold up those behind it.
                    try database.run("DELETE FROM replies WHERE id = ?", .integer(id))
                    return nil
                }
            }
            return (found, rows.isEmpty)
        }
    }

    /// A reply was sent, or can never be.
    func settle(_ id: Int64) throws {
        try guarded { try database.run("DELETE FROM replies WHERE id = ?", .integer(id)) }
    }

    /// A group became a supergroup: what waits for its old chat goes to the new one.
    func migrate(from old: Int64, to new: Int64) throws {
        try guarded {
            try database.run("UPDATE replies SET chat_id = ? WHERE chat_id = ?", .integer(new), .integer(old))
        }
    }

    private func keep(_ reply: Reply, update: Int64) throws {
        let kind: String
        var chat = Value.null
        var text = Value.null
        var extra = Value.null
        switch reply {
        case .message(let id, let words, let again):
            kind = "message"
            chat = .integer(id)
            text = .text(words)
            extra = again.map(Value.text) ?? .null
        case .dice(let id):
            kind = "dice"
            chat = .integer(id)
        case .answerCallback(let id):
            kind = "callback"
            text = .text(id)
        }
        try database.run(
            """
            INSERT INTO replies(update_id, kind, chat_id, text, extra, created_at) VALUES(?, ?, ?, ?, ?, \(Self.now))
            """, .integer(update), .text(kind), chat, text, extra)
    }

    /// UTC with milliseconds, as SQLite's date functions write and read it.
    private static let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

    private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            throw LedgerError(path: path, problem: .sqlite(error))
        }
    }
}
