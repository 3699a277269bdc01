import KeepAliveKit
import KeepAlivePlatform

/// The monitor's API over HTTP, on two threads: one serves, the other reads the history.
final class MonitorServer: Sendable {
    private let settings: APISettings
    private let sources: MonitorEndpoints.Sources
    private let live: LiveSettings
    private let health: HealthMonitor
    private let version: String
    private let server: HTTPServer
    private let reader: WorkQueue

    /// Makes a server; call `start` to listen.
    ///
    /// - Parameters:
    ///   - history: only the reader's thread reads it.
    ///   - page: the page for browsers; it reads the history on that thread too.
    ///   - pushTokens: the tokens of all push targets; the server refuses any other.
    ///   - keepPush: stores a service's last push; the answer follows afterwards.
    ///   - keepMarks: stores what a person has said about a service; the answer follows afterwards.
    ///   - health: the monitor's own health, for `/health`.
    ///   - metrics: the body of `/metrics`.
    ///   - test: checks a service now; nil if no service has that name. It may take as long as the target allows.
    init(
        settings: APISettings, board: StatusBoard, history: any HistoryReading & Sendable,
        page: any StatusPage, pushes: PushBoard, pushTokens: [String],
        keepPush: @escaping @Sendable (String, PushRecord) async -> Void = { _, _ in },
        keepMarks: @escaping @Sendable (String, ServiceMarks, AlertEvent) async -> Void = { _, _, _ in },
        health: HealthMonitor,
        metrics: @escaping @Sendable (MetricsText.Format) -> [UInt8], version: String,
        test: @escaping @Sendable (String) async -> ProbeResult?
    ) {
        self.settings = settings
        self.health = health
        self.version = version
        live = LiveSettings(keys: settings.keys, pushTokens: pushTokens)
        sources = MonitorEndpoints.Sources(
            board: board, history: HistoryAnswers(history: history, board: board),
            uptimes: UptimeBoard(history: history, board: board),
            fleet: page, pushes: pushes,
            live: live, keepPush: keepPush, keepMarks: keepMarks, test: test, metrics: metrics)
        // Ten thousand jobs that start at once on one machine are slow to send what they have connected for.
        var limits = ConnectionLimits()
        limits.request = .seconds(20)
        server = HTTPServer(
            threadName: "monitor-http", host: settings.host,
            ports: PortFallback(first: settings.port, fallbacks: settings.portFallbacks), limits: limits,
            capacity: .ofMonitor)
        reader = WorkQueue(name: "monitor-history", mostWaiting: 64)
    }

    deinit {
        reader.stop()
    }

    /// Takes the keys and tokens of a reloaded configuration. If the keys change, all sessions end.
    func configure(keys: [String], pushTokens: [String]) {
        live.replace(keys: keys, pushTokens: pushTokens)
    }

    /// The port in use; nil unless the server runs.
    var port: Int? { server.port }

    /// Starts the threads and listens. A stopped server cannot be restarted.
    ///
    /// - Parameter onTaken: called for each port that is already in use.
    /// - Returns: the port in use.
    @discardableResult
    func start(onTaken: (Int) -> Void = { _ in }) throws(KeepAliveError) -> Int {
        let port: Int
        do throws(KeepAliveError) {
            port = try server.start(onTaken: onTaken) { port, mailbox in
                MonitorEndpoints(
                    sources: sources, reader: reader, mailbox: mailbox,
                    own: Endpoints(name: "health-monitor", version: version, port: port, health: health))
            }
        } catch {
            throw Self.inOurWords(error)
        }
        do {
            try reader.start()
        } catch {
            throw .system("\(error) (for the thread that reads the history)")
        }
        return port
    }

    /// The kit's error names a bot's variables; this one names the keys of the configuration.
    private static func inOurWords(_ error: KeepAliveError) -> KeepAliveError {
        switch error.kind {
        case .noFreePort:
            .configuration([
                "api.port: no port is free: \(error.listener): stop the program that uses it, or give another (0 is any "
                    + "free one)"
            ])
        case .cannotListen: .configuration(["api.host, api.port: cannot listen on \(error.listener)"])
        default: error
        }
    }

    /// Stops the server and waits until the port is free.
    func stop() async {
        reader.stop()
        await server.stop()
    }
}
