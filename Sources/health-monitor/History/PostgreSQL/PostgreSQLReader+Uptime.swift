import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// Reads the services' uptimes.
extension PostgreSQLReader {
    func uptime(service: String, hours: Int) throws -> Uptime {
        try tallies(hours: hours, of: [service])[service]?.uptime ?? Uptime()
    }

    func uptimes(of services: [String], hours: Int) throws -> [String: Uptime] {
        try tallies(hours: hours, of: services).mapValues(\.uptime)
    }

    func dailyUptime(service: String, from day: Int64) throws -> [DayUptime] {
        let (first, overflow) = day.multipliedReportingOverflow(by: 24)
        let rows = try query(
            """
            SELECT hour / 24, \(Self.sums) FROM service_health_hours
            WHERE service_name = $1::text AND hour BETWEEN $2::bigint AND $3::bigint GROUP BY 1 ORDER BY 1
            """, [PostgreSQLText.clean(service), "\(overflow ? (day < 0 ? 0 : .max) : first)", "\(now.hour)"])
        return rows.compactMap { row in
            guard let day = row.integer(0) else { return nil }
            var tally = UptimeTally()
            tally.add(row)
            return DayUptime(day: day, uptime: tally.uptime)
        }
    }

    /// Whole hours come from roll-ups. The first hour is partial, so its rows are counted one by one; rows of the
    /// future in the current hour are subtracted.
    private func tallies(hours: Int, of services: [String]) throws -> [String: UptimeTally] {
        guard !services.isEmpty else { return [:] }
        let start = start(hours: hours)
        let first = start.hour + 1
        let names = PostgreSQLText.array(services)
        var tallies: [String: UptimeTally] = [:]
        for (table, column, part) in RollUpRange(from: first, to: now.hour).tables {
            let rows = try query(
                """
                SELECT service_name, \(Self.sums) FROM \(table)
                WHERE service_name = ANY($1::text[]) AND \(column) BETWEEN $2::bigint AND $3::bigint
                GROUP BY service_name
                """, [names, "\(part.lowerBound)", "\(part.upperBound)"])
            for row in rows { tallies[row[0] ?? "", default: UptimeTally()].add(row) }
        }
        for row in try rows(of: names, ">=", PostgreSQLText.time(start), Self.beginning(first)) {
            tallies[row[0] ?? "", default: UptimeTally()].add(row)
        }
        for row in try rows(of: names, ">", latest, Self.beginning(now.hour + 1)) {
            tallies[row[0] ?? ""]?.add(row, sign: -1)
        }
        return tallies.filter { $0.value.uptime.total > 0 }
    }

    /// The checks of a period, counted by service.
    private func rows(of names: String, _ comparison: String, _ from: String, _ to: String) throws -> [PostgreSQLRow] {
        let counts = UptimeTally.columns.map { "count(*) FILTER (WHERE status = '\($0.rawValue)')" }
        return try query(
            """
            SELECT service_name, \(counts.joined(separator: ", ")), count(response_time_ms),
                coalesce(sum(response_time_ms), 0)
            FROM service_health_checks WHERE service_name = ANY($1::text[])
                AND timestamp \(comparison) $2::timestamptz AND timestamp < $3::timestamptz AND vantage IS NULL
            GROUP BY service_name
            """, [names, from, to])
    }

    private static let sums =
        UptimeTally.columns.map { "sum(\($0.rawValue))" }.joined(separator: ", ")
        + ", sum(response_count), sum(response_sum_ms)"

    private static func beginning(_ hour: Int64) -> String {
        let (time, overflow) = hour.multipliedReportingOverflow(by: 3_600_000_000)
        return PostgreSQLText.time(microseconds: overflow ? .max : time)
    }
}

extension UptimeTally {
    /// Adds a row of counts, or subtracts it; the counts follow the first column.
    fileprivate mutating func add(_ row: PostgreSQLRow, sign: Int = 1) {
        let counts = Self.columns.indices.map { Int(clamping: min(max(0, row.integer(1 + $0) ?? 0), 1 << 40)) }
        add(counts, responses: row.double(1 + counts.count) ?? 0, sum: row.double(2 + counts.count) ?? 0, sign: sign)
    }
}
