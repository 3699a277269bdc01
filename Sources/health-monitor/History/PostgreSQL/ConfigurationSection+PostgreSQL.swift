import KeepAlivePostgreSQL

extension ConfigurationSection {
    /// Whether a key has the URL of a PostgreSQL database, not the path of a file.
    func hasServer(_ key: String) -> Bool {
        has(key) && ["postgres:", "postgresql:"].contains { string(key).hasPrefix($0) }
    }

    /// A `postgres://` URL; nil after a finding.
    func server(_ key: String) -> PostgreSQLAddress? {
        do throws(PostgreSQLError) {
            return try PostgreSQLAddress(string(key))
        } catch {
            refuse(key, error.message)
            return nil
        }
    }
}
