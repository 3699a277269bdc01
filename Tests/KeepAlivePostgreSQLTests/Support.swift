import KeepAliveTestSupport

@testable import KeepAlivePostgreSQL

/// Runs blocking work on a connection to an empty database.
func withConnection(_ body: @escaping @Sendable (PostgreSQLConnection) throws -> Void) async throws {
    let address = try PostgreSQLAddress(try await PostgreSQLServer.shared().makeDatabase())
    try await BlockingWork.run {
        let connection = try PostgreSQLConnection.connect(to: address, application: "tests", within: .seconds(60))
        defer { connection.close() }
        try body(connection)
    }
}

/// The kind of the error that work throws.
func kind(_ work: () throws -> some Any) -> PostgreSQLError.Kind? {
    do {
        _ = try work()
        return nil
    } catch {
        return (error as? PostgreSQLError)?.kind
    }
}
