import KeepAliveKit
import KeepAliveSQLite

/// Reads the SQLite database of Uptime Kuma 1 or 2, as it is: nothing in it is changed.
struct KumaDatabase {
    /// A check that Uptime Kuma stored.
    struct Beat {
        let id: Int64
        let monitor: Int
        let status: ProbeStatus
        let milliseconds: Double?
        /// `2026-01-19T16:07:27.123000Z`; nil if it cannot be read.
        let time: String?
    }

    /// Why the file cannot be read.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let database: Database
    private let tables: Set<String>

    init(path: String) throws {
        database = try Database(path: path, readOnly: true)
        let rows = try database.query("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = Set(rows.compactMap { $0[0]?.words })
        guard tables.isSuperset(of: ["monitor", "heartbeat"]) else {
            throw Failure(description: "it has no tables monitor and heartbeat: give kuma.db of Uptime Kuma 1 or 2")
        }
    }

    /// All rows of a table, by column; empty if there is no such table.
    func rows(of table: String) throws -> [[String: JSONValue]] {
        guard tables.contains(table) else { return [] }
        return try database.query("SELECT * FROM \"\(table)\"").map { row in
            Dictionary(zip(row.columns, row.values.map(\.json)), uniquingKeysWith: { first, _ in first })
        }
    }

    /// The number of checks from a time on, and of all.
    func countBeats(from time: String) throws -> (kept: Int, all: Int) {
        let kept = try database.firstInteger("SELECT count(*) FROM heartbeat WHERE time >= ?", .text(time)) ?? 0
        let all = try database.firstInteger("SELECT count(*) FROM heartbeat") ?? 0
        return (Int(clamping: kept), Int(clamping: all))
    }

    /// The next checks after a row, by id.
    func beats(after id: Int64, from time: String, most: Int) throws -> [Beat] {
        let rows = try database.query(
            """
            SELECT id, monitor_id, status, ping,
                CASE WHEN time GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T]*'
                    THEN strftime('%Y-%m-%dT%H:%M:%f', time) END
            FROM heartbeat WHERE id > ? AND time >= ? ORDER BY id LIMIT ?
            """,
            .integer(id), .text(time), .integer(Int64(most)))
        return rows.map { row in
            let status: ProbeStatus =
                switch row[2] {
                case .integer(0): .unhealthy
                case .integer(1): .healthy
                case .integer(3): .maintenance
                // Pending: it has failed, but retries follow.
                default: .unknown
                }
            return Beat(
                id: row[0]?.whole ?? 0, monitor: Int(clamping: row[1]?.whole ?? -1), status: status,
                milliseconds: row[3]?.milliseconds, time: row[4]?.words.map { $0 + "000Z" })
        }
    }

    /// The hours or days that Uptime Kuma 2 has added up: (monitor, second, up, down, average, least, most).
    func sums(of table: String, from second: Int64) throws -> [Row] {
        guard tables.contains(table) else { return [] }
        return try database.query(
            "SELECT monitor_id, timestamp, up, down, ping, ping_min, ping_max FROM \(table) WHERE timestamp >= ?",
            .integer(second))
    }
}

extension Value {
    var words: String? { if case .text(let text) = self { text } else { nil } }
    var whole: Int64? { if case .integer(let number) = self { number } else { nil } }
    /// A response time; nil for a number that is none.
    var milliseconds: Double? {
        let number: Double? =
            switch self {
            case .integer(let number): Double(number)
            case .real(let number): number
            default: nil
            }
        return number.flatMap { (0...1e12).contains($0) ? $0 : nil }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .null, .blob: .null
        case .integer(let number): .integer(number)
        case .real(let number): .number(number)
        case .text(let text): .string(text)
        }
    }
}
