import KeepAliveSQLite

/// The tables, and their migration from older files.
enum HistorySchema {
    /// The mark of a history file, and the schema that this program writes.
    static let mark = DatabaseMark(
        applicationID: DatabaseMark.historyID, version: 5,
        earlierTables: ["service_health_checks": ["service_name", "status", "timestamp"]])

    /// Creates missing tables, also in an older file, and marks the file.
    ///
    /// - Parameter isNew: the file has no tables yet.
    static func migrate(_ database: Database, path: String, isNew: Bool) throws {
        // First, before a log exists: a file left by a kill is recognised by its mark.
        if isNew { try database.execute("PRAGMA application_id = \(mark.applicationID)") }
        // Readers and the writer never wait for each other.
        try database.execute("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864")
        let found = try database.firstInteger("PRAGMA user_version") ?? 0
        guard found <= mark.version else {
            throw DatabaseRefusal(
                .newer, "\(path) was written by a newer version (schema \(found); this one knows \(mark.version))")
        }
        if let place = try movedTo(database) {
            throw DatabaseRefusal(.foreign, "\(path) was moved to \(place): set database to that URL")
        }
        let isMarked = try database.firstInteger("PRAGMA application_id") == Int64(mark.applicationID)
        guard found < mark.version || !isMarked else { return }
        try database.transaction {
            try database.execute(tables)
            for (table, column, type) in laterColumns {
                let columns = try database.query("SELECT name FROM pragma_table_info(?)", .text(table))
                guard !columns.contains(where: { $0[0] == .text(column) }) else { continue }
                try database.execute("ALTER TABLE \(table) ADD COLUMN \(column) \(type)")
            }
            // Rows of a monitor without roll-ups.
            if found < 1 { try database.execute(rollUp) }
            if found < 5 { try database.execute(dayRollUp) }
            try database.execute(
                "PRAGMA application_id = \(mark.applicationID); PRAGMA user_version = \(mark.version)")
        }
    }

    /// The fact of a file whose history was moved, with the place.
    static let movedFact = "moved_to"

    private static func movedTo(_ database: Database) throws -> String? {
        let known = try database.firstInteger("SELECT count(*) FROM sqlite_master WHERE name = 'monitor_facts'")
        guard known == 1 else { return nil }
        return try database.query("SELECT value FROM monitor_facts WHERE name = ?", .text(movedFact)).first?[0]?
            .textValue
    }

    /// The columns that tables of earlier versions do not have.
    private static let laterColumns = [
        ("service_health_hours", "maintenance", "INTEGER NOT NULL DEFAULT 0"),
        ("push_calls", "job", "TEXT"),
        ("service_health_alert_events", "who", "TEXT"),
        ("alert_outbox", "is_escalation", "INTEGER NOT NULL DEFAULT 0"),
    ]

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
        CREATE INDEX IF NOT EXISTS service_health_checks_by_status ON service_health_checks (status, timestamp);
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
        CREATE INDEX IF NOT EXISTS service_health_alerts_by_service_status
            ON service_health_alerts (service_name, status);
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
            told TEXT NOT NULL DEFAULT '{}',
            who TEXT
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
        CREATE TABLE IF NOT EXISTS service_health_days (
            service_name TEXT NOT NULL,
            day INTEGER NOT NULL,
            healthy INTEGER NOT NULL,
            degraded INTEGER NOT NULL,
            unhealthy INTEGER NOT NULL,
            unknown INTEGER NOT NULL,
            maintenance INTEGER NOT NULL,
            response_count INTEGER NOT NULL,
            response_sum_ms REAL NOT NULL,
            PRIMARY KEY (service_name, day)
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
            last_error TEXT,
            is_escalation INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE IF NOT EXISTS push_calls (
            service_name TEXT PRIMARY KEY,
            first_known_at INTEGER NOT NULL,
            called_at INTEGER,
            status TEXT,
            message TEXT,
            job TEXT
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS service_marks (
            service_name TEXT NOT NULL,
            kind TEXT NOT NULL,
            who TEXT NOT NULL,
            marked_at INTEGER NOT NULL,
            note TEXT,
            alert_at INTEGER,
            until INTEGER,
            PRIMARY KEY (service_name, kind)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS monitor_facts (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID;
        """

    /// Adds the hours up to days (days since 1970).
    static let dayRollUp = """
        INSERT OR REPLACE INTO service_health_days
        SELECT service_name, hour / 24, sum(healthy), sum(degraded), sum(unhealthy), sum(unknown), sum(maintenance),
            sum(response_count), total(response_sum_ms)
        FROM service_health_hours GROUP BY service_name, hour / 24
        """

    /// Counts the rows per service and hour (hours since 1970).
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
