/// Who uses a lease. Texts for people name what that user has.
package enum LeaseUser: Equatable, Sendable {
    /// A launcher, for its bot: lease-keeper asks PostgreSQL, and variables set the lease.
    case launcher
    /// One of several monitors: it asks PostgreSQL itself, and its configuration names the database.
    case monitor

    /// Who answers its requests.
    var respondent: String { self == .launcher ? "lease-keeper" : "PostgreSQL" }
    /// What it does while it leads.
    var work: String { self == .launcher ? "to start the bot" : "to send alerts" }
    /// The name of its connection in the server's `pg_stat_activity`.
    package var application: String { self == .launcher ? "lease-keeper" : "health-monitor lease" }
    /// What its user set the database with.
    package var address: String { self == .launcher ? "LEASE_URL" : "the key \"database\"" }
    /// Stands for the database's user in a statement.
    package var placeholder: String { self == .launcher ? "\"USER_OF_LEASE_URL\"" : "\"USER_OF_DATABASE\"" }
}
