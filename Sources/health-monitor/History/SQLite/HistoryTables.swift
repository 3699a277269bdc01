import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// Reads and writes the history's rows in SQL. Each call runs on the calling thread.
struct HistoryTables {
    let database: Database

    // MARK: Reading, at the start

    func contents() throws -> HistoryContents {
        let (outbox, unreadable) = try outbox()
        return HistoryContents(
            states: try states(), outbox: outbox, pushes: try pushes(), marks: try marks(), clocks: try clocks(),
            unreadable: unreadable)
    }

    func states() throws -> [String: TargetState] {
        var states: [String: TargetState] = [:]
        for row in try database.query("SELECT service_name, state FROM target_states") {
            guard let name = row[0]?.textValue, let text = row[1]?.textValue,
                let state = HistoryJSON.value(text, as: TargetState.self)
            else { continue }
            states[name] = state
        }
        return states
    }

    /// The waiting outbox events in order, and the number of unreadable rows.
    func outbox() throws -> (rows: [OutboxRow], unreadable: Int) {
        let rows = try database.query(
            """
            SELECT key, channel, event, attempts, next_attempt_at, last_error, is_escalation FROM alert_outbox
            ORDER BY id
            """)
        let found = rows.compactMap { row -> OutboxRow? in
            guard let key = row[0]?.textValue, let channel = row[1]?.textValue, let text = row[2]?.textValue,
                let event = HistoryJSON.value(text, as: AlertEvent.self)
            else { return nil }
            return OutboxRow(
                key: key, channel: channel, event: event, attempts: Int(clamping: row[3]?.integerValue ?? 0),
                dueAt: row[4]?.integerValue ?? 0, lastError: row[5]?.textValue, isEscalation: row[6]?.integerValue == 1)
        }
        return (found, rows.count - found.count)
    }

    /// The last calls of the push services.
    func pushes() throws -> [String: PushRecord] {
        let rows = try database.query(
            "SELECT service_name, first_known_at, called_at, status, message, job FROM push_calls")
        var calls: [String: PushRecord] = [:]
        for row in rows {
            guard let name = row[0]?.textValue, let known = row[1]?.integerValue else { continue }
            calls[name] = PushRecord(
                firstKnownAt: known, calledAt: row[2]?.integerValue,
                status: row[3]?.textValue.flatMap(ProbeStatus.init), message: row[4]?.textValue,
                job: HistoryJSON.value(row[5]?.textValue))
        }
        return calls
    }

    /// The last comparison of the clocks.
    private func clocks() throws -> ClockAgreement? {
        let rows = try database.query("SELECT value FROM monitor_facts WHERE name = 'clocks'")
        return HistoryJSON.value(rows.first?[0]?.textValue)
    }

    // MARK: Writing

    /// Writes everything, or throws and writes nothing.
    func write(_ batch: HistoryBatch, at now: WallTime) throws {
        // A commit with NORMAL survives the process's death, but the machine's only after the next checkpoint. That
        // suffices for rows that recur each minute. A pending alert must survive both.
        try database.execute(batch.events.isEmpty ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL")
        try database.transaction {
            for check in batch.checks { try insert(check) }
            for event in batch.events {
                try apply(event)
                try insert(event)
            }
            for (event, receipt) in batch.receipts { try insert(receipt, of: event) }
            // First: what the batch still holds of a removed service came after it was added again.
            for name in batch.retired {
                try database.run("DELETE FROM target_states WHERE service_name = ?", .text(name))
                try database.run("DELETE FROM push_calls WHERE service_name = ?", .text(name))
                try database.run("DELETE FROM service_marks WHERE service_name = ?", .text(name))
            }
            for (name, state) in batch.states { try insert(name, state, now) }
            for (name, marks) in batch.marks ?? [:] { try insert(name, marks) }
            for (name, record) in batch.pushes { try insert(name, record) }
            for entry in batch.entries { try insert(entry) }
            for key in batch.delivered { try database.run("DELETE FROM alert_outbox WHERE key = ?", .text(key)) }
            if let clocks = batch.clocks {
                try database.run(
                    "INSERT OR REPLACE INTO monitor_facts (name, value) VALUES ('clocks', ?)",
                    .text(try HistoryJSON.text(clocks)))
            }
        }
    }

    private func insert(_ check: CheckRecord) throws {
        // Only a number that JSON cannot express could fail.
        let subChecks = check.result.checks.isEmpty ? "[]" : (try? HistoryJSON.text(check.result.checks)) ?? "[]"
        let milliseconds = check.result.responseTime.map { $0.seconds * 1000 }
        let time = milliseconds.map { Value.real($0) } ?? .null
        try database.run(
            """
            INSERT INTO service_health_checks (service_name, status, checks, response_time_ms, timestamp)
            VALUES (?, ?, ?, ?, ?)
            """,
            .text(check.service), .text(check.result.status.rawValue), .text(subChecks), time,
            .text(check.time.iso8601))
        let counts = [ProbeStatus.healthy, .degraded, .unhealthy, .unknown, .maintenance].map {
            Value.integer($0 == check.result.status ? 1 : 0)
        }
        try database.run(
            """
            INSERT INTO service_health_hours (service_name, hour, healthy, degraded, unhealthy, unknown,
                maintenance, response_count, response_sum_ms, response_min_ms, response_max_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(?9, 0), ?9, ?9)
            ON CONFLICT (service_name, hour) DO UPDATE SET
                healthy = healthy + excluded.healthy, degraded = degraded + excluded.degraded,
                unhealthy = unhealthy + excluded.unhealthy, unknown = unknown + excluded.unknown,
                maintenance = maintenance + excluded.maintenance,
                response_count = response_count + excluded.response_count,
                response_sum_ms = response_sum_ms + excluded.response_sum_ms,
                response_min_ms = min(coalesce(response_min_ms, ?9), coalesce(?9, response_min_ms)),
                response_max_ms = max(coalesce(response_max_ms, ?9), coalesce(?9, response_max_ms))
            """,
            [.text(check.service), .integer(check.time.hour)] + counts + [.integer(milliseconds == nil ? 0 : 1), time])
        try database.run(
            """
            INSERT INTO service_health_days (service_name, day, healthy, degraded, unhealthy, unknown, maintenance,
                response_count, response_sum_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(?9, 0))
            ON CONFLICT (service_name, day) DO UPDATE SET
                healthy = healthy + excluded.healthy, degraded = degraded + excluded.degraded,
                unhealthy = unhealthy + excluded.unhealthy, unknown = unknown + excluded.unknown,
                maintenance = maintenance + excluded.maintenance,
                response_count = response_count + excluded.response_count,
                response_sum_ms = response_sum_ms + excluded.response_sum_ms
            """,
            [.text(check.service), .integer(check.time.hour / 24)] + counts
                + [.integer(milliseconds == nil ? 0 : 1), time])
    }

    private func apply(_ event: AlertEvent) throws {
        let service = Value.text(event.service)
        let start = Value.text(WallTime(microseconds: event.triggeredAt).iso8601)
        let now = Value.text(WallTime(microseconds: event.happenedAt).iso8601)
        let severity = Value.text(event.severity.rawValue)
        switch event.kind {
        case .test, .acknowledged, .unacknowledged, .silenced, .unsilenced, .noted:
            return
        case .resolved, .removed:
            try database.run(
                """
                UPDATE service_health_alerts SET status = 'resolved', resolved_at = ?
                WHERE service_name = ? AND status = 'active'
                """, now, service)
            guard database.changes == 0, try !hasAlert(service, start) else { return }
            // The row of the alert's beginning was in a lost file.
            try database.run(
                """
                INSERT INTO service_health_alerts (service_name, severity, message, status, triggered_at, resolved_at)
                VALUES (?, ?, ?, 'resolved', ?, ?)
                """, service, severity, .text(event.message), start, now)
        case .opened, .repeated, .escalated, .flapping:
            try database.run(
                """
                UPDATE service_health_alerts SET severity = ?, message = ?
                WHERE service_name = ? AND status = 'active' AND triggered_at = ?
                """, severity, .text(event.message), service, start)
            guard database.changes == 0, try !hasAlert(service, start) else { return }
            // A service has one alert at a time.
            try database.run(
                """
                UPDATE service_health_alerts SET status = 'resolved', resolved_at = ?
                WHERE service_name = ? AND status = 'active'
                """, now, service)
            try database.run(
                """
                INSERT INTO service_health_alerts (service_name, severity, message, status, triggered_at)
                VALUES (?, ?, ?, 'active', ?)
                """, service, severity, .text(event.message), start)
        }
    }

    /// Whether an alert has its row, which may have ended: a kill between a commit and the emptying of the reserve repeats
    /// its events.
    private func hasAlert(_ service: Value, _ start: Value) throws -> Bool {
        try database.firstInteger(
            "SELECT 1 FROM service_health_alerts WHERE service_name = ? AND triggered_at = ?", service, start) != nil
    }

    /// Adds the event to the alert's timeline; the row in `service_health_alerts` holds only the current state.
    /// Duplicates are ignored: a kill between a commit and the emptying of the reserve repeats the event.
    private func insert(_ event: AlertEvent) throws {
        try database.run(
            """
            INSERT INTO service_health_alert_events
                (service_name, triggered_at, kind, severity, message, happened_at, who)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS (SELECT 1 FROM service_health_alert_events
                WHERE service_name = ?1 AND triggered_at = ?2 AND happened_at = ?6 AND kind = ?3)
            """,
            .text(event.service), .text(WallTime(microseconds: event.triggeredAt).iso8601),
            .text(event.kind.rawValue), .text(event.severity.rawValue), .text(event.message),
            .text(WallTime(microseconds: event.happenedAt).iso8601), event.who.map { .text($0) } ?? .null)
    }

    /// Notes when a channel accepted an event: `told` is an object of times by channel.
    private func insert(_ receipt: DeliveryReceipt, of event: AlertEvent) throws {
        try database.run(
            """
            UPDATE service_health_alert_events
            SET told = json_patch(CASE WHEN json_valid(told) THEN told ELSE '{}' END, json_object(?, ?))
            WHERE service_name = ? AND triggered_at = ? AND happened_at = ? AND kind = ?
            """,
            .text(receipt.channel), .text(receipt.deliveredAt ?? ""), .text(event.service),
            .text(WallTime(microseconds: event.triggeredAt).iso8601),
            .text(WallTime(microseconds: event.happenedAt).iso8601), .text(event.kind.rawValue))
    }

    private func insert(_ name: String, _ state: TargetState, _ now: WallTime) throws {
        try database.run(
            "INSERT OR REPLACE INTO target_states (service_name, state, updated_at) VALUES (?, ?, ?)",
            .text(name), .text(try HistoryJSON.text(state)), .text(now.iso8601))
    }

    private func insert(_ name: String, _ record: PushRecord) throws {
        try database.run(
            """
            INSERT INTO push_calls (service_name, first_known_at, called_at, status, message, job)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (service_name) DO UPDATE SET first_known_at = min(first_known_at, excluded.first_known_at),
                called_at = coalesce(excluded.called_at, called_at), status = coalesce(excluded.status, status),
                message = CASE WHEN excluded.called_at IS NULL THEN message ELSE excluded.message END,
                job = coalesce(excluded.job, job)
            """,
            .text(name), .integer(record.firstKnownAt), record.calledAt.map { .integer($0) } ?? .null,
            record.status.map { .text($0.rawValue) } ?? .null, record.message.map { .text($0) } ?? .null,
            try record.job.map { .text(try HistoryJSON.text($0)) } ?? .null)
    }

    private func insert(_ entry: OutboxRow) throws {
        try database.run(
            """
            INSERT INTO alert_outbox (key, channel, event, attempts, next_attempt_at, last_error, is_escalation)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at,
                last_error = excluded.last_error
            """,
            .text(entry.key), .text(entry.channel), .text(try HistoryJSON.text(entry.event)),
            .integer(Int64(entry.attempts)),
            .integer(entry.dueAt),
            entry.lastError.map { .text($0) } ?? .null, .integer(entry.isEscalation == true ? 1 : 0))
    }
}
