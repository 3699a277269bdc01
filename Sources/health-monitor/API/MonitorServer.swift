import KeepAliveKit
import KeepAlivePlatform

/// The monitor's API over HTTP, on threads of its own: one serves, one reads the history.
final class MonitorServer: Sendable {
    private let settings: APISettings
    private let sources: MonitorEndpoints.Sources
    private let live: LiveSettings
    private let health: HealthMonitor
    private let version: String
    private let server: HTTPServer
    private let reader: WorkQueue

    /// Makes a server; it listens once it is started.
    ///
    /// - Parameters:
    ///   - history: read on the reader's thread alone.
    ///   - page: what browsers get, which reads the history on the same thread.
    ///   - pushTokens: the tokens of all targets that call in; a call with any other is refused.
    ///   - keepPush: keeps a service's last call; a call is answered after that.
    ///   - health: how the monitor itself is, for its own `/health`.
    ///   - metrics: what its `/metrics` answers.
    ///   - test: checks a service now; nil where there is none of that name. It may take as long as the target allows.
    init(
        settings: APISettings, board: StatusBoard, history: any HistoryReading & Sendable,
        page: any StatusPage, pushes: PushBoard, pushTokens: [String],
        keepPush: @escaping @Sendable (String, PushRecord) async -> Void = { _, _ in }, health: HealthMonitor,
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
            live: live, keepPush: keepPush, test: test, metrics: metrics)
        server = HTTPServer(
            threadName: "monitor-http", host: settings.host,
            ports: PortFallback(first: settings.port, fallbacks: settings.portFallbacks))
        reader = WorkQueue(name: "monitor-history", mostWaiting: 64)
    }

    deinit {
        reader.stop()
    }

    /// Takes the keys and tokens of another settings. Sessions end where the keys change.
    func configure(keys: [String], pushTokens: [String]) {
        live.replace(keys: keys, pushTokens: pushTokens)
    }

    /// The port in use; nil while the server does not run.
    var port: Int? { server.port }

    /// Listens, and starts the threads. A server that was stopped is not started again.
    ///
    /// - Parameter onTaken: told of each port that somebody else has.
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

    /// The kit speaks of a bot's variables; here, keys of the configuration are to be changed.
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

    /// Stops, and waits until the port is free.
    func stop() async {
        reader.stop()
        await server.stop()
    }
}
