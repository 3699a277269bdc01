import Foundation
import KeepAliveTestSupport

/// The built health-monitor, run in its own folder.
final class MonitorProcess: Sendable {
    static let key = "end-to-end-key"

    let child: ChildProcess
    let folder: TemporaryDirectory

    /// - Parameters:
    ///   - configuration: written to a file for `--config`; nil runs without a file.
    ///   - folder: the folder of an earlier run, or nil for a new one.
    ///   - descriptors: its limit of open descriptors; nil leaves it as it is.
    init(
        _ configuration: String? = nil, _ arguments: [String] = [], in folder: TemporaryDirectory? = nil,
        environment: [String: String] = [:], descriptors: Int? = nil
    ) throws {
        let folder = try folder ?? TemporaryDirectory(prefix: "monitor")
        self.folder = folder
        var arguments = arguments
        if let configuration {
            try folder.write(configuration, to: "monitor.json5")
            arguments = ["--config", "monitor.json5"] + arguments
        }
        let program = try ChildProcess.product("health-monitor")
        let limit = descriptors.map { ["-c", "ulimit -n \($0); exec \"$0\" \"$@\"", program] }
        child = try ChildProcess(
            executable: limit == nil ? program : "/bin/sh", arguments: (limit ?? []) + arguments,
            environment: ["PATH": "/usr/bin:/bin"].merging(environment) { _, last in last },
            workingDirectory: folder.path)
    }

    /// A target of a configuration.
    static func http(_ name: String, _ listener: HTTPListener, _ more: String = "") -> String {
        "{ name: \"\(name)\", type: \"http\", url: \"\(listener.url)\", \(more) }"
    }

    /// A configuration that checks every second without retries, with its API on a free port.
    static func configuration(
        targets: [String], channels: [String] = [], more: String = "", key: String = key
    ) -> String {
        """
        {
          checkInterval: 1, timeout: 2, retries: 0, \(more)
          api: { port: 0, key: "\(key)" },
          targets: [\(targets.joined(separator: ",\n"))],
          channels: [\(channels.joined(separator: ",\n"))],
        }
        """
    }

    /// Such a configuration with one target, `web`.
    static func configuration(of web: HTTPListener, channels: [String]) -> String {
        configuration(targets: [http("web", web)], channels: channels)
    }

    var output: String { child.output }
    var database: String { folder.file("health.db").path }

    /// The exit status and output of a run that ends by itself.
    func end() async -> (status: ChildProcess.ExitStatus, output: String) {
        let status = await child.wait()
        return (status, child.output)
    }

    /// Asks it to stop and returns how it ended.
    func stop(_ signal: Int32 = SIGTERM) async -> ChildProcess.ExitStatus { await child.stop(signal) }

    // MARK: The API

    /// The API's port, once it listens.
    func port() async throws -> UInt16 {
        try await child.number(after: "listening on port ")
    }

    func ask(
        _ method: String, _ path: String, key: String? = key, body: String? = nil
    ) async throws -> RawClient.Response {
        let port = try await port()
        return try await BlockingWork.run {
            let client = try RawClient(port: port, receiveTimeout: .seconds(30))
            defer { client.close() }
            try client.request(
                method, path, headers: key.map { ["X-API-Key": $0] } ?? [:], body: body.map { Array($0.utf8) })
            return try client.readResponse(head: method == "HEAD")
        }
    }

    /// A service in `/api/health/status`, once it is as expected.
    @discardableResult
    func service(
        _ name: String, where isMet: @escaping @Sendable (JSON) -> Bool = { $0["last_check"] != .null }
    ) async throws -> JSON {
        try await Polling.until { [self] in
            let services = try await ask("GET", "/api/health/status").json()["services"]?.array ?? []
            return services.first { $0["name"]?.string == name } ?? .null
        } isMet: {
            $0 != .null && isMet($0)
        }
    }

    /// The rows of `/api/health/alerts`, once there are `count`.
    func alerts(_ query: String = "", count: Int) async throws -> [JSON] {
        try await Polling.until(
            { [self] in try await ask("GET", "/api/health/alerts" + query).json()["alerts"]?.array ?? [] },
            isMet: { $0.count == count })
    }
}

/// A webhook that keeps the events it accepted.
final class Webhook: Sendable {
    let server: PeerServer

    /// - Parameter answer: the answer to each event.
    init(_ answer: @escaping @Sendable (JSON) -> PeerServer.Answer = { _ in .status(200) }) throws {
        server = try PeerServer { answer($0.json) }
    }

    /// The channel in the configuration.
    var channel: String { "{ type: \"webhook\", url: \"\(server.url)/hook\" }" }

    /// The received events, as `event service`.
    var events: [String] { server.requests.elements.map { Self.words($0.json) } }

    /// Waits for the n-th event, counted from 1.
    func event(_ number: Int) async throws -> JSON { try await server.waitForRequest(number).json }

    static func words(_ event: JSON) -> String {
        "\(event["event"]?.string ?? "?") \(event["service"]?.string ?? "?")"
    }
}
