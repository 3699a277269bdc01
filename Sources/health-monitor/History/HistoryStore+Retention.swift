import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How old rows go.
extension HistoryStore {
    /// Deletes up to `limit` rows of each kind that are older than they need to be; returns whether more are left.
    func prune(rowsBefore cutoff: WallTime, limit: Int) throws -> Bool {
        var isMore = false
        try database.transaction {
            try database.run(
                """
                DELETE FROM service_health_checks WHERE id IN
                    (SELECT id FROM service_health_checks WHERE timestamp < ? ORDER BY timestamp LIMIT ?)
                """, .text(cutoff.iso8601), .integer(Int64(limit)))
            isMore = database.changes >= limit
            try database.run(
                """
                DELETE FROM service_health_alerts WHERE id IN
                    (SELECT id FROM service_health_alerts WHERE status = 'resolved' AND triggered_at < ?
                     ORDER BY triggered_at LIMIT ?) AND resolved_at < ?
                """, .text(cutoff.iso8601), .integer(Int64(limit)), .text(cutoff.iso8601))
            try database.run(
                """
                DELETE FROM service_health_alert_events WHERE id IN
                    (SELECT id FROM service_health_alert_events WHERE happened_at < ? ORDER BY happened_at LIMIT ?)
                """, .text(cutoff.iso8601), .integer(Int64(limit)))
        }
        return isMore
    }

    /// Deletes roll-ups that are older than they need to be. They have no index by time, and need this once a day.
    func pruneHours(before: WallTime) throws {
        try database.run("DELETE FROM service_health_hours WHERE hour < ?", .integer(before.hour))
    }

    /// The time of the newest check, those of the future left out: a clock was wrong when they were written.
    func newestCheck(before now: WallTime) throws -> WallTime? {
        try database.firstInteger(
            """
            SELECT CAST(strftime('%s', max(timestamp)) AS INTEGER) FROM service_health_checks WHERE timestamp <= ?
            """, .text(now.iso8601)
        ).map { WallTime(microseconds: min($0, now.microseconds / 1_000_000) &* 1_000_000) }
    }

    /// What an earlier look at the clocks found.
    func clocks() throws -> ClockAgreement? {
        let rows = try database.query("SELECT value FROM monitor_facts WHERE name = 'clocks'")
        guard let text = rows.first?[0]?.textValue else { return nil }
        return try? JSONDecoder().decode(ClockAgreement.self, from: Data(text.utf8))
    }

    func keep(_ clocks: ClockAgreement) throws {
        let text = String(decoding: try JSONEncoder().encode(clocks), as: UTF8.self)
        try database.run("INSERT OR REPLACE INTO monitor_facts (name, value) VALUES ('clocks', ?)", .text(text))
    }
}
