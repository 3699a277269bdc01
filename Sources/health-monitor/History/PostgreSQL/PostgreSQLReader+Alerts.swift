import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// Reads alerts and their steps.
extension PostgreSQLReader {
    /// The most steps of one alert besides its repeats; a service that flaps for weeks has more.
    private static let mostSteps = 20
    /// The most deliveries searched for waiting ones; beyond that, nobody counts them one by one.
    private static let mostWaiting = 200

    private static let columns = """
        id, service_name, severity, message, status, \(PostgreSQLText.iso8601("triggered_at")),
            \(PostgreSQLText.iso8601("resolved_at"))
        """

    func alerts(status: AlertRow.Status?, service: String?, limit: Int) throws -> [AlertRow] {
        let now = try alerts(status, service, "<=", limit)
        // An open alert matters at any time, even if it is not among the newest.
        guard status != .resolved, now.count < limit else { return now }
        return now + (try alerts(.active, service, ">", limit - now.count))
    }

    func alert(id: Int64) throws -> AlertRow? {
        try query("SELECT \(Self.columns) FROM service_health_alerts WHERE id = $1::bigint", ["\(id)"]).first.map(
            Self.alert)
    }

    private func alerts(
        _ status: AlertRow.Status?, _ service: String?, _ comparison: String, _ limit: Int
    ) throws -> [AlertRow] {
        try query(
            """
            SELECT \(Self.columns) FROM service_health_alerts
            WHERE triggered_at \(comparison) $1::timestamptz
                AND ($2::text IS NULL OR service_name = $2::text) AND ($3::text IS NULL OR status = $3::text)
            ORDER BY triggered_at DESC, id DESC LIMIT $4::bigint
            """, [latest, PostgreSQLText.clean(service), status?.rawValue, "\(max(0, limit))"]
        ).map(Self.alert)
    }

    private static func alert(_ row: PostgreSQLRow) -> AlertRow {
        AlertRow(
            id: row.integer(0) ?? 0, service: row[1] ?? "", severity: row[2].flatMap(Severity.init) ?? .warning,
            message: row[3] ?? "", status: row[4].flatMap(AlertRow.Status.init) ?? .active, triggeredAt: row[5] ?? "",
            resolvedAt: row[6])
    }

    func steps(of alerts: [AlertRow]) throws -> [Int64: [AlertStep]] {
        guard !alerts.isEmpty else { return [:] }
        let rows = try query(
            """
            SELECT alert, kind, severity, message, \(PostgreSQLText.iso8601("happened_at")), told, among, service_name,
                who
            FROM (SELECT wanted.alert, events.*,
                    row_number() OVER (PARTITION BY wanted.alert, kind = 'repeated' ORDER BY events.id DESC) AS place,
                    count(*) OVER (PARTITION BY wanted.alert, kind) AS among
                FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS wanted(alert, service, began)
                JOIN service_health_alert_events AS events ON service_name = service AND triggered_at = began) AS found
            WHERE place = 1 OR (kind <> 'repeated' AND place <= $4::bigint) ORDER BY id
            """,
            [
                PostgreSQLText.array(alerts.map(\.id)), PostgreSQLText.array(alerts.map(\.service)),
                PostgreSQLText.array(alerts.map(\.triggeredAt)), "\(Self.mostSteps)",
            ])
        let waiting = rows.isEmpty ? [:] : try waiting()
        var steps: [Int64: [AlertStep]] = [:]
        for row in rows {
            guard let alert = row.integer(0), let kind = row[1].flatMap(AlertEvent.Kind.init), let time = row[4] else {
                continue
            }
            var step = AlertStep(
                kind: kind, severity: row[2].flatMap(Severity.init) ?? .warning, message: row[3] ?? "", time: time)
            if kind == .repeated { step.count = Int(clamping: row.integer(6) ?? 1) }
            step.who = row[8]
            step.receipts = StepReceipts.told(row[5] ?? "")
            step.receipts += waiting[StepReceipts.Key(service: row[7] ?? "", kind: kind, time: time)] ?? []
            steps[alert, default: []].append(step)
        }
        return steps
    }

    /// Attempted but undelivered events by channel. The log has the reasons, which may contain any text of a peer.
    private func waiting() throws -> [StepReceipts.Key: [DeliveryReceipt]] {
        let rows = try query(
            "SELECT channel, attempts, event FROM alert_outbox WHERE attempts > 0 ORDER BY id DESC LIMIT $1::bigint",
            ["\(Self.mostWaiting)"])
        var waiting: [StepReceipts.Key: [DeliveryReceipt]] = [:]
        for row in rows {
            guard let channel = row[0], let event = HistoryJSON.value(row[2], as: AlertEvent.self) else { continue }
            let key = StepReceipts.Key(
                service: event.service, kind: event.kind, time: PostgreSQLText.time(microseconds: event.happenedAt))
            waiting[key, default: []].append(
                DeliveryReceipt(channel: channel, failedAttempts: Int(clamping: row.integer(1) ?? 1)))
        }
        return waiting
    }
}
