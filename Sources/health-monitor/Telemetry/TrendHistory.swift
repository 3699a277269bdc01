import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What an earlier run of the monitor had found of a service: one check of each piece of time, oldest first.
struct EarlierChecks: Sendable {
    typealias Check = (result: ProbeResult, time: WallTime)

    var hourly: [Check] = []
    var recent: [Check] = []
}

/// Reads from the history what trends need to go on after a restart: one check of each hour of two weeks, and one of each
/// five minutes of the last three hours. Reads on the calling thread.
struct TrendHistory {
    private let database: Database

    init(path: String) throws {
        _ = try DatabaseFile.inspect(path, for: HistorySchema.mark)
        database = try Database(path: path, readOnly: true, busyTimeout: .seconds(1))
    }

    /// A service's checks; those that cannot be read are left out.
    func checks(of service: String, until now: WallTime = .now()) throws -> EarlierChecks {
        EarlierChecks(
            hourly: try checks(of: service, until: now, ServiceTrends.hourly),
            recent: try checks(of: service, until: now, ServiceTrends.recent))
    }

    private func checks(
        of service: String, until now: WallTime, _ pieces: (width: Int, most: Int)
    ) throws -> [EarlierChecks.Check] {
        let width = Int64(pieces.width)
        let latest = now.microseconds / 1_000_000 / width
        // A jump through the index for each piece, where a fleet's two weeks would be millions of rows.
        let rows = try database.query(
            """
            WITH RECURSIVE pieces(piece) AS (SELECT ?2 UNION ALL SELECT piece + 1 FROM pieces WHERE piece < ?3)
            SELECT (SELECT checks FROM service_health_checks WHERE service_name = ?1
                AND timestamp >= strftime('%Y-%m-%dT%H:%M:%S', piece * ?4, 'unixepoch')
                AND timestamp < strftime('%Y-%m-%dT%H:%M:%S', (piece + 1) * ?4, 'unixepoch')
                ORDER BY timestamp LIMIT 1), piece FROM pieces
            """,
            [
                .text(service), .integer(max(0, latest &- Int64(pieces.most))), .integer(max(0, latest)),
                .integer(width),
            ])
        return rows.compactMap { row in
            guard let text = row[0]?.textValue, let piece = row[1]?.integerValue,
                let checks = try? JSONDecoder().decode([ProbeResult.SubCheck].self, from: Data(text.utf8))
            else { return nil }
            let time = WallTime(microseconds: piece &* width &* 1_000_000)
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
                self?.readHistory(at: path, of: services, log: log)
            }
        } catch {
            log(.debug, "there is no thread to read trends from the history: \(error.message)")
        }
    }

    /// Reads what earlier runs found, before it returns.
    func readHistory(at path: String, of services: [String], log: Log) {
        guard let history = try? TrendHistory(path: path) else { return }
        for service in services {
            do {
                remember(try history.checks(of: service), of: service)
            } catch {
                return log(.debug, "the history of \(service) cannot be read for its trend: \(error)")
            }
        }
    }
}
