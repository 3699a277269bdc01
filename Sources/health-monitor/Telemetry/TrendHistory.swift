import KeepAliveKit
import SQLite

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads from the history what trends need to go on after a restart: one check of each hour of two weeks. Reads on the
/// calling thread.
struct TrendHistory {
    private let database: Database

    static let hours: Int64 = 336

    init(path: String) throws {
        database = try Database(path: path, readOnly: true, busyTimeout: .seconds(1))
    }

    /// A service's checks, oldest first; those that cannot be read are left out.
    func checks(of service: String, until now: WallTime = .now()) throws -> [(result: ProbeResult, time: WallTime)] {
        let latest = now.hour
        // A jump through the index for each hour, where a fleet's two weeks would be millions of rows.
        let rows = try database.query(
            """
            WITH RECURSIVE hours(hour) AS (SELECT ?2 UNION ALL SELECT hour + 1 FROM hours WHERE hour < ?3)
            SELECT (SELECT checks FROM service_health_checks WHERE service_name = ?1
                AND timestamp >= strftime('%Y-%m-%dT%H:%M:%S', hour * 3600, 'unixepoch')
                AND timestamp < strftime('%Y-%m-%dT%H:%M:%S', (hour + 1) * 3600, 'unixepoch')
                ORDER BY timestamp LIMIT 1), hour FROM hours
            """, [.text(service), .integer(max(0, latest &- Self.hours)), .integer(max(0, latest))])
        return rows.compactMap { row in
            guard let text = row[0]?.textValue, let hour = row[1]?.integerValue,
                let checks = try? JSONDecoder().decode([ProbeResult.SubCheck].self, from: Data(text.utf8))
            else { return nil }
            let time = WallTime(microseconds: hour &* 3_600_000_000)
            return (ProbeResult(status: .unknown, message: "", checks: checks), time)
        }
    }
}

extension Telemetry {
    /// Begins to read what earlier runs found, on a thread of its own: a large file must hold up nobody. Without it the
    /// trends begin anew.
    func rememberHistory(at path: String, of services: [String], log: Log) {
        do {
            try OSThread.start(name: "monitor-trends") { [weak self] in
                guard let history = try? TrendHistory(path: path) else { return }
                for service in services {
                    guard let self else { return }
                    do {
                        remember(try history.checks(of: service), of: service)
                    } catch {
                        return log(.debug, "the history of \(service) cannot be read for its trend: \(error)")
                    }
                }
            }
        } catch {
            log(.debug, "there is no thread to read trends from the history: \(error.message)")
        }
    }
}
