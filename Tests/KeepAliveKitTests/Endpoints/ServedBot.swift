import KeepAliveTestSupport

@testable import KeepAliveKit

/// A health server on a port that the system chose, for one test.
enum ServedBot {
    /// 127.0.0.1, port 0, outside prod: like a developer's machine.
    static var configuration: Configuration {
        var configuration = Configuration()
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.environment = "dev"
        return configuration
    }

    /// Serves while `body` runs. It blocks its thread; the server has its own.
    static func serve<Result>(
        name: String = "Casino Bot", version: String = "2.0.1", health: HealthMonitor = HealthMonitor(),
        configuration: Configuration = ServedBot.configuration, limits: ConnectionLimits = .init(),
        onRestart: (@Sendable () -> Bool)? = { true }, _ body: (UInt16) throws -> Result
    ) throws -> Result {
        let server = HealthServer(
            name: name, version: version, health: health, configuration: configuration, limits: limits,
            onRestart: onRestart, onEvent: { _ in })
        let port = try server.start()
        return try withExtendedLifetime(server) { try body(UInt16(port)) }
    }

    /// Sends one request on its own connection.
    static func ask(
        _ method: String, _ path: String, port: UInt16, headers: KeyValuePairs<String, String> = [:]
    ) throws -> RawClient.Response {
        let client = try RawClient(port: port)
        defer { client.close() }
        try client.request(method, path, headers: headers)
        return try client.readResponse(head: method == "HEAD")
    }

    /// Sends a raw text, and reads until the server ends the connection.
    static func exchange(_ text: String, port: UInt16) throws -> String {
        let client = try RawClient(port: port)
        defer { client.close() }
        try client.send(text)
        return String(decoding: try client.readAll(), as: UTF8.self)
    }
}
