import KeepAlivePostgreSQL

/// Which monitor writes: a single one, or a part of one of several.
enum PostgreSQLRole: Sendable, Equatable {
    /// The only writer.
    case alone
    /// The checks and calls of one vantage.
    case vantage(String)
    /// The combined results, the alerts and the outbox, while this monitor holds the lease with this epoch.
    case leader(Int64)
}

/// Keeps a monitor that led before from writing alerts: each of its transactions checks the epoch, on a row of its own,
/// so that renewals of the lease wait for no transaction.
enum LeaderFence {
    private static let fact = "leader_epoch"

    /// Fails with `isBroken` unless the epoch is still the leader's. `FOR SHARE`: a new leader waits for this transaction.
    static func check(_ epoch: Int64) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            SELECT 1 / count(*) FROM (SELECT 1 FROM monitor_facts WHERE name = '\(fact)' AND value = $1::text
                FOR SHARE) AS held
            """, ["\(epoch)"])
    }

    /// Shuts out the leaders before; no row if a later one has come already.
    static func raise(_ epoch: Int64) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            INSERT INTO monitor_facts AS kept (name, value) VALUES ('\(fact)', $1::text)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE kept.value::bigint <= excluded.value::bigint
            RETURNING value
            """, ["\(epoch)"])
    }

    /// Whether a commit failed because another monitor leads: the check divides by the number of rows.
    static func isBroken(_ error: any Error) -> Bool { (error as? PostgreSQLError)?.sqlState == "22012" }
}
