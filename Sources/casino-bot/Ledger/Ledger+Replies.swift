import KeepAliveSQLite

/// The replies that wait to be sent: written with what they answer, deleted once Telegram has taken them.
extension Ledger {
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
                "SELECT * FROM replies ORDER BY id LIMIT ?", .integer(Int64(limit)))
            return (try rows.compactMap(read), rows.isEmpty)
        }
    }

    /// A reply as its row says; nil where nobody could ever send it: it is deleted, as it would hold up those behind it.
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

    /// The replies that were added after one, oldest first: their ids, the chats that they go to, and for how long they are
    /// still to wait. A wall clock that was set back makes that a day at most.
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

    /// Telegram asked to wait before a reply is sent to its chat, which holds for the next process too.
    func delay(_ id: Int64, to chat: Int64?, by time: Duration) throws {
        try guarded {
            try database.run(
                "UPDATE replies SET not_before = unixepoch('now') + 1 + ? WHERE id = ? AND chat_id IS ?",
                .integer(time.components.seconds), .integer(id), chat.map(Value.integer) ?? .null)
        }
    }

    /// A reply that waits; nil where it does not any more.
    func reply(_ id: Int64) throws -> Reply? {
        try guarded {
            try database.query("SELECT * FROM replies WHERE id = ?", .integer(id)).first.flatMap(read)?.reply
        }
    }

    /// How many replies wait, since when the oldest does (ISO 8601) and for how many seconds; nil where none does.
    func backlog() throws -> (count: Int64, since: String, seconds: Int64)? {
        try guarded {
            let row = try database.query(
                "SELECT count(*), min(created_at), unixepoch('now') - unixepoch(min(created_at)) FROM replies"
            ).first
            guard let count = row?[0]?.integerValue, count > 0, let since = row?[1]?.textValue else { return nil }
            return (count, since, row?[2]?.integerValue ?? 0)
        }
    }

    /// A reply was sent, or can never be.
    func settle(_ id: Int64) throws {
        try guarded { try database.run("DELETE FROM replies WHERE id = ?", .integer(id)) }
    }

    /// A group became a supergroup: what waits for its old chat goes to the new one.
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
