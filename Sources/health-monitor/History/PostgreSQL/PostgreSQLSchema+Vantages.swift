/// What the second version of the schema adds for several monitors. Each statement may be repeated.
extension PostgreSQLSchema {
    static let additions = [
        // Null: the combined result, which alone counts in uptimes.
        "ALTER TABLE service_health_checks ADD COLUMN IF NOT EXISTS vantage text",
        "CREATE SEQUENCE IF NOT EXISTS service_health_vantage_turns",
        // Room in each page: a check then changes its row without touching an index.
        """
        CREATE TABLE IF NOT EXISTS service_health_vantages (
            service_name text NOT NULL,
            vantage text NOT NULL,
            status text NOT NULL,
            says text NOT NULL,
            message text NOT NULL,
            checks text NOT NULL,
            severity text,
            response_time_ms double precision,
            failures bigint NOT NULL,
            since timestamptz NOT NULL,
            checked_at timestamptz NOT NULL,
            fresh_ms bigint NOT NULL,
            state text NOT NULL,
            turned bigint NOT NULL DEFAULT nextval('service_health_vantage_turns'),
            PRIMARY KEY (service_name, vantage)
        ) WITH (fillfactor = 70)
        """,
        "CREATE INDEX IF NOT EXISTS service_health_vantages_by_turn ON service_health_vantages (turned)",
        """
        CREATE TABLE IF NOT EXISTS monitor_vantages (
            vantage text PRIMARY KEY,
            host text NOT NULL,
            seen_at timestamptz NOT NULL,
            silent_after_ms bigint NOT NULL,
            stopped boolean NOT NULL DEFAULT false
        ) WITH (fillfactor = 50)
        """,
        "UPDATE monitor_facts SET value = '\(version)' WHERE name = '\(versionFact)' AND value = '1'",
    ]
}
