import KeepAlivePostgreSQL

/// The queued replies. Only the machine that holds the lease sends them, so only its epoch changes them.
extension PostgreSQLLedger {
    private static let columns = "id, kind, chat_id, text, extra, topic_id"

    func pendingReplies(limit: Int) throws -> [PendingReply] {
        while true {
            let rows = try guarded {
                try connection.rows("SELECT \(Self.columns) FROM replies ORDER BY id LIMIT $1", ["\(limit)"])
            }
            let found = try rows.compactMap(read)
            // If none of them could be read, look at the next ones.
            if !found.isEmpty || rows.isEmpty { return found }
        }
    }

    /// Parses a reply from its row; nil if it can never be sent. Such a reply is deleted: it would block the next ones.
    private func read(_ row: PostgreSQLRow) throws -> PendingReply? {
        guard let id = row.integer(0) else { return nil }
        let stored = StoredReply(
            kind: row[1], chat: row.integer(2), text: row[3], extra: row[4], topic: row.integer(5))
        if let reply = stored.reply { return PendingReply(id: id, reply: reply) }
        try settle(id)
        return nil
    }

    func waitingReplies(after id: Int64) throws -> [(id: Int64, chat: Int64?, wait: Duration)] {
        try guarded {
            try connection.rows(
                """
                SELECT id, chat_id,
                    least(86400, greatest(0, ceil(extract(epoch FROM not_before - clock_timestamp()))))::bigint
                FROM replies WHERE id > $1 ORDER BY id
                """, ["\(id)"]
            )
            .compactMap { row in
                row.integer(0).map { ($0, row.integer(1), .seconds(row.integer(2) ?? 0)) }
            }
        }
    }

    func delay(_ id: Int64, to chat: Int64?, by time: Duration) throws {
        try change(
            """
            UPDATE replies SET not_before = clock_timestamp() + least($1::bigint, 86400) * interval '1 s'
            WHERE id = $2 AND chat_id IS NOT DISTINCT FROM $3
            """, ["\(time.components.seconds)", "\(id)", chat.map { "\($0)" }])
    }

    func reply(_ id: Int64) throws -> Reply? {
        try guarded { try connection.rows("SELECT \(Self.columns) FROM replies WHERE id = $1", ["\(id)"]) }
            .first.flatMap(read)?.reply
    }

    func backlog() throws -> (count: Int64, since: String, seconds: Int64)? {
        let row = try guarded {
            try connection.rows(
                """
                SELECT count(*), to_char(min(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                    floor(extract(epoch FROM clock_timestamp() - min(created_at)))::bigint
                FROM replies
                """)
        }.first
        guard let count = row?.integer(0), count > 0, let since = row?[1] else { return nil }
        return (count, since, row?.integer(2) ?? 0)
    }

    func settle(_ id: Int64) throws {
        try change("DELETE FROM replies WHERE id = $1", ["\(id)"])
    }

    func migrate(from old: Int64, to new: Int64) throws {
        try change(
            "UPDATE replies SET chat_id = $1, not_before = NULL WHERE chat_id = $2", ["\(new)", "\(old)"])
    }

    private func change(_ sql: String, _ parameters: [String?]) throws {
        try guarded { try connection.transaction { _ in ((), [PostgreSQLQuery(sql, parameters)]) } }
    }

    func keeping(_ reply: Reply, of update: Int64) -> PostgreSQLQuery {
        let stored = StoredReply(reply)
        // PostgreSQL's texts hold no NUL; one in a button's id would hold up the update for good.
        func clean(_ text: String?) -> String? { text.map { $0.replacing("\0", with: "\u{FFFD}") } }
        return PostgreSQLQuery(
            "INSERT INTO replies(update_id, kind, chat_id, text, extra, topic_id) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                "\(update)", stored.kind, stored.chat.map { "\($0)" }, clean(stored.text), clean(stored.extra),
                stored.topic.map { "\($0)" },
            ])
    }
}
