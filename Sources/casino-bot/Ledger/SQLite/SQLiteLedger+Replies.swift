import KeepAliveSQLite

/// The queued replies: written with the update they answer, deleted once Telegram has taken them.
extension SQLiteLedger {
    func pendingReplies(limit: Int) throws -> [PendingReply] {
        while true {
            let (found, isAll) = try readReplies(limit: limit)
            // If none of them could be read, look at the next ones.
            if !found.isEmpty || isAll { return found }
        }
    }

    private func readReplies(limit: Int) throws -> (found: [PendingReply], isAll: Bool) {
        try guarded {
            let rows = try database.query(
                "SELECT * FROM replies ORDER BY id LIMIT ?", .integer(Int64(limit)))
            return (try rows.compactMap(read), rows.isEmpty)
        }
    }

    /// Parses a reply from its row; nil if it can never be sent. Such a reply is deleted: it would block the next ones.
    private func read(_ row: Row) throws -> PendingReply? {
        guard let id = row["id"]?.integerValue else { return nil }
        let stored = StoredReply(
            kind: row["kind"]?.textValue, chat: row["chat_id"]?.integerValue, text: row["text"]?.textValue,
            extra: row["extra"]?.textValue, topic: row["topic_id"]?.integerValue)
        if let reply = stored.reply { return PendingReply(id: id, reply: reply) }
        try database.run("DELETE FROM replies WHERE id = ?", .integer(id))
        return nil
    }

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

    func delay(_ id: Int64, to chat: Int64?, by time: Duration) throws {
        try guarded {
            try database.run(
                "UPDATE replies SET not_before = unixepoch('now') + 1 + ? WHERE id = ? AND chat_id IS ?",
                .integer(time.components.seconds), .integer(id), chat.map(Value.integer) ?? .null)
        }
    }

    func reply(_ id: Int64) throws -> Reply? {
        try guarded {
            try database.query("SELECT * FROM replies WHERE id = ?", .integer(id)).first.flatMap(read)?.reply
        }
    }

    func backlog() throws -> (count: Int64, since: String, seconds: Int64)? {
        try guarded {
            let row = try database.query(
                "SELECT count(*), min(created_at), unixepoch('now') - unixepoch(min(created_at)) FROM replies"
            ).first
            guard let count = row?[0]?.integerValue, count > 0, let since = row?[1]?.textValue else { return nil }
            return (count, since, row?[2]?.integerValue ?? 0)
        }
    }

    func settle(_ id: Int64) throws {
        try guarded { try database.run("DELETE FROM replies WHERE id = ?", .integer(id)) }
    }

    func migrate(from old: Int64, to new: Int64) throws {
        try guarded {
            try database.run(
                "UPDATE replies SET chat_id = ?, not_before = NULL WHERE chat_id = ?", .integer(new), .integer(old))
        }
    }

    func keep(_ reply: Reply, of update: Incoming) throws {
        let stored = StoredReply(reply)
        try database.run(
            """
            INSERT INTO replies(update_id, kind, chat_id, text, extra, topic_id, created_at)
            VALUES(?, ?, ?, ?, ?, ?, \(Self.now))
            """, .integer(update.updateID), .text(stored.kind ?? ""), stored.chat.map(Value.integer) ?? .null,
            stored.text.map(Value.text) ?? .null, stored.extra.map(Value.text) ?? .null,
            stored.topic.map(Value.integer) ?? .null)
    }
}
