import KeepAlivePostgreSQL

/// The tables of a history in PostgreSQL, and who may make them.
enum PostgreSQLSchema {
    /// The schema that this program writes.
    static let version = 2
    static let versionFact = "history_schema"
    private static let identityFact = "history_identity"

    static let tables = [
        "service_health_checks", "service_health_alerts", "service_health_alert_events", "service_health_hours",
        "service_health_days",
        "target_states", "alert_outbox", "push_calls", "service_marks", "monitor_facts", "service_health_vantages",
        "monitor_vantages",
    ]

    /// Why a database cannot hold the history.
    struct Refusal: Error {
        let words: String
    }

    /// Makes missing tables; returns the identity of this history.
    ///
    /// - Throws: `Refusal` if the database cannot keep every text, or if the tables are another program's, of a newer
    ///   version, or may not be made.
    static func prepare(_ connection: PostgreSQLConnection, within limit: Duration) throws -> String {
        let encoding = try connection.query("SELECT current_setting('server_encoding')", within: limit).firstValue
        // SQL_ASCII keeps all bytes as they are.
        if let encoding, encoding != "UTF8", encoding != "SQL_ASCII" {
            throw Refusal(
                words: "its encoding \(encoding) cannot keep every text: make a database with ENCODING 'UTF8' "
                    + "TEMPLATE template0, and set database to it")
        }
        let known = try identity(connection, within: limit)
        if let known, known.version == version { return known.identity }
        let lock = "SELECT pg_advisory_xact_lock(\(AdvisoryLock.number), 1)"
        let missing = known == nil ? statements + additions : additions
        do throws(PostgreSQLError) {
            _ = try connection.run([PostgreSQLQuery(lock)] + missing.map { PostgreSQLQuery($0) }, within: limit)
        } catch {
            guard error.isMissingRight || error.sqlState == "3F000" else { throw error }
            throw Refusal(words: try refusal(error, connection, within: limit))
        }
        guard let made = try identity(connection, within: limit), made.version == version else {
            throw Refusal(words: "its table monitor_facts does not keep what is written")
        }
        return made.identity
    }

    /// The identity and schema of an existing history; nil without tables.
    private static func identity(
        _ connection: PostgreSQLConnection, within limit: Duration
    ) throws -> (identity: String, version: Int)? {
        let found = try connection.query(
            "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL",
            [PostgreSQLQuery.array(tables)], within: limit
        ).rows.compactMap { $0[0] }
        guard !found.isEmpty else { return nil }
        var facts: [String: String] = [:]
        if found.contains("monitor_facts") {
            do throws(PostgreSQLError) {
                for row in try connection.query("SELECT name, value FROM monitor_facts", within: limit).rows {
                    facts[row[0] ?? ""] = row[1]
                }
            } catch {
                // A table of this name with other columns.
                guard error.sqlState == "42703" else { throw error }
            }
        }
        guard let version = facts[versionFact].flatMap({ Int($0) }), let identity = facts[identityFact] else {
            throw Refusal(
                words: "it has tables of another program (\(found.joined(separator: ", "))), which were not changed: "
                    + "set database to another one, or name a schema with ?options=-csearch_path%3DNAME")
        }
        guard version <= Self.version else {
            throw Refusal(
                words: "it was written by a newer version (schema \(version); this one knows \(Self.version)): "
                    + "install that version of health-monitor, or set database to another one")
        }
        return (identity, version)
    }

    private static func refusal(
        _ error: PostgreSQLError, _ connection: PostgreSQLConnection, within limit: Duration
    ) throws -> String {
        let user = try connection.query("SELECT quote_ident(current_user)", within: limit).firstValue ?? "PUBLIC"
        let grants = [
            "GRANT SELECT, INSERT, UPDATE, DELETE ON \(tables.joined(separator: ", ")), service_health_checks_default "
                + "TO \(user)",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO \(user)",
        ]
        let script = (statements + additions + grants).map { $0 + ";" }.joined(separator: "\n")
        return
            "its user may not make the tables (\(error.message)); give it the right, or have the owner run:\n\(script)"
    }

    /// Timestamps are UTC instants. A row of a check is unique, so that a batch whose answer was lost can be sent again.
    static let statements = [
        """
        CREATE TABLE IF NOT EXISTS service_health_checks (
            id bigserial NOT NULL,
            service_name text NOT NULL,
            status text NOT NULL,
            checks text NOT NULL,
            response_time_ms double precision,
            timestamp timestamptz NOT NULL
        ) PARTITION BY RANGE (timestamp)
        """,
        """
        CREATE UNIQUE INDEX IF NOT EXISTS service_health_checks_by_service
            ON service_health_checks (service_name, timestamp, status)
        """,
        "CREATE INDEX IF NOT EXISTS service_health_checks_by_time ON service_health_checks (timestamp)",
        "CREATE INDEX IF NOT EXISTS service_health_checks_by_status ON service_health_checks (status, timestamp)",
        "CREATE TABLE IF NOT EXISTS service_health_checks_default PARTITION OF service_health_checks DEFAULT",
        """
        CREATE TABLE IF NOT EXISTS service_health_alerts (
            id bigserial PRIMARY KEY,
            service_name text NOT NULL,
            severity text NOT NULL,
            message text NOT NULL,
            status text NOT NULL,
            triggered_at timestamptz NOT NULL,
            resolved_at timestamptz
        )
        """,
        """
        CREATE INDEX IF NOT EXISTS service_health_alerts_by_service
            ON service_health_alerts (service_name, triggered_at)
        """,
        """
        CREATE INDEX IF NOT EXISTS service_health_alerts_by_service_status
            ON service_health_alerts (service_name, status)
        """,
        "CREATE INDEX IF NOT EXISTS service_health_alerts_by_status ON service_health_alerts (status, triggered_at)",
        "CREATE INDEX IF NOT EXISTS service_health_alerts_by_time ON service_health_alerts (triggered_at)",
        """
        CREATE TABLE IF NOT EXISTS service_health_alert_events (
            id bigserial PRIMARY KEY,
            service_name text NOT NULL,
            triggered_at timestamptz NOT NULL,
            kind text NOT NULL,
            severity text NOT NULL,
            message text NOT NULL,
            happened_at timestamptz NOT NULL,
            told jsonb NOT NULL DEFAULT '{}',
            who text
        )
        """,
        """
        CREATE INDEX IF NOT EXISTS service_health_alert_events_by_alert
            ON service_health_alert_events (service_name, triggered_at)
        """,
        """
        CREATE INDEX IF NOT EXISTS service_health_alert_events_by_time ON service_health_alert_events (happened_at)
        """,
        """
        CREATE TABLE IF NOT EXISTS service_health_hours (
            service_name text NOT NULL,
            hour bigint NOT NULL,
            healthy bigint NOT NULL,
            degraded bigint NOT NULL,
            unhealthy bigint NOT NULL,
            unknown bigint NOT NULL,
            maintenance bigint NOT NULL DEFAULT 0,
            response_count bigint NOT NULL,
            response_sum_ms double precision NOT NULL,
            response_min_ms double precision,
            response_max_ms double precision,
            PRIMARY KEY (service_name, hour)
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS service_health_days (
            service_name text NOT NULL,
            day bigint NOT NULL,
            healthy bigint NOT NULL,
            degraded bigint NOT NULL,
            unhealthy bigint NOT NULL,
            unknown bigint NOT NULL,
            maintenance bigint NOT NULL,
            response_count bigint NOT NULL,
            response_sum_ms double precision NOT NULL,
            PRIMARY KEY (service_name, day)
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS target_states (
            service_name text PRIMARY KEY,
            state text NOT NULL,
            updated_at timestamptz NOT NULL
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS alert_outbox (
            id bigserial PRIMARY KEY,
            key text NOT NULL UNIQUE,
            channel text NOT NULL,
            event text NOT NULL,
            attempts bigint NOT NULL,
            next_attempt_at bigint NOT NULL,
            last_error text,
            is_escalation boolean NOT NULL DEFAULT false
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS push_calls (
            service_name text PRIMARY KEY,
            first_known_at bigint NOT NULL,
            called_at bigint,
            status text,
            message text,
            job text
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS service_marks (
            service_name text NOT NULL,
            kind text NOT NULL,
            who text NOT NULL,
            marked_at bigint NOT NULL,
            note text,
            alert_at bigint,
            until bigint,
            PRIMARY KEY (service_name, kind)
        )
        """,
        "CREATE TABLE IF NOT EXISTS monitor_facts (name text PRIMARY KEY, value text NOT NULL)",
        """
        INSERT INTO monitor_facts (name, value)
            VALUES ('\(versionFact)', '\(version)'), ('\(identityFact)', gen_random_uuid()::text)
            ON CONFLICT DO NOTHING
        """,
    ]
}
