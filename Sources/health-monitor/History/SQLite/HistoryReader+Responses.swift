import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads the services' response times.
extension HistoryReader {
    func hourlyResponses(service: String, from hour: Int64) throws -> [ResponsePoint] {
        let rows = try query(
            """
            SELECT hour * 3600, response_sum_ms / response_count, response_min_ms, response_max_ms
            FROM service_health_hours 
            WHERE service_name = ? AND hour BETWEEN ? AND ? AND response_count > 0
            """, [.text(service), .integer(hour), .integer(now.hour)])
        return rows.compactMap(Self.point)
    }

    func checkCount(service: String, from second: Int64) throws -> (oldest: Int64?, count: Int) {
        let rows = try query(
            """
            SELECT CAST(strftime('%s', min(timestamp)) AS INTEGER), count(*) FROM service_health_checks
            WHERE service_name = ? AND timestamp BETWEEN ? AND ?
            """, [.text(service), Self.stamp(second), latest])
        return (rows.first?[0]?.integerValue, rows.first?[1]?.count ?? 0)
    }

    func responses(service: String, from second: Int64, step: Int64) throws -> [ResponsePoint] {
        let rows = try query(
            """
            SELECT CAST(strftime('%s', timestamp) AS INTEGER) / ?3 * ?3 AS start, avg(response_time_ms),
                min(response_time_ms), max(response_time_ms)
            FROM service_health_checks 
            WHERE service_name = ?1 AND timestamp BETWEEN ?2 AND ?4 AND response_time_ms IS NOT NULL
            GROUP BY start ORDER BY start
            """, [.text(service), Self.stamp(second), .integer(max(1, step)), latest])
        return rows.compactMap(Self.point)
    }

    func samples(of service: String, every width: Int64, most: Int) throws -> [CheckSample] {
        let latest = now.microseconds / 1_000_000 / max(1, width)
        // One index lookup per period: a fleet's two weeks would be millions of rows.
        let rows = try query(
            """
            WITH RECURSIVE pieces(piece) AS (SELECT ?2 UNION ALL SELECT piece + 1 FROM pieces WHERE piece < ?3)
            SELECT (SELECT checks FROM service_health_checks WHERE service_name = ?1
                AND timestamp >= strftime('%Y-%m-%dT%H:%M:%S', piece * ?4, 'unixepoch')
                AND timestamp < strftime('%Y-%m-%dT%H:%M:%S', (piece + 1) * ?4, 'unixepoch')
                ORDER BY timestamp LIMIT 1), piece FROM pieces
            """,
            [
                .text(service), .integer(max(0, latest &- Int64(most))), .integer(max(0, latest)),
                .integer(max(1, width)),
            ])
        return rows.compactMap { row in
            guard let text = row[0]?.textValue, let piece = row[1]?.integerValue,
                let checks = try? JSONDecoder().decode([ProbeResult.SubCheck].self, from: Data(text.utf8))
            else { return nil }
            return CheckSample(checks: checks, time: WallTime(microseconds: piece &* width &* 1_000_000))
        }
    }

    private static func point(_ row: Row) -> ResponsePoint? {
        guard let second = row[0]?.integerValue, let average = row[1]?.number else { return nil }
        return ResponsePoint(
            second: second, average: average, least: row[2]?.number ?? average, most: row[3]?.number ?? average)
    }

    private static func stamp(_ second: Int64) -> Value {
        let (time, overflow) = second.multipliedReportingOverflow(by: 1_000_000)
        return .text(WallTime(microseconds: overflow ? 0 : max(0, time)).iso8601)
    }
}
