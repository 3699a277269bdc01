import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// Reads the services' uptimes.
extension HistoryReader {
    func uptime(service: String, hours: Int) throws -> Uptime {
        try tallies(hours: hours, of: [service])[service]?.uptime ?? Uptime()
    }

    func uptimes(of services: [String], hours: Int) throws -> [String: Uptime] {
        try tallies(hours: hours, of: services).mapValues(\.uptime)
    }

    func dailyUptime(service: String, from day: Int64) throws -> [DayUptime] {
        let rows = try query(
            """
            SELECT hour / 24, \(Self.sums) FROM service_health_hours
            WHERE service_name = ? AND hour >= ? AND hour <= ? GROUP BY hour / 24
            """, [.text(service), .integer(day &* 24), .integer(now.hour)])
        return rows.compactMap { row in
            guard let day = row[0]?.integerValue else { return nil }
            var tally = UptimeTally()
            tally.add(row)
            return DayUptime(day: day, uptime: tally.uptime)
        }
    }

    /// Whole hours come from roll-ups. The first hour is partial, so its rows are counted one by one; rows of the
    /// future in the current hour are subtracted.
    private func tallies(hours: Int, of services: [String]) throws -> [String: UptimeTally] {
        let start = start(hours: hours)
        let first = start.hour + 1
        let names = Value.text(JSONValue.array(services.map { .string($0) }).json)
        var tallies: [String: UptimeTally] = [:]
        for (table, column, part) in RollUpRange(from: first, to: now.hour).tables {
            // CROSS: one lookup per service, not a walk over all hours of ninety days.
            let rows = try query(
                """
                SELECT service_name, \(Self.sums) FROM json_each(?) AS names CROSS JOIN \(table)
                    ON service_name = names.value AND \(column) BETWEEN ? AND ?
                GROUP BY service_name
                """, [names, .integer(part.lowerBound), .integer(part.upperBound)])
            for row in rows { tallies[row[0]?.textValue ?? "", default: UptimeTally()].add(row) }
        }
        for row in try rows(
            of: services, "timestamp >= ? AND timestamp < ?", .text(start.iso8601), Self.beginning(first))
        {
            tallies[row[0]?.textValue ?? "", default: UptimeTally()].add(row)
        }
        for row in try rows(of: services, "timestamp > ? AND timestamp < ?", latest, Self.beginning(now.hour + 1)) {
            tallies[row[0]?.textValue ?? ""]?.add(row, sign: -1)
        }
        let wanted = Set(services)
        return tallies.filter { wanted.contains($0.key) && $0.value.uptime.total > 0 }
    }

    /// The checks of a period, counted by service: one service through its index, many through the index of times.
    private func rows(of services: [String], _ time: String, _ from: Value, _ to: Value) throws -> [Row] {
        let one = services.count == 1 ? services.first : nil
        let counts = UptimeTally.columns.map { "sum(status = '\($0.rawValue)')" }.joined(separator: ", ")
        return try query(
            """
            SELECT service_name, \(counts), count(response_time_ms), total(response_time_ms) FROM service_health_checks
            WHERE \(one == nil ? "" : "service_name = ? AND ") \(time) GROUP BY service_name
            """, (one.map { [.text($0)] } ?? []) + [from, to])
    }

    private static let sums =
        UptimeTally.columns.map { "sum(\($0.rawValue))" }.joined(separator: ", ")
        + ", sum(response_count), total(response_sum_ms)"

    private static func beginning(_ hour: Int64) -> Value {
        .text(WallTime(microseconds: hour &* 3_600_000_000).iso8601)
    }
}

extension UptimeTally {
    /// Adds a row of counts, or subtracts it; the counts follow the first column.
    fileprivate mutating func add(_ row: Row, sign: Int = 1) {
        let counts = Self.columns.indices.map { row[1 + $0]?.count ?? 0 }
        add(
            counts, responses: row[1 + counts.count]?.number ?? 0, sum: row[2 + counts.count]?.number ?? 0, sign: sign)
    }
}
