import KeepAlivePostgreSQL

/// Which errors of PostgreSQL only a person can mend, in words with a remedy. Pure.
enum LeaseRefusal {
    /// Nil for an error that may pass by itself, such as that of a server that takes no writes for now.
    static func words(for error: PostgreSQLError) -> String? {
        guard let state = error.sqlState else { return nil }
        if error.isRefusedLogin {
            return "PostgreSQL refuses the login of LEASE_URL: \(error.reason). Correct the user and password in "
                + "LEASE_URL, or let the server accept them (ALTER ROLE, pg_hba.conf)."
        }
        switch state {
        case "3D000":
            return "the database of LEASE_URL is missing: \(error.reason). Create it, or correct the name in LEASE_URL."
        case "42501":
            return "this user may not use the table keepalive_leases: \(error.reason). Let its owner run: "
                + "\(LeaseTable.grant) \"USER_OF_LEASE_URL\";"
        case _ where state.hasPrefix("42") && state != "42P01":
            return "the table keepalive_leases has another form than this version needs: \(error.reason). Stop all "
                + "launchers and drop it; lease-keeper makes it again."
        default: return nil
        }
    }
}
