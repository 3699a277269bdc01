import KeepAliveSQLite

/// The queued replies: written with the update they answer, deleted once Telegram has taken them.
extension Ledger {
    /// A queued reply.
    struct Pending: Equatable, Sendable {
        let id: Int64
        let reply: Reply
    }

    /// The oldest unsent replies.
    func pendingReplies(limit: Int = 50) throws -> [Pending] {
        while true {
            let (found, isAll) = try readReplies(limit: limit)
            // If none of them could be read, look at the next ones.
            if !found.isEmpty || isAll { return found }
        }
    }

    private func readReplies(limit: Int) throws -> (found: [Pending], isAll: Bool) {
        try guarded {
            let rows = try database.query(
                "SELECT * FROM replies ORDER BY id LIMIT ?", .integer(Int64(limit)))
            return (try rows.compactMap(read), rows.isEmpty)
        }
    }

    /// Parses a reply from its row; nil if it can never be sent. Such a reply is deleted: it would block the next ones.
    private func read(_ row: Row) throws -> Pending? {
        guard let id = row["id"]?.integerValue else { return nil }
        let chat = row["chat_id"]?.integerValue
        let text = row["text"]?.textValue
        let topic = row["topic_id"]?.integerValue
        switch (row["kind"]?.textValue, chat, text) {
        case ("message", let chat?, let text?):
            return Pending(
                id: id, reply: .message(chat: chat, topic: topic, text: text, again: row["extra"]?.textValue))
        case ("dice", let chat?, _): return Pending(id: id, reply: .dice(chat: chat, topic: topic))
        case ("callback", _, let text?): return Pending(id: id, reply: .answerCallback(id: text))
        default:
            try database.run("DELETE FROM replies WHERE id = ?", .integer(id))
            return nil
        }
    }

    /// The replies added after a given one, oldest first: their ids, their chats, and their remaining wait. After a
    /// wall clock was set back, that wait is at most a day.
    func waitingReplies(after id: Int64) throws -> [(id: Int64, chat: Int64?, wait: Duration)] {
        try guarded {
            try database.query(
                """
                SELECT id, chat_id, min(86400, max(0, not_before - unixepoch('now'))) FROM replies WHERE id > ? ORDER BY id
                """, .integer(id)
            )
            .compactMap { row in
                row[0]?.integerValue.map { ($0, row[1]?.integerValue, .seconds(row[2]?.integerValue ?? 0)) }
            }
        }
    }

    /// Telegram asked to wait before sending to this reply's chat; the wait also binds the next process.
    func delay(_ id: Int64, to chat: Int64?, by time: Duration) throws {
        try guarded {
            try database.run(
                "UPDATE replies SET not_before = unixepoch('now') + 1 + ? WHERE id = ? AND chat_id IS ?",
                .integer(time.components.seconds), .integer(id), chat.map(Value.integer) ?? .null)
        }
    }

    /// A queued reply; nil if it no longer waits.
    func reply(_ id: Int64) throws -> Reply? {
        try guarded {
            try database.query("SELECT * FROM replies WHERE id = ?", .integer(id)).first.flatMap(read)?.reply
        }
    }

    /// How many replies wait, since when the oldest waits (ISO 8601) and for how many seconds; nil if none waits.
    func backlog() throws -> (count: Int64, since: String, seconds: Int64)? {
        try guarded {
            let row = try database.query(
                "SELECT count(*), min(created_at), unixepoch('now') - unixepoch(min(created_at)) FROM replies"
            ).first
            guard let count = row?[0]?.integerValue, count > 0, let since = row?[1]?.textValue else { return nil }
            return (count, since, row?[2]?.integerValue ?? 0)
        }
    }

    /// A reply was sent, or can never be sent.
    func settle(_ id: Int64) throws {
        try guarded { try database.run("DELETE FROM replies WHERE id = ?", .integer(id)) }
    }

    /// A group became a supergroup: its queued replies move to the new chat.
    func migrate(from old: Int64, to new: Int64) throws {
        try guarded {
            try database.run(
                "UPDATE replies SET chat_id = ?, not_before = NULL WHERE chat_id = ?", .integer(new), .integer(old))
        }
    }

    func keep(_ reply: Reply, of update: Incoming) throws {
        let kind: String
        var chat = Value.null
        var text = Value.null
        var extra = Value.null
        switch reply {
        case .message(let id, _, let words, let again):
            kind = "message"
            chat = .integer(id)
            text = .text(words)
            extra = again.map(Value.text) ?? .null
        case .dice(let id, _):
            kind = "dice"
            chat = .integer(id)
        case .answerCallback(let id):
            kind = "callback"
            text = .text(id)
        }
        try database.run(
            """
            INSERT INTO replies(update_id, kind, chat_id, text, extra, topic_id, created_at)
            VALUES(?, ?, ?, ?, ?, ?, \(Self.now))
            """, .integer(update.updateID), .text(kind), chat, text, extra, reply.topic.map(Value.integer) ?? .null)
    }
}
