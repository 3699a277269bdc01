import SQLite

/// The tables, and how an older file gets them.
enum HistorySchema {
    /// What `user_version` of a file that this program has made says.
    static let version: Int64 = 3

    /// A file that a newer program has made; writing into it could spoil it.
    struct TooNew: Error, CustomStringConvertible {
        let found: Int64
        var description: String { "it was made by a newer version (schema \(found), this one knows \(version))" }
    }

    static func migrate(_ database: Database) throws {
        let found = try database.firstInteger("PRAGMA user_version") ?? 0
        guard found <= version else { throw TooNew(found: found) }
        guard found < version else { return }
        try database.transaction {
            try database.execute(tables)
            let columns = try database.query("SELECT name FROM pragma_table_info('service_health_hours')")
            if !columns.contains(where: { $0[0] == "maintenance" }) {
                try database.execute(
                    "ALTER TABLE service_health_hours ADD COLUMN maintenance INTEGER NOT NULL DEFAULT 0")
            }
            // Rows of a monitor that knew no roll-ups.
            if found < 1 { try database.execute(rollUp) }
            try database.execute("PRAGMA user_version = \(version)")
        }
    }

    static let tables = """
        CREATE TABLE IF NOT EXISTS service_health_checks (
            id INTEGER PRIMARY KEY,
            service_name TEXT NOT NULL,
            status TEXT NOT NULL,
            checks TEXT NOT NULL,
            response_time_ms REAL,
            timestamp TEXT NOT NULL
        );
        CREATE INDEX IF NOT EXISTS service_health_checks_by_service ON service_health_checks (service_name, timestamp);
        CREATE INDEX IF NOT EXISTS service_health_checks_by_time ON service_health_checks (timestamp);
        CREATE TABLE IF NOT EXISTS service_health_alerts (
            id INTEGER PRIMARY KEY,
            service_name TEXT NOT NULL,
            severity TEXT NOT NULL,
            message TEXT NOT NULL,
            status TEXT NOT NULL,
            triggered_at TEXT NOT NULL,
            resolved_at TEXT
        );
        CREATE INDEX IF NOT EXISTS service_health_alerts_by_service
            ON service_health_alerts (service_name, triggered_at);
        CREATE INDEX IF NOT EXISTS service_health_alerts_by_status ON service_health_alerts (status, triggered_at);
        CREATE INDEX IF NOT EXISTS service_health_alerts_by_time ON service_health_alerts (triggered_at);
        CREATE TABLE IF NOT EXISTS service_health_alert_events (
            id INTEGER PRIMARY KEY,
            service_name TEXT NOT NULL,
            triggered_at TEXT NOT NULL,
            kind TEXT NOT NULL,
            severity TEXT NOT NULL,
            message TEXT NOT NULL,
            happened_at TEXT NOT NULL,
            told TEXT NOT NULL DEFAULT '{}'
        );
        CREATE INDEX IF NOT EXISTS service_health_alert_events_by_alert
            ON service_health_alert_events (service_name, triggered_at);
        CREATE INDEX IF NOT EXISTS service_health_alert_events_by_time ON service_health_alert_events (happened_at);
        CREATE TABLE IF NOT EXISTS service_health_hours (
            service_name TEXT NOT NULL,
            hour INTEGER NOT NULL,
            healthy INTEGER NOT NULL,
            degraded INTEGER NOT NULL,
            unhealthy INTEGER NOT NULL,
            unknown INTEGER NOT NULL,
            response_count INTEGER NOT NULL,
            response_sum_ms REAL NOT NULL,
            response_min_ms REAL,
            response_max_ms REAL,
            maintenance INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (service_name, hour)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS target_states (
            service_name TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            updated_at TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert_outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            channel TEXT NOT NULL,
            event TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            next_attempt_at INTEGER NOT NULL,
            last_error TEXT
        );
        """

    /// Counts the rows of each service and hour (hours since 1970).
    static let rollUp = """
        INSERT OR REPLACE INTO service_health_hours
        SELECT service_name, CAST(strftime('%s', timestamp) AS INTEGER) / 3600 AS hour,
            sum(status = 'healthy'), sum(status = 'degraded'), sum(status = 'unhealthy'), sum(status = 'unknown'),
            count(response_time_ms), total(response_time_ms), min(response_time_ms), max(response_time_ms),
            sum(status = 'maintenance')
        FROM service_health_checks WHERE strftime('%s', timestamp) IS NOT NULL
        GROUP BY service_name, hour
        """
}
