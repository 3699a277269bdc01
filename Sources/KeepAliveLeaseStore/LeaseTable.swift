import KeepAlivePostgreSQL

/// The table of the leases in PostgreSQL.
package enum LeaseTable {
    /// Makes the table; a person without the right to do it gets this text for a person with it.
    package static let create = """
        CREATE TABLE IF NOT EXISTS keepalive_leases (
            name text PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9._-]{1,63}$'),
            resource text NOT NULL UNIQUE,
            epoch bigint NOT NULL DEFAULT 0,
            beat uuid NOT NULL,
            holder text,
            heir text,
            ttl_ms int NOT NULL,
            host text NOT NULL DEFAULT '',
            since timestamptz,
            renewed_at timestamptz,
            expires_at timestamptz,
            info jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(info) = 'object')
        ) WITH (fillfactor = 50)
        """

    /// The rights that lease-keeper needs on the table.
    static let grant = "GRANT SELECT, INSERT, UPDATE ON keepalive_leases TO"

    /// What to know of a server before anything else: whether it forgets commits in a crash, and takes no writes.
    static let greeting: PostgreSQLQuery = "SELECT current_setting('synchronous_commit'), pg_is_in_recovery()"

    /// Since 13: what the statements and the wire were tried with.
    static let oldestServer = 130_000
}
