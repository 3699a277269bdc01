import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// Reads the steps of each alert.
extension HistoryReader {
    /// The most steps of one alert besides its repeats; a service that flaps for weeks has more.
    private static let mostSteps: Int64 = 20
    /// The most deliveries searched for waiting ones; beyond that, nobody counts them one by one.
    private static let mostWaiting: Int64 = 200

    func steps(of alerts: [AlertRow]) throws -> [Int64: [AlertStep]] {
        guard !alerts.isEmpty else { return [:] }
        let wanted = JSONValue.array(
            alerts.map { .array([.integer($0.id), .string($0.service), .string($0.triggeredAt)]) })
        let rows = try query(
            """
            SELECT alert, kind, severity, message, happened_at, told, among, service_name, who FROM (
                SELECT json_extract(wanted.value, '$[0]') AS alert, events.*,
                    row_number() OVER (PARTITION BY wanted.key, kind = 'repeated' ORDER BY events.id DESC) AS place,
                    count(*) OVER (PARTITION BY wanted.key, kind) AS among
                FROM json_each(?) AS wanted CROSS JOIN service_health_alert_events AS events
                    ON service_name = json_extract(wanted.value, '$[1]')
                    AND triggered_at = json_extract(wanted.value, '$[2]'))
            WHERE place = 1 OR (kind != 'repeated' AND place <= ?) ORDER BY id
            """, [.text(wanted.json), .integer(Self.mostSteps)])
        let waiting = rows.isEmpty ? [:] : try waiting()
        var steps: [Int64: [AlertStep]] = [:]
        for row in rows {
            guard let alert = row[0]?.integerValue, let kind = row[1]?.textValue.flatMap(AlertEvent.Kind.init),
                let time = row[4]?.textValue
            else { continue }
            var step = AlertStep(
                kind: kind, severity: row[2]?.textValue.flatMap(Severity.init) ?? .warning,
                message: row[3]?.textValue ?? "", time: time)
            if kind == .repeated { step.count = row[6]?.count ?? 1 }
            step.who = row[8]?.textValue
            step.receipts = StepReceipts.told(row[5]?.textValue ?? "")
            step.receipts += waiting[StepReceipts.Key(service: row[7]?.textValue ?? "", kind: kind, time: time)] ?? []
            steps[alert, default: []].append(step)
        }
        return steps
    }

    /// Attempted but undelivered events by channel. The log has the reasons, which may contain any text of a peer.
    private func waiting() throws -> [StepReceipts.Key: [DeliveryReceipt]] {
        let rows = try query(
            """
            SELECT channel, attempts, json_extract(event, '$.service'), json_extract(event, '$.kind'),
                json_extract(event, '$.happenedAt')
            FROM alert_outbox WHERE attempts > 0 AND json_valid(event) ORDER BY id DESC LIMIT ?
            """, [.integer(Self.mostWaiting)])
        var waiting: [StepReceipts.Key: [DeliveryReceipt]] = [:]
        for row in rows {
            guard let channel = row[0]?.textValue, let service = row[2]?.textValue,
                let kind = row[3]?.textValue.flatMap(AlertEvent.Kind.init), let time = row[4]?.integerValue
            else { continue }
            let key = StepReceipts.Key(service: service, kind: kind, time: WallTime(microseconds: time).iso8601)
            waiting[key, default: []].append(
                DeliveryReceipt(channel: channel, failedAttempts: row[1]?.count ?? 1))
        }
        return waiting
    }
}
