import KeepAlivePlatform

extension PostgreSQLConnection {
    /// Opens a connection and waits for it.
    ///
    /// - Throws: by the deadline, except for the name lookup (see the class).
    public static func connect(
        to address: PostgreSQLAddress, application: String, within limit: Duration,
        onNotice: (@Sendable (String) -> Void)? = nil
    ) throws(PostgreSQLError) -> PostgreSQLConnection {
        let connection = PostgreSQLConnection(to: address, application: application, within: limit, onNotice: onNotice)
        try connection.open()
        return connection
    }

    /// Waits until it is connected.
    public func open() throws(PostgreSQLError) {
        while true {
            _ = try advance()
            if isConnected { return }
            try wait()
        }
    }

    /// Runs one statement and waits for its result.
    public func query(
        _ sql: String, _ parameters: [String?] = [], within limit: Duration
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        let results = try run([PostgreSQLQuery(sql, parameters)], within: limit)
        guard let result = results.first else { throw PostgreSQLError(.misuse, "the server gave no result") }
        return result
    }

    /// Runs statements in one round trip and waits for their results; see `start`.
    public func run(_ queries: [PostgreSQLQuery], within limit: Duration) throws(PostgreSQLError) -> [PostgreSQLResult]
    {
        try start(queries, within: limit)
        while true {
            if let results = try advance() { return results }
            try wait()
        }
    }

    private func wait() throws(PostgreSQLError) {
        guard let descriptor else { return }
        var poller = Poller()
        poller.add(descriptor, read: wanted.contains(.read), write: wanted.contains(.write))
        do throws(Errno) {
            try poller.wait(until: deadline)
        } catch {
            close()
            throw PostgreSQLError(.lost, error.description)
        }
    }
}
