import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// What one of several monitors writes: its own checks, the calls that it took, and what people said. Alerts, states and
/// uptimes are the leader's.
extension PostgreSQLBatch {
    func statements(of vantage: String) throws -> [PostgreSQLQuery] {
        var all: [PostgreSQLQuery] = []
        if !batch.checks.isEmpty {
            all.append(checks(of: vantage))
            // One statement cannot change a row twice.
            let last = Dictionary(
                batch.checks.compactMap { check in check.report.map { (check.service, (check, $0)) } },
                uniquingKeysWith: { $1 })
            if !last.isEmpty { all.append(try views(last.sorted { $0.key < $1.key }.map(\.value), of: vantage)) }
        }
        all += batch.events.filter(\.kind.isMark).map { insert($0) }
        for (name, marks) in (batch.marks ?? [:]).sorted(by: { $0.key < $1.key }) { all += insert(name, marks) }
        if !batch.pushes.isEmpty { all.append(try pushes()) }
        return all
    }

    /// Rows of one vantage count in no uptime: two vantages would count each minute twice.
    private func checks(of vantage: String) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            INSERT INTO service_health_checks (service_name, status, checks, response_time_ms, timestamp, vantage)
            SELECT *, $6::text FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::timestamptz[])
            ON CONFLICT DO NOTHING
            """, checkValues + [vantage])
    }

    private func views(_ checks: [(CheckRecord, VantageReport)], of vantage: String) throws -> PostgreSQLQuery {
        let now = MonotonicTime.now()
        let results = checks.map(\.0.result)
        let states = checks.map(\.1.state)
        return PostgreSQLQuery(
            """
            INSERT INTO service_health_vantages AS kept (vantage, service_name, status, says, message, checks, severity,
                response_time_ms, failures, since, checked_at, fresh_ms, state)
            SELECT $1::text, service, status, says, message, checks, severity, response, failures, clock_timestamp(),
                clock_timestamp() - age * interval '1 second', fresh, state
            FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[],
                $9::bigint[], $10::float8[], $11::bigint[], $12::text[])
                AS given(service, status, says, message, checks, severity, response, failures, age, fresh, state)
            ON CONFLICT (service_name, vantage) DO UPDATE SET
                status = excluded.status, says = excluded.says, message = excluded.message, checks = excluded.checks,
                severity = excluded.severity, response_time_ms = excluded.response_time_ms,
                failures = excluded.failures, checked_at = excluded.checked_at, fresh_ms = excluded.fresh_ms,
                state = excluded.state,
                since = CASE WHEN kept.says = excluded.says THEN kept.since ELSE excluded.since END,
                turned = CASE WHEN kept.says = excluded.says THEN kept.turned ELSE excluded.turned END
            """,
            [
                vantage, PostgreSQLText.array(checks.map(\.0.service)),
                PostgreSQLText.array(results.map(\.status.rawValue)), PostgreSQLText.array(states.map(\.vote.rawValue)),
                PostgreSQLText.array(results.map(\.message)), PostgreSQLText.array(results.map(Self.parts(of:))),
                PostgreSQLText.array(results.map { $0.severity?.rawValue }),
                PostgreSQLText.array(results.map { $0.responseTime.map { "\($0.seconds * 1000)" } }),
                PostgreSQLText.array(states.map { Int64($0.failures) }),
                PostgreSQLText.array(checks.map { "\(max(0, now.since($0.1.tick).seconds))" }),
                PostgreSQLText.array(checks.map { $0.1.freshFor.microseconds / 1000 }),
                PostgreSQLText.array(try states.map { try HistoryJSON.text($0) }),
            ])
    }
}
