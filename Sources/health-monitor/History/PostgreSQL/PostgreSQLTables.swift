import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// Reads and prunes the history's rows in PostgreSQL. Each call waits on the calling thread.
struct PostgreSQLTables {
    let connection: PostgreSQLConnection
    let limit: Duration

    func contents(for role: PostgreSQLRole) throws -> HistoryContents {
        if case .vantage(let name) = role {
            // The alerts and the outbox are the leader's.
            return HistoryContents(states: try states(of: name), pushes: try pushes(), marks: try marks())
        }
        let (outbox, unreadable) = try outbox()
        let clocks = try query("SELECT value FROM monitor_facts WHERE name = 'clocks'").first?[0]
        return HistoryContents(
            states: try states(), outbox: outbox, pushes: try pushes(), marks: try marks(),
            clocks: HistoryJSON.value(clocks), unreadable: unreadable)
    }

    private func query(_ sql: String, _ parameters: [String?] = []) throws(PostgreSQLError) -> [PostgreSQLRow] {
        try connection.query(sql, parameters, within: limit).rows
    }

    private func states() throws -> [String: TargetState] {
        Self.states(try query("SELECT service_name, state FROM target_states"))
    }

    private func states(of vantage: String) throws -> [String: TargetState] {
        Self.states(
            try query(
                "SELECT service_name, state FROM service_health_vantages WHERE vantage = $1::text", [vantage]))
    }

    private static func states(_ rows: [PostgreSQLRow]) -> [String: TargetState] {
        var states: [String: TargetState] = [:]
        for row in rows {
            guard let name = row[0], let state = HistoryJSON.value(row[1], as: TargetState.self) else { continue }
            states[name] = state
        }
        return states
    }

    private func outbox() throws -> (rows: [OutboxRow], unreadable: Int) {
        let rows = try query(
            """
            SELECT key, channel, event, attempts, next_attempt_at, last_error, is_escalation FROM alert_outbox
            ORDER BY id
            """)
        let found = rows.compactMap { row -> OutboxRow? in
            guard let key = row[0], let channel = row[1], let event = HistoryJSON.value(row[2], as: AlertEvent.self)
            else { return nil }
            return OutboxRow(
                key: key, channel: channel, event: event, attempts: Int(clamping: row.integer(3) ?? 0),
                dueAt: row.integer(4) ?? 0, lastError: row[5], isEscalation: row.bool(6))
        }
        return (found, rows.count - found.count)
    }

    func pushes() throws -> [String: PushRecord] { Self.pushes(try query(Self.pushColumns)) }

    static let pushColumns = "SELECT service_name, first_known_at, called_at, status, message, job FROM push_calls"

    static func pushes(_ rows: [PostgreSQLRow]) -> [String: PushRecord] {
        var calls: [String: PushRecord] = [:]
        for row in rows {
            guard let name = row[0], let known = row.integer(1) else { continue }
            calls[name] = PushRecord(
                firstKnownAt: known, calledAt: row.integer(2), status: row[3].flatMap(ProbeStatus.init),
                message: row[4], job: HistoryJSON.value(row[5]))
        }
        return calls
    }

    private func marks() throws -> [String: ServiceMarks] { Self.marks(try query(Self.markColumns)) }

    static let markColumns = "SELECT service_name, kind, who, marked_at, note, alert_at, until FROM service_marks"

    static func marks(_ rows: [PostgreSQLRow]) -> [String: ServiceMarks] {
        var marks: [String: ServiceMarks] = [:]
        for row in rows {
            guard let service = row[0], let kind = ServiceMarks.kinds.first(where: { $0.name == row[1] }) else {
                continue
            }
            marks[service, default: ServiceMarks()][keyPath: kind.path] = ServiceMarks.Mark(
                who: row[2] ?? "", when: row.integer(3) ?? 0, note: row[4], alert: row.integer(5),
                until: row.integer(6))
        }
        return marks
    }

    // MARK: Old rows

    /// Deletes up to `most` expired rows of each kind, and the partitions of days that are over.
    func prune(_ age: HistoryAge, at now: WallTime, limit most: Int) throws {
        let newest = try query(
            """
            SELECT floor(extract(epoch FROM timestamp))::bigint FROM service_health_checks
            WHERE timestamp <= $1::timestamptz ORDER BY timestamp DESC LIMIT 1
            """, [PostgreSQLText.time(now)]
        ).first?.integer(0)
        guard let newest else { return }
        func cutoff(_ days: Int) -> WallTime {
            let (time, overflow) = (newest &- Int64(days) &* 86_400).multipliedReportingOverflow(by: 1_000_000)
            return WallTime(microseconds: overflow ? 0 : max(0, time))
        }
        let oldest = cutoff(age.days)
        try dropPartitions(before: oldest)
        let values = [PostgreSQLText.time(oldest), "\(max(0, most))"]
        _ = try connection.run(
            [
                PostgreSQLQuery(
                    """
                    DELETE FROM service_health_checks_default WHERE ctid = ANY(ARRAY(SELECT ctid
                        FROM service_health_checks_default WHERE timestamp < $1::timestamptz LIMIT $2::bigint))
                    """, values),
                PostgreSQLQuery(
                    """
                    DELETE FROM service_health_alerts WHERE id IN (SELECT id FROM service_health_alerts
                        WHERE status = 'resolved' AND triggered_at < $1::timestamptz
                        ORDER BY triggered_at LIMIT $2::bigint) AND resolved_at < $1::timestamptz
                    """, values),
                PostgreSQLQuery(
                    """
                    DELETE FROM service_health_alert_events WHERE id IN (
                        SELECT id FROM service_health_alert_events AS event
                        WHERE happened_at < $1::timestamptz AND \(HistoryAge.isOver)
                        ORDER BY happened_at LIMIT $2::bigint)
                    """, values),
            ], within: limit)
        guard let days = age.rollUpDays else { return }
        let hour = cutoff(days).hour
        _ = try query("DELETE FROM service_health_hours WHERE hour < $1::bigint", ["\(hour)"])
        _ = try query("DELETE FROM service_health_days WHERE day < $1::bigint", ["\(hour / 24)"])
        // A service that is no longer watched keeps its marks as long as its history.
        _ = try query(
            """
            DELETE FROM service_marks WHERE service_name NOT IN (SELECT service_name FROM target_states)
                AND NOT EXISTS (SELECT 1 FROM service_health_checks AS kept
                    WHERE kept.service_name = service_marks.service_name)
            """)
    }

    private func dropPartitions(before cutoff: WallTime) throws {
        let tables = try query(
            """
            SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid
            WHERE inhparent = to_regclass('service_health_checks') AND pg_has_role(relowner, 'USAGE')
            """
        ).compactMap { $0[0] }.filter { PartitionDay.isOver($0, before: cutoff) }
        // One at a time: each waits for readers of the table.
        for table in tables { _ = try query("DROP TABLE IF EXISTS \(table)") }
    }
}
