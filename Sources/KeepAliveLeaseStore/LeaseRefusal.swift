import KeepAliveLease
import KeepAlivePostgreSQL

/// What only a person can mend, in words with a remedy. Pure.
struct LeaseRefusal {
    let user: LeaseUser
    /// The lease's name, and what it protects.
    let name: String
    let resource: String

    /// Nil for an error that may pass by itself, such as that of a server that takes no writes for now.
    func words(for error: PostgreSQLError) -> String? {
        guard let state = error.sqlState else { return nil }
        if error.isRefusedLogin {
            return "PostgreSQL refuses the login of \(user.address): \(error.reason). Correct the user and password in "
                + "\(user.address), or let the server accept them (ALTER ROLE, pg_hba.conf)."
        }
        switch state {
        case "3D000":
            return "the database of \(user.address) is missing: \(error.reason). Create it, or correct the name in "
                + "\(user.address)."
        case "42501":
            return "this user may not use the table keepalive_leases: \(error.reason). Let its owner run: \(grant)"
        case _ where state.hasPrefix("42") && state != "42P01":
            return "the table keepalive_leases has another form than this version needs: \(error.reason). Stop all its "
                + "launchers and monitors, and drop it; the next start makes it again."
        default: return nil
        }
    }

    /// What may pass by itself.
    func passing(_ error: PostgreSQLError) -> String {
        guard error.sqlState == "55P03" else { return error.message }
        return "another session locks keepalive_leases, or the lease's row in it: end its transaction, which "
            + "pg_stat_activity shows"
    }

    func missingTable(_ error: PostgreSQLError) -> String {
        "the table keepalive_leases is missing, and this user may not create it: \(error.message). "
            + "Let an owner of the database run:\n\(LeaseTable.create);\n\(grant)"
    }

    func tooOld(_ version: Int) -> String {
        "PostgreSQL \(version / 10_000) is too old for a lease: use PostgreSQL 13 or newer."
    }

    /// Only for a launcher: a monitor does not choose its name.
    var badName: String { "LEASE_NAME is \(name): use 1 to 63 of the characters A-Z a-z 0-9 . _ -" }

    /// The resource has another lease.
    func isProtected(by owner: String) -> String {
        switch user {
        case .launcher:
            "the lease \(owner) already protects this bot (\(resource)), but LEASE_NAME is \(name). Set "
                + "LEASE_NAME=\(owner) on every machine, or delete the row \(owner) from keepalive_leases."
        case .monitor:
            "the lease \(owner) protects the monitors (\(resource)), but theirs is \(name). Delete the row \(owner) "
                + "from keepalive_leases."
        }
    }

    /// The lease has another resource.
    func protects(_ other: String) -> String {
        let remedy = user == .launcher ? "Choose another LEASE_NAME" : "Give that bot another LEASE_NAME"
        return "the lease \(name) protects another resource (\(other)) than \(resource). \(remedy), or delete the row "
            + "\(name) from keepalive_leases."
    }

    private var grant: String { "\(LeaseTable.grant) \(user.placeholder);" }
}
