import KeepAliveKit
import SQLite
import Synchronization

/// Reads the history on the calling thread, through a connection of its own that cannot write. Thread-safe.
///
/// In WAL it never waits for the writer. Long times are counted from the hourly roll-ups: an uptime reads the rows of one
/// hour at most.
final class HistoryReader: HistoryReading, Sendable {
    private struct State {
        var database: Database?
        var identity: FileIdentity?
        var isClosed = false
    }

    private let path: String
    private let state = Mutex(State())

    init(path: String) {
        self.path = path
    }

    func checks(service: String?, hours: Int, limit: Int) throws -> [CheckRow] {
        let start = Value.text(Self.start(hours: hours).iso8601)
        let rows: [Row]
        let columns = "service_name, status, checks, response_time_ms, timestamp"
        let most = Value.integer(Int64(max(0, limit)))
        if let service {
            rows = try query(
                """
                SELECT \(columns) FROM service_health_checks WHERE service_name = ? AND timestamp >= ?
                ORDER BY timestamp DESC, id DESC LIMIT ?
                """, [.text(service), start, most])
        } else {
            rows = try query(
                """
                SELECT \(columns) FROM service_health_checks WHERE timestamp >= ?
                ORDER BY timestamp DESC, id DESC LIMIT ?
                """, [start, most])
        }
        return rows.map { row in
            CheckRow(
                service: row[0]?.textValue ?? "", status: row[1]?.textValue.flatMap(ProbeStatus.init) ?? .unknown,
                checks: row[2]?.textValue ?? "[]", responseTimeMilliseconds: row[3]?.number,
                timestamp: row[4]?.textValue ?? "")
        }
    }

    func alerts(status: AlertRow.Status?, service: String?, limit: Int) throws -> [AlertRow] {
        var conditions: [String] = []
        var values: [Value] = []
        if let service {
            conditions.append("service_name = ?")
            values.append(.text(service))
        }
        if let status {
            // The + keeps SQLite from the index by status where there is the better one by service.
            conditions.append(service == nil ? "status = ?" : "+status = ?")
            values.append(.text(status.rawValue))
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let rows = try query(
            """
            SELECT id, service_name, severity, message, status, triggered_at, resolved_at FROM service_health_alerts
            \(filter) ORDER BY triggered_at DESC, id DESC LIMIT ?
            """, values + [.integer(Int64(max(0, limit)))])
        return rows.map { row in
            AlertRow(
                id: row[0]?.integerValue ?? 0, service: row[1]?.textValue ?? "",
                severity: row[2]?.textValue.flatMap(Severity.init) ?? .warning, message: row[3]?.textValue ?? "",
                status: row[4]?.textValue.flatMap(AlertRow.Status.init) ?? .active,
                triggeredAt: row[5]?.textValue ?? "", resolvedAt: row[6]?.textValue)
        }
    }

    func uptime(service: String, hours: Int) throws -> Uptime {
        let start = Self.start(hours: hours)
        // The hour that it begins in is only partly asked for, and is counted row by row.
        let nextHour = start.hour + 1
        let boundary = WallTime(microseconds: nextHour &* 3_600_000_000)
        let name = Value.text(service)
        let rows =
            try query(
                """
                SELECT status, count(*), count(response_time_ms), total(response_time_ms) FROM service_health_checks
                WHERE service_name = ? AND timestamp >= ? AND timestamp < ? GROUP BY status
                """, [name, .text(start.iso8601), .text(boundary.iso8601)])
        let whole = try query(
            """
            SELECT sum(healthy), sum(degraded), sum(unhealthy), sum(unknown), sum(maintenance), sum(response_count),
                total(response_sum_ms)
            FROM service_health_hours WHERE service_name = ? AND hour >= ?
            """, [name, .integer(nextHour)])
        var uptime = Uptime()
        var responses = 0.0
        var sum = 0.0
        for row in rows {
            uptime.add(row[1]?.count ?? 0, row[0]?.textValue.flatMap(ProbeStatus.init) ?? .unknown)
            responses += row[2]?.number ?? 0
            sum += row[3]?.number ?? 0
        }
        if let row = whole.first {
            for (index, status) in Uptime.columns.enumerated() { uptime.add(row[index]?.count ?? 0, status) }
            responses += row[5]?.number ?? 0
            sum += row[6]?.number ?? 0
        }
        uptime.averageResponseMilliseconds = responses > 0 ? sum / responses : nil
        return uptime
    }

    func uptimes(of services: [String], hours: Int) throws -> [String: Uptime] {
        // CROSS: a look-up for each service, not a walk over all hours of ninety days.
        let rows = try query(
            """
            SELECT service_name, sum(healthy), sum(degraded), sum(unhealthy), sum(unknown), sum(maintenance),
                sum(response_count), total(response_sum_ms)
            FROM json_each(?) AS names CROSS JOIN service_health_hours ON service_name = names.value AND hour >= ?
            GROUP BY service_name
            """,
            [
                .text(JSONValue.array(services.map { .string($0) }).json),
                .integer(Self.start(hours: hours).hour),
            ])
        var uptimes: [String: Uptime] = [:]
        for row in rows {
            guard let name = row[0]?.textValue else { continue }
            var uptime = Uptime()
            for (index, status) in Uptime.columns.enumerated() { uptime.add(row[1 + index]?.count ?? 0, status) }
            let responses = row[6]?.number ?? 0
            uptime.averageResponseMilliseconds = responses > 0 ? (row[7]?.number ?? 0) / responses : nil
            uptimes[name] = uptime
        }
        return uptimes
    }

    /// Closes the file; whoever reads later is refused.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.database?.close()
            state.database = nil
        }
    }

    /// A read that came after the end.
    struct Closed: Error, CustomStringConvertible {
        let description = "the monitor ends"
    }

    func dailyUptime(service: String, from day: Int64) throws -> [DayUptime] {
        let rows = try query(
            """
            SELECT hour / 24, sum(healthy), sum(degraded), sum(unhealthy), sum(unknown), sum(maintenance),
                sum(response_count), total(response_sum_ms)
            FROM service_health_hours WHERE service_name = ? AND hour >= ? GROUP BY hour / 24
            """, [.text(service), .integer(day &* 24)])
        return rows.compactMap { row in
            guard let day = row[0]?.integerValue else { return nil }
            var uptime = Uptime()
            for (index, status) in Uptime.columns.enumerated() { uptime.add(row[1 + index]?.count ?? 0, status) }
            let responses = row[6]?.number ?? 0
            uptime.averageResponseMilliseconds = responses > 0 ? (row[7]?.number ?? 0) / responses : nil
            return DayUptime(day: day, uptime: uptime)
        }
    }

    /// So many hours ago; the beginning of 1970 at the earliest.
    private static func start(hours: Int, now: WallTime = .now()) -> WallTime {
        let (length, overflow) = Int64(clamping: max(0, hours)).multipliedReportingOverflow(by: 3_600_000_000)
        return WallTime(microseconds: overflow ? 0 : max(0, now.microseconds &- length))
    }

    func query(_ sql: String, _ values: [Value]) throws -> [Row] {
        try state.withLock { state in
            if state.isClosed { throw Closed() }
            // A damaged file is set aside under another name: a connection would go on reading that one.
            let identity = FileIdentity(path: path)
            if state.database == nil || identity != state.identity {
                state.database?.close()
                state.database = nil
                _ = try DatabaseFile.inspect(path, for: HistorySchema.mark)
                state.database = try Database(path: path, readOnly: true, busyTimeout: .seconds(1))
                state.identity = identity
            }
            guard let database = state.database else { return [] }
            return try database.query(sql, values)
        }
    }
}

extension Uptime {
    /// In the order in which the roll-ups are asked for them.
    fileprivate static let columns: [ProbeStatus] = [.healthy, .degraded, .unhealthy, .unknown, .maintenance]

    fileprivate mutating func add(_ count: Int, _ status: ProbeStatus) {
        switch status {
        case .healthy: healthy &+= count
        case .degraded: degraded &+= count
        case .unhealthy: unhealthy &+= count
        case .unknown: unknown &+= count
        case .maintenance: maintenance &+= count
        }
    }
}

extension Value {
    /// A number of either kind: SQLite keeps what another program wrote as it was given.
    var number: Double? { realValue ?? integerValue.map { Double($0) } }

    /// A number of things, no more than can be added up: a file may say anything.
    var count: Int { Int(clamping: min(max(0, integerValue ?? 0), 1 << 40)) }
}
