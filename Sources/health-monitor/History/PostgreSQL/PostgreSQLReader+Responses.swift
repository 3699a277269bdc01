import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// Reads the services' response times.
extension PostgreSQLReader {
    func hourlyResponses(service: String, from hour: Int64) throws -> [ResponsePoint] {
        let rows = try query(
            """
            SELECT hour * 3600, response_sum_ms / response_count, response_min_ms, response_max_ms
            FROM service_health_hours
            WHERE service_name = $1::text AND hour BETWEEN $2::bigint AND $3::bigint AND response_count > 0 ORDER BY hour
            """, [PostgreSQLText.clean(service), "\(hour)", "\(now.hour)"])
        return rows.compactMap(Self.point)
    }

    func checkCount(service: String, from second: Int64) throws -> (oldest: Int64?, count: Int) {
        let row = try query(
            """
            SELECT floor(extract(epoch FROM min(timestamp)))::bigint, count(*) FROM service_health_checks
            WHERE service_name = $1::text AND timestamp BETWEEN $2::timestamptz AND $3::timestamptz AND vantage IS NULL
            """, [PostgreSQLText.clean(service), Self.stamp(second), latest]
        ).first
        return (row?.integer(0), Int(clamping: row?.integer(1) ?? 0))
    }

    func responses(service: String, from second: Int64, step: Int64) throws -> [ResponsePoint] {
        let rows = try query(
            """
            SELECT floor(extract(epoch FROM timestamp) / $3::bigint)::bigint * $3::bigint, avg(response_time_ms),
                min(response_time_ms), max(response_time_ms)
            FROM service_health_checks
            WHERE service_name = $1::text AND timestamp BETWEEN $2::timestamptz AND $4::timestamptz
                AND response_time_ms IS NOT NULL AND vantage IS NULL
            GROUP BY 1 ORDER BY 1
            """, [PostgreSQLText.clean(service), Self.stamp(second), "\(max(1, step))", latest])
        return rows.compactMap(Self.point)
    }

    func samples(of service: String, every width: Int64, most: Int) throws -> [CheckSample] {
        let width = max(1, width)
        let last = max(0, now.microseconds / 1_000_000 / width)
        // One index lookup per period: a fleet's two weeks would be millions of rows.
        let rows = try query(
            """
            SELECT sample.checks, piece FROM generate_series($2::bigint, $3::bigint) AS piece
            CROSS JOIN LATERAL (SELECT checks FROM service_health_checks WHERE service_name = $1::text
                AND timestamp >= to_timestamp(piece * $4::bigint) AND timestamp < to_timestamp((piece + 1) * $4::bigint)
                AND vantage IS NULL ORDER BY timestamp LIMIT 1) AS sample ORDER BY piece
            """,
            [PostgreSQLText.clean(service), "\(max(0, last &- Int64(most)))", "\(last)", "\(width)"])
        return rows.compactMap { row in
            guard let piece = row.integer(1), let checks = HistoryJSON.value(row[0], as: [ProbeResult.SubCheck].self)
            else { return nil }
            return CheckSample(checks: checks, time: WallTime(microseconds: piece &* width &* 1_000_000))
        }
    }

    private static func point(_ row: PostgreSQLRow) -> ResponsePoint? {
        guard let second = row.integer(0), let average = row.double(1) else { return nil }
        return ResponsePoint(
            second: second, average: average, least: row.double(2) ?? average, most: row.double(3) ?? average)
    }

    private static func stamp(_ second: Int64) -> String {
        let (time, overflow) = second.multipliedReportingOverflow(by: 1_000_000)
        return PostgreSQLText.time(microseconds: overflow ? (second > 0 ? .max : 0) : time)
    }
}
