import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL
import Synchronization

/// Reads the history on the calling thread, through its own connection. Thread-safe.
///
/// As with SQLite, long periods use the hourly roll-ups, and rows of the future count nowhere.
final class PostgreSQLReader: HistoryReading, Sendable {
    private struct State {
        var connection: PostgreSQLConnection?
        var failure: (error: PostgreSQLError, at: MonotonicTime)?
        var isClosed = false
    }

    /// The longest wait for the server; requests of the API wait behind it.
    private static let limit = Duration.seconds(3)

    private let address: PostgreSQLAddress
    private let clock: @Sendable () -> WallTime
    private let state = Mutex(State())

    init(address: PostgreSQLAddress, clock: @escaping @Sendable () -> WallTime = { .now() }) {
        self.address = address
        self.clock = clock
    }

    /// The time of the reader's clock.
    var now: WallTime { clock() }
    /// The latest time that is not the future.
    var latest: String { PostgreSQLText.time(microseconds: now.microseconds &+ 10_000_000) }

    /// This many hours ago; at the earliest the beginning of 1970.
    func start(hours: Int) -> WallTime {
        let (length, overflow) = Int64(clamping: max(0, hours)).multipliedReportingOverflow(by: 3_600_000_000)
        return WallTime(microseconds: overflow ? 0 : max(0, now.microseconds &- length))
    }

    func checks(service: String?, hours: Int, limit: Int) throws -> [CheckRow] {
        let rows = try query(
            """
            SELECT service_name, status, checks, response_time_ms, \(PostgreSQLText.iso8601("timestamp"))
            FROM service_health_checks
            WHERE vantage IS NULL AND timestamp BETWEEN $1::timestamptz AND $2::timestamptz
                \(service == nil ? "" : "AND service_name = $4::text")
            ORDER BY timestamp DESC, id DESC LIMIT $3::bigint
            """,
            [PostgreSQLText.time(start(hours: hours)), latest, "\(max(0, limit))"]
                + (service.map { [PostgreSQLText.clean($0)] } ?? []))
        return rows.map { row in
            CheckRow(
                service: row[0] ?? "", status: row[1].flatMap(ProbeStatus.init) ?? .unknown, checks: row[2] ?? "[]",
                responseTimeMilliseconds: row.double(3), timestamp: row[4] ?? "")
        }
    }

    func pushes() throws -> [String: PushRecord] { PostgreSQLTables.pushes(try query(PostgreSQLTables.pushColumns)) }

    /// Closes the connection; later reads throw.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.connection?.close()
            state.connection = nil
        }
    }

    /// Runs a statement. A connection that has broken since its last use is replaced at once; while the server is away,
    /// reads fail at once for a second, instead of each waiting for it.
    func query(_ sql: String, _ parameters: [String?] = []) throws -> [PostgreSQLRow] {
        try state.withLock { state -> [PostgreSQLRow] in
            if state.isClosed { throw HistoryReader.Closed() }
            if let failure = state.failure, MonotonicTime.now().since(failure.at) < .seconds(1) { throw failure.error }
            state.failure = nil
            let wasOpen = state.connection?.isClosed == false
            do throws(PostgreSQLError) {
                do throws(PostgreSQLError) {
                    return try read(&state.connection, sql, parameters)
                } catch {
                    guard wasOpen, error.kind == .lost else { throw error }
                    return try read(&state.connection, sql, parameters)
                }
            } catch {
                if error.kind != .server { state.failure = (error, .now()) }
                throw error
            }
        }
    }

    private func read(
        _ connection: inout PostgreSQLConnection?, _ sql: String, _ parameters: [String?]
    ) throws(PostgreSQLError) -> [PostgreSQLRow] {
        if let connection, !connection.isClosed {
            return try connection.query(sql, parameters, within: Self.limit).rows
        }
        connection = nil
        let opened = try PostgreSQLConnection.connect(
            to: address, application: "health-monitor reader", within: Self.limit)
        connection = opened
        return try opened.query(sql, parameters, within: Self.limit).rows
    }
}
