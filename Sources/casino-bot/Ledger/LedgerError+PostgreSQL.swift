import KeepAliveKit
import KeepAlivePostgreSQL

extension LedgerError {
    /// The description of a problem with PostgreSQL; the place has no password.
    var serverDescription: String {
        switch problem {
        case .postgreSQL(let error) where errorClass != .critical:
            "the database \(place) cannot be used now (\(error))"
        case .postgreSQL(let error) where error.isRefusedLogin:
            "the database \(place) refuses the login (\(error)): check user and password in DATABASE_URL"
        case .postgreSQL(let error) where error.isMissingRight:
            "the database \(place) refuses a statement (\(error)): make the ledger's role the owner of the tables, and "
                + "GRANT CREATE ON SCHEMA public to it"
        case .postgreSQL(let error):
            "the database \(place) cannot be used (\(error)): check DATABASE_URL, and the tables of the ledger there"
        case .unsuitable(let reason, let remedy):
            "the database \(place) cannot hold the ledger (\(reason)): \(remedy)"
        case .foreignTables(let names):
            "the database \(place) has tables of another program (\(names)): give DATABASE_URL a database of its own"
        case .newerSchema(let version, let known):
            "the ledger in \(place) was written by a newer version (schema \(version); this one knows \(known)): "
                + "install that version of casino-bot"
        case .emptied:
            "the ledger in \(place) has no row in casino_meta, because it was deleted by hand: stop all bots of the "
                + "ledger, then run INSERT INTO casino_meta(lease, epoch, schema) "
                + "VALUES ('', 0, \(LedgerTables.schema))"
        case .boundTo(let lease, let own):
            "the ledger in \(place) belongs to the lease \(lease)"
                + (own.isEmpty ? ", and this bot has no lease" : ", and this bot has the lease \(own)")
                + ": start the bot by a launcher with LEASE_URL and LEASE_NAME=\(lease); or stop all its bots, then run "
                + "UPDATE casino_meta SET lease = '', epoch = 0"
        case .fenced(let fence):
            "another process has taken the ledger in \(place) over"
                + (fence.lease.isEmpty ? "" : " (lease \(fence.lease), epoch \(fence.epoch) here)")
        case .notEmpty(let tables):
            "the ledger in \(place) is not empty (\(tables)): give DATABASE_URL a database without a ledger in use"
        case .sqlite, .refused, .damaged, .impossible, .replaced, .logReplaced, .moved, .missing: ""
        }
    }
}
