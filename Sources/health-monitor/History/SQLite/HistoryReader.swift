import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import Synchronization

/// Reads the history on the calling thread, through its own read-only connection. Thread-safe.
///
/// In WAL mode it never waits for the writer. Long periods use the hourly roll-ups: an uptime reads at most one hour of
/// rows. Rows of the future, left by a wrong wall clock, count nowhere.
final class HistoryReader: HistoryReading, Sendable {
    private struct State {
        var database: Database?
        var identity: FileIdentity?
        var isClosed = false
    }

    private let path: String
    private let clock: @Sendable () -> WallTime
    private let state = Mutex(State())

    init(path: String, clock: @escaping @Sendable () -> WallTime = { .now() }) {
        self.path = path
        self.clock = clock
    }

    /// The time of the reader's clock.
    var now: WallTime { clock() }
    /// The latest time that is not the future: a writer and a reader in one process have one clock.
    var latest: Value { .text(WallTime(microseconds: now.microseconds &+ 10_000_000).iso8601) }

    func checks(service: String?, hours: Int, limit: Int) throws -> [CheckRow] {
        let start = Value.text(start(hours: hours).iso8601)
        let rows: [Row]
        let columns = "service_name, status, checks, response_time_ms, timestamp"
        let most = Value.integer(Int64(max(0, limit)))
        if let service {
            rows = try query(
                """
                SELECT \(columns) FROM service_health_checks 
                WHERE service_name = ? AND timestamp BETWEEN ? AND ? ORDER BY timestamp DESC, id DESC LIMIT ?
                """, [.text(service), start, latest, most])
        } else {
            rows = try query(
                """
                SELECT \(columns) FROM service_health_checks 
                WHERE timestamp BETWEEN ? AND ? ORDER BY timestamp DESC, id DESC LIMIT ?
                """, [start, latest, most])
        }
        return rows.map { row in
            CheckRow(
                service: row[0]?.textValue ?? "", status: row[1]?.textValue.flatMap(ProbeStatus.init) ?? .unknown,
                checks: row[2]?.textValue ?? "[]", responseTimeMilliseconds: row[3]?.number,
                timestamp: row[4]?.textValue ?? "")
        }
    }

    func alerts(status: AlertRow.Status?, service: String?, limit: Int) throws -> [AlertRow] {
        let now = try alerts(status, service, "triggered_at <= ?", latest, limit)
        // An open alert matters at any time, even if it is not among the newest.
        guard status != .resolved, now.count < limit else { return now }
        return now + (try alerts(.active, service, "triggered_at > ?", latest, limit - now.count))
    }

    func alert(id: Int64) throws -> AlertRow? {
        try query("SELECT \(Self.columns) FROM service_health_alerts WHERE id = ?", [.integer(id)]).first.map(
            Self.alert)
    }

    private static let columns = "id, service_name, severity, message, status, triggered_at, resolved_at"

    private static func alert(_ row: Row) -> AlertRow {
        AlertRow(
            id: row[0]?.integerValue ?? 0, service: row[1]?.textValue ?? "",
            severity: row[2]?.textValue.flatMap(Severity.init) ?? .warning, message: row[3]?.textValue ?? "",
            status: row[4]?.textValue.flatMap(AlertRow.Status.init) ?? .active,
            triggeredAt: row[5]?.textValue ?? "", resolvedAt: row[6]?.textValue)
    }

    private func alerts(
        _ status: AlertRow.Status?, _ service: String?, _ time: String, _ latest: Value, _ limit: Int
    ) throws -> [AlertRow] {
        var conditions = [time]
        var values = [latest]
        if let service {
            conditions.append("service_name = ?")
            values.append(.text(service))
        }
        if let status {
            // The + stops SQLite from using the index by status when the index by service is better.
            conditions.append(service == nil ? "status = ?" : "+status = ?")
            values.append(.text(status.rawValue))
        }
        return try query(
            """
            SELECT \(Self.columns) FROM service_health_alerts
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY triggered_at DESC, id DESC LIMIT ?
            """, values + [.integer(Int64(max(0, limit)))]
        ).map(Self.alert)
    }

    /// Closes the file; later reads throw.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.database?.close()
            state.database = nil
        }
    }

    /// A read after the close.
    struct Closed: Error, CustomStringConvertible {
        let description = "the monitor ends"
    }

    /// This many hours ago; at the earliest the beginning of 1970.
    func start(hours: Int) -> WallTime {
        let (length, overflow) = Int64(clamping: max(0, hours)).multipliedReportingOverflow(by: 3_600_000_000)
        return WallTime(microseconds: overflow ? 0 : max(0, now.microseconds &- length))
    }

    func query(_ sql: String, _ values: [Value]) throws -> [Row] { try read { try $0.query(sql, values) } }

    func read<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) throws -> Result {
        try state.withLock { state -> Result in
            if state.isClosed { throw Closed() }
            // A damaged file is renamed, and a connection would keep reading it.
            let identity = FileIdentity(path: path)
            if let database = state.database, identity == state.identity { return try body(database) }
            state.database?.close()
            state.database = nil
            _ = try DatabaseFile.inspect(path, for: HistorySchema.mark)
            let database = try Database(path: path, readOnly: true, busyTimeout: .seconds(1))
            state.database = database
            state.identity = identity
            return try body(database)
        }
    }

    func pushes() throws -> [String: PushRecord] { try read { try HistoryTables(database: $0).pushes() } }
}

extension Value {
    /// A number of either type: SQLite keeps the type that another program wrote.
    var number: Double? { realValue ?? integerValue.map { Double($0) } }

    /// A count, limited so that sums cannot overflow: a file may hold any number.
    var count: Int { Int(clamping: min(max(0, integerValue ?? 0), 1 << 40)) }
}
