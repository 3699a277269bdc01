import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// The statements that write a batch, for one round trip and one transaction. Pure.
///
/// Each can be repeated: where the answer to a commit was lost, the whole batch is sent again.
struct PostgreSQLBatch {
    let batch: HistoryBatch
    let now: WallTime
    var role = PostgreSQLRole.alone

    func statements() throws -> [PostgreSQLQuery] {
        switch role {
        case .alone: return try all()
        case .leader(let epoch):
            let statements = try all()
            return statements.isEmpty ? [] : [LeaderFence.check(epoch)] + statements
        case .vantage(let name): return try statements(of: name)
        }
    }

    private func all() throws -> [PostgreSQLQuery] {
        var all: [PostgreSQLQuery] = []
        if !batch.checks.isEmpty { all.append(checks()) }
        for event in batch.events {
            if let change = apply(event) { all.append(change) }
            all.append(insert(event))
        }
        for (event, receipt) in batch.receipts { all.append(insert(receipt, of: event)) }
        // First: what the batch still holds of a removed service came after it was added again.
        if !batch.retired.isEmpty {
            for table in ["target_states", "push_calls", "service_marks"] {
                all.append(
                    PostgreSQLQuery(
                        "DELETE FROM \(table) WHERE service_name = ANY($1::text[])",
                        [PostgreSQLText.array(batch.retired)]))
            }
        }
        if !batch.states.isEmpty { all.append(try states()) }
        for (name, marks) in (batch.marks ?? [:]).sorted(by: { $0.key < $1.key }) { all += insert(name, marks) }
        if !batch.pushes.isEmpty { all.append(try pushes()) }
        if !batch.entries.isEmpty { all.append(try entries()) }
        if !batch.delivered.isEmpty {
            all.append(
                PostgreSQLQuery(
                    "DELETE FROM alert_outbox WHERE key = ANY($1::text[])", [PostgreSQLText.array(batch.delivered)]))
        }
        if let clocks = batch.clocks {
            all.append(
                PostgreSQLQuery(
                    """
                    INSERT INTO monitor_facts (name, value) VALUES ('clocks', $1::text)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """, [try HistoryJSON.text(clocks)]))
        }
        return all
    }

    /// Counts in the roll-ups what was really inserted. Rows are sorted, so that two writers cannot block each other.
    private func checks() -> PostgreSQLQuery {
        let names = UptimeTally.columns.map(\.rawValue)
        let counts = names.map { "count(*) FILTER (WHERE status = '\($0)')" }.joined(separator: ", ")
        let sums = (names + ["response_count", "response_sum_ms"]).map { "\($0) = kept.\($0) + excluded.\($0)" }
            .joined(separator: ", ")
        let columns = names.joined(separator: ", ")
        return PostgreSQLQuery(
            """
            WITH added AS (
                INSERT INTO service_health_checks (service_name, status, checks, response_time_ms, timestamp)
                SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::timestamptz[])
                ON CONFLICT DO NOTHING
                RETURNING service_name, status, response_time_ms, timestamp),
            days AS (
                INSERT INTO service_health_days AS kept (service_name, day, \(columns), response_count,
                    response_sum_ms)
                SELECT service_name, \(PostgreSQLText.hour("timestamp")) / 24, \(counts), count(response_time_ms),
                    coalesce(sum(response_time_ms), 0)
                FROM added GROUP BY 1, 2 ORDER BY 1, 2
                ON CONFLICT (service_name, day) DO UPDATE SET \(sums))
            INSERT INTO service_health_hours AS kept (service_name, hour, \(columns), response_count,
                response_sum_ms, response_min_ms, response_max_ms)
            SELECT service_name, \(PostgreSQLText.hour("timestamp")), \(counts), count(response_time_ms),
                coalesce(sum(response_time_ms), 0), min(response_time_ms), max(response_time_ms)
            FROM added GROUP BY 1, 2 ORDER BY 1, 2
            ON CONFLICT (service_name, hour) DO UPDATE SET \(sums),
                response_min_ms = least(kept.response_min_ms, excluded.response_min_ms),
                response_max_ms = greatest(kept.response_max_ms, excluded.response_max_ms)
            """,
            checkValues)
    }

    /// The values of all checks, by column.
    var checkValues: [String?] {
        [
            PostgreSQLText.array(batch.checks.map(\.service)),
            PostgreSQLText.array(batch.checks.map(\.result.status.rawValue)),
            PostgreSQLText.array(batch.checks.map { Self.parts(of: $0.result) }),
            PostgreSQLText.array(batch.checks.map { $0.result.responseTime.map { "\($0.seconds * 1000)" } }),
            PostgreSQLText.array(batch.checks.map { PostgreSQLText.time($0.time) }),
        ]
    }

    /// The sub-checks as JSON.
    static func parts(of result: ProbeResult) -> String {
        // Only a number that JSON cannot express could fail.
        result.checks.isEmpty ? "[]" : (try? HistoryJSON.text(result.checks)) ?? "[]"
    }

    /// The change of the alert's row. A service has one open alert at a time.
    private func apply(_ event: AlertEvent) -> PostgreSQLQuery? {
        let values = [
            PostgreSQLText.clean(event.service), event.severity.rawValue, PostgreSQLText.clean(event.message),
            PostgreSQLText.time(microseconds: event.triggeredAt), PostgreSQLText.time(microseconds: event.happenedAt),
        ]
        // Its row is missing where the beginning was lost.
        let isUnknown = """
            NOT EXISTS (SELECT 1 FROM service_health_alerts
                WHERE service_name = $1::text AND triggered_at = $4::timestamptz)
            """
        switch event.kind {
        case .test, .acknowledged, .unacknowledged, .silenced, .unsilenced, .noted: return nil
        case .resolved, .removed:
            return PostgreSQLQuery(
                """
                WITH ended AS (UPDATE service_health_alerts SET status = 'resolved', resolved_at = $5::timestamptz
                    WHERE service_name = $1::text AND status = 'active' RETURNING 1)
                INSERT INTO service_health_alerts (service_name, severity, message, status, triggered_at, resolved_at)
                SELECT $1::text, $2::text, $3::text, 'resolved', $4::timestamptz, $5::timestamptz
                WHERE NOT EXISTS (SELECT 1 FROM ended) AND \(isUnknown)
                """, values)
        case .opened, .repeated, .escalated, .flapping:
            return PostgreSQLQuery(
                """
                WITH changed AS (UPDATE service_health_alerts SET severity = $2::text, message = $3::text
                    WHERE service_name = $1::text AND status = 'active' AND triggered_at = $4::timestamptz),
                ended AS (UPDATE service_health_alerts SET status = 'resolved', resolved_at = $5::timestamptz
                    WHERE service_name = $1::text AND status = 'active' AND triggered_at < $4::timestamptz)
                INSERT INTO service_health_alerts (service_name, severity, message, status, triggered_at)
                SELECT $1::text, $2::text, $3::text, 'active', $4::timestamptz WHERE \(isUnknown)
                """, values)
        }
    }

    func insert(_ event: AlertEvent) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            INSERT INTO service_health_alert_events
                (service_name, triggered_at, kind, severity, message, happened_at, who)
            SELECT $1::text, $2::timestamptz, $3::text, $4::text, $5::text, $6::timestamptz, $7::text
            WHERE NOT EXISTS (SELECT 1 FROM service_health_alert_events WHERE service_name = $1::text
                AND triggered_at = $2::timestamptz AND happened_at = $6::timestamptz AND kind = $3::text)
            """,
            [
                PostgreSQLText.clean(event.service), PostgreSQLText.time(microseconds: event.triggeredAt),
                event.kind.rawValue, event.severity.rawValue, PostgreSQLText.clean(event.message),
                PostgreSQLText.time(microseconds: event.happenedAt), PostgreSQLText.clean(event.who),
            ])
    }

    /// Notes when a channel accepted an event: `told` is an object of times by channel.
    private func insert(_ receipt: DeliveryReceipt, of event: AlertEvent) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            UPDATE service_health_alert_events SET told = told || jsonb_build_object($1::text, $2::text)
            WHERE service_name = $3::text AND triggered_at = $4::timestamptz AND happened_at = $5::timestamptz
                AND kind = $6::text
            """,
            [
                PostgreSQLText.clean(receipt.channel), receipt.deliveredAt ?? "", PostgreSQLText.clean(event.service),
                PostgreSQLText.time(microseconds: event.triggeredAt),
                PostgreSQLText.time(microseconds: event.happenedAt), event.kind.rawValue,
            ])
    }

    private func states() throws -> PostgreSQLQuery {
        let states = batch.states.sorted { $0.key < $1.key }
        return PostgreSQLQuery(
            """
            INSERT INTO target_states (service_name, state, updated_at)
            SELECT service, state, $3::timestamptz FROM unnest($1::text[], $2::text[]) AS given(service, state)
            ON CONFLICT (service_name) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at
            """,
            [
                PostgreSQLText.array(states.map(\.key)),
                PostgreSQLText.array(try states.map { try HistoryJSON.text($0.value) }), PostgreSQLText.time(now),
            ])
    }

    func insert(_ service: String, _ marks: ServiceMarks) -> [PostgreSQLQuery] {
        let service = PostgreSQLText.clean(service)
        let given = ServiceMarks.kinds.compactMap { kind in
            marks[keyPath: kind.path].map { mark in
                PostgreSQLQuery(
                    """
                    INSERT INTO service_marks (service_name, kind, who, marked_at, note, alert_at, until)
                    VALUES ($1, $2, $3, $4::bigint, $5, $6::bigint, $7::bigint)
                    """,
                    [
                        service, kind.name, PostgreSQLText.clean(mark.who), "\(mark.when)",
                        PostgreSQLText.clean(mark.note), mark.alert.map { "\($0)" }, mark.until.map { "\($0)" },
                    ])
            }
        }
        return [PostgreSQLQuery("DELETE FROM service_marks WHERE service_name = $1", [service])] + given
    }

    func pushes() throws -> PostgreSQLQuery {
        let calls = batch.pushes.sorted { $0.key < $1.key }
        // Among several monitors the newest call counts; a single one believes its clock, also after it was set back.
        let isNewest = role == .alone ? "true" : "coalesce(excluded.called_at >= kept.called_at, true)"
        return PostgreSQLQuery(
            """
            INSERT INTO push_calls AS kept (service_name, first_known_at, called_at, status, message, job)
            SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])
            ON CONFLICT (service_name) DO UPDATE SET
                first_known_at = least(kept.first_known_at, excluded.first_known_at),
                called_at = CASE WHEN \(isNewest) THEN coalesce(excluded.called_at, kept.called_at)
                    ELSE kept.called_at END,
                status = CASE WHEN \(isNewest) THEN coalesce(excluded.status, kept.status) ELSE kept.status END,
                message = CASE WHEN \(isNewest) AND excluded.called_at IS NOT NULL THEN excluded.message
                    ELSE kept.message END,
                job = coalesce(excluded.job, kept.job)
            """,
            [
                PostgreSQLText.array(calls.map(\.key)), PostgreSQLText.array(calls.map(\.value.firstKnownAt)),
                PostgreSQLText.array(calls.map(\.value.calledAt)),
                PostgreSQLText.array(calls.map { $0.value.status?.rawValue }),
                PostgreSQLText.array(calls.map(\.value.message)),
                PostgreSQLText.array(try calls.map { try $0.value.job.map { try HistoryJSON.text($0) } }),
            ])
    }

    private func entries() throws -> PostgreSQLQuery {
        // One statement cannot change a row twice.
        let last = Dictionary(batch.entries.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        var seen: Set<String> = []
        let rows = batch.entries.compactMap { seen.insert($0.key).inserted ? last[$0.key] : nil }
        return PostgreSQLQuery(
            """
            INSERT INTO alert_outbox (key, channel, event, attempts, next_attempt_at, last_error, is_escalation)
            SELECT key, channel, event, attempts, due, error, escalation FROM unnest($1::text[], $2::text[],
                $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::boolean[]) WITH ORDINALITY
                AS given(key, channel, event, attempts, due, error, escalation, place) ORDER BY place
            ON CONFLICT (key) DO UPDATE SET attempts = excluded.attempts,
                next_attempt_at = excluded.next_attempt_at, last_error = excluded.last_error
            """,
            [
                PostgreSQLText.array(rows.map(\.key)), PostgreSQLText.array(rows.map(\.channel)),
                PostgreSQLText.array(try rows.map { try HistoryJSON.text($0.event) }),
                PostgreSQLText.array(rows.map { Int64($0.attempts) }), PostgreSQLText.array(rows.map(\.dueAt)),
                PostgreSQLText.array(rows.map(\.lastError)),
                PostgreSQLText.array(rows.map { $0.isEscalation == true ? "t" : "f" }),
            ])
    }
}
