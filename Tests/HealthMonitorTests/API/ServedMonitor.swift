import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport

@testable import KeepAliveHealthMonitor

/// The monitor's API on a port that the system chose, with three services, for one test.
struct ServedMonitor {
    static let key = "right-key-1"
    static let otherKey = "ключ-key-2"
    static let token = "push-token-1"
    static let time = "2026-01-19T16:07:27.123456Z"
    /// When the alert of `café/bot 1` opened.
    static let opened = "2023-11-14T22:15:20.000000Z"

    let port: UInt16
    let history: FakeHistory
    let board: StatusBoard
    let pushes: PushBoard
    let server: MonitorServer

    /// Serves while `body` runs, on a thread that may wait.
    static func serve(
        keys: [String] = [key, otherKey], history: FakeHistory = filledHistory, health: HealthMonitor = HealthMonitor(),
        board: StatusBoard = filledBoard, presented: PageSettings = PageSettings(),
        keepMarks: @escaping @Sendable (String, ServiceMarks, AlertEvent) async -> Void = { _, _, _ in },
        test: @escaping @Sendable (String) async -> ProbeResult? = { _ in
            ProbeResult(status: .healthy, message: "tested", responseTime: .milliseconds(5))
        }, _ body: @escaping @Sendable (ServedMonitor) throws -> Void
    ) async throws {
        var settings = APISettings()
        settings.port = 0
        settings.keys = keys
        let pushes = PushBoard()
        let telemetry = Telemetry(board: board)
        let server = MonitorServer(
            settings: settings, board: board, history: history,
            page: FleetReader(board: board, history: history, version: "1.2.3", settings: presented), pushes: pushes,
            pushTokens: [token, "push-token-2"], keepMarks: keepMarks, health: health,
            metrics: { telemetry.metrics($0, version: "1.2.3") }, version: "1.2.3", test: test)
        let port = UInt16(try server.start())
        let served = ServedMonitor(port: port, history: history, board: board, pushes: pushes, server: server)
        do {
            try await BlockingWork.run { try body(served) }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// Sends one request with a key, on its own connection.
    func ask(_ method: String, _ path: String, key: String? = key) throws -> RawClient.Response {
        try ask(method, path, headers: key.map { ["X-API-Key": $0] } ?? [:])
    }

    func ask(_ method: String, _ path: String, headers: KeyValuePairs<String, String>) throws -> RawClient.Response {
        let client = try RawClient(port: port)
        defer { client.close() }
        try client.request(method, path, headers: headers)
        return try client.readResponse(head: method == "HEAD")
    }

    /// Sends one request with a key, on its own connection that waits for its answer.
    func begin(_ method: String, _ path: String) throws -> RawClient {
        let client = try RawClient(port: port)
        try client.request(method, path, headers: ["X-API-Key": Self.key])
        return client
    }

    /// Logs in; returns the session's Cookie header.
    func logIn() throws -> String {
        let answer = try send("POST", "/login", "key=\(Self.key)", headers: [:])
        guard answer.status == 303, let field = answer.headers["Set-Cookie"] else {
            throw SystemFailure("login: \(answer.status) \(answer.text)")
        }
        return String(field.prefix { $0 != ";" })
    }

    /// Starts to listen at a path of events; the reader returns one event after the other.
    func listen(_ path: String, headers: KeyValuePairs<String, String> = [:]) throws -> EventReader {
        try EventReader(port: port, path, headers)
    }

    /// Sends a body with a key.
    func send(
        _ method: String, _ path: String, _ body: String, headers: KeyValuePairs<String, String> = ["X-API-Key": key]
    ) throws -> RawClient.Response {
        let client = try RawClient(port: port)
        defer { client.close() }
        try client.request(method, path, headers: headers, body: Array(body.utf8))
        return try client.readResponse()
    }

    /// The text of an error.
    func error(_ method: String, _ path: String) throws -> String {
        let answer = try ask(method, path)
        return "\(answer.status) \(try answer.json()["error"]?.string ?? answer.text)"
    }

    /// `db` is healthy, `café/bot 1` is down with an alert, `new` was never checked.
    static var filledBoard: StatusBoard {
        let board = StatusBoard([
            Target("db", ScriptedProbe([.healthy]), isPublic: true),
            Target("café/bot 1", ScriptedProbe([.unhealthy]), critical: true, dependsOn: ["db"]),
            Target("new", ScriptedProbe([.healthy])),
        ])
        board.update("db") { entry in
            var result = ProbeResult(status: .healthy, message: "it \"answers\"", responseTime: .microseconds(1234))
            result.checks = [.init(name: "disk", status: .healthy, message: nil, value: 12.5)]
            _ = entry.state.record(.healthy, at: 1_700_000_000_000_000, rules: .init())
            entry.last = CheckRecord(service: "db", result: result, time: WallTime(microseconds: 1_700_000_000_000_000))
        }
        board.update("café/bot 1") { entry in
            for minute in 0..<4 {
                _ = entry.state.record(
                    .unhealthy, at: 1_700_000_000_000_000 + Int64(minute) * 60_000_000,
                    rules: .init(isCritical: true))
            }
            entry.silence = .dependency("db")
            entry.last = CheckRecord(
                service: "café/bot 1", result: ProbeResult(status: .unhealthy, message: "refused"),
                time: WallTime(microseconds: 1_700_000_180_000_000))
        }
        return board
    }

    static var filledHistory: FakeHistory {
        FakeHistory { contents in
            contents.checks = [
                CheckRow(
                    service: "db", status: .healthy, checks: #"[{"name":"disk","status":"healthy","value":12.5}]"#,
                    responseTimeMilliseconds: 1.5, timestamp: time),
                CheckRow(
                    service: "gone", status: .unhealthy, checks: "]broken", responseTimeMilliseconds: nil,
                    timestamp: time),
            ]
            contents.alerts = [
                AlertRow(
                    id: 2, service: "café/bot 1", severity: .critical, message: "down", status: .active,
                    triggeredAt: opened, resolvedAt: nil),
                AlertRow(
                    id: 1, service: "db", severity: .warning, message: "slow", status: .resolved, triggeredAt: time,
                    resolvedAt: time),
            ]
            contents.uptimes = [
                "db": Uptime(healthy: 2, degraded: 1, unhealthy: 0, unknown: 1, averageResponseMilliseconds: 10),
                "café/bot 1": Uptime(unhealthy: 4, averageResponseMilliseconds: 30),
            ]
        }
    }
}
