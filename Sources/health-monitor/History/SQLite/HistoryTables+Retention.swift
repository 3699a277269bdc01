import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// Deletes old rows.
extension HistoryTables {
    /// Deletes up to `limit` expired rows of each kind.
    func prune(_ age: HistoryAge, at now: WallTime, limit: Int) throws {
        guard let newest = try newestCheck(before: now) else { return }
        func cutoff(_ days: Int) -> WallTime {
            WallTime(microseconds: newest.microseconds &- Int64(days) &* 86_400_000_000)
        }
        let (oldest, most) = (Value.text(cutoff(age.days).iso8601), Value.integer(Int64(limit)))
        try database.transaction {
            try database.run(
                """
                DELETE FROM service_health_checks WHERE id IN
                    (SELECT id FROM service_health_checks WHERE timestamp < ? ORDER BY timestamp LIMIT ?)
                """, oldest, most)
            try database.run(
                """
                DELETE FROM service_health_alerts WHERE id IN
                    (SELECT id FROM service_health_alerts WHERE status = 'resolved' AND triggered_at < ?
                     ORDER BY triggered_at LIMIT ?) AND resolved_at < ?
                """, oldest, most, oldest)
            try database.run(
                """
                DELETE FROM service_health_alert_events WHERE id IN
                    (SELECT id FROM service_health_alert_events AS event WHERE happened_at < ? AND \(HistoryAge.isOver)
                     ORDER BY happened_at LIMIT ?)
                """, oldest, most)
        }
        // Roll-ups have no index by time, so they are pruned seldom.
        guard let days = age.rollUpDays else { return }
        try database.run("DELETE FROM service_health_hours WHERE hour < ?", .integer(cutoff(days).hour))
        try database.run("DELETE FROM service_health_days WHERE day < ?", .integer(cutoff(days).hour / 24))
        // A service that is no longer watched keeps its marks as long as its history.
        try database.execute(
            """
            DELETE FROM service_marks WHERE service_name NOT IN (SELECT service_name FROM target_states)
                AND NOT EXISTS (SELECT 1 FROM service_health_checks WHERE service_name = service_marks.service_name)
            """)
    }

    /// The time of the newest check. Rows of the future do not count: they come from a wrong clock.
    private func newestCheck(before now: WallTime) throws -> WallTime? {
        try database.firstInteger(
            """
            SELECT CAST(strftime('%s', max(timestamp)) AS INTEGER) FROM service_health_checks WHERE timestamp <= ?
            """, .text(now.iso8601)
        ).map { WallTime(microseconds: min($0, now.microseconds / 1_000_000) &* 1_000_000) }
    }
}

extension WallTime {
    /// Hours since 1970.
    var hour: Int64 { microseconds >= 0 ? microseconds / 3_600_000_000 : -1 }
}
