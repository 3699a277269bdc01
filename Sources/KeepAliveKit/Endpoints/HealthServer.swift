/// Serves the bot's health over HTTP, on a thread of its own.
///
/// Guarantees: it answers while every thread of Swift's cooperative pool is blocked, the main thread sleeps or the bot
/// restarts. It shares only counters with them. It takes at most 256 connections and a bounded amount of memory for
/// each. It serves a fresh `/health` while other clients hold all of them.
///
/// Limits: it ends with its process.
public final class HealthServer: Sendable {
    private let name: String
    private let version: String
    private let health: HealthMonitor
    private let configuration: Configuration
    private let server: HTTPServer
    private let onRestart: (@Sendable () -> Bool)?
    private let isCondemned: @Sendable () -> Bool
    private let onEvent: @Sendable (KeepAliveEvent) -> Void

    /// Makes a server; it listens after it is started.
    ///
    /// - Parameters:
    ///   - name: the bot's name at `GET /`.
    ///   - version: the bot's version.
    ///   - health: the monitor whose report is served.
    ///   - configuration: port, fallbacks, host, restart token and environment.
    ///   - onRestart: handles `/restart`, called on the server's thread: it must not wait. It returns false when the
    ///     bot cannot be restarted now. Without it `/restart` answers 503.
    ///   - onEvent: told of ports that are taken and of the one that is not, on a thread of its own.
    public convenience init(
        name: String, version: String, health: HealthMonitor, configuration: Configuration = Configuration(),
        onRestart: (@Sendable () -> Bool)? = nil, onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in }
    ) {
        self.init(
            name: name, version: version, health: health, configuration: configuration,
            limits: ConnectionLimits(), onRestart: onRestart, isCondemned: { false },
            onEvent: EventQueue(onEvent: onEvent).post)
    }

    /// - Parameter onEvent: called by whoever starts it: it must not wait.
    init(
        name: String, version: String, health: HealthMonitor, configuration: Configuration,
        limits: ConnectionLimits, onRestart: (@Sendable () -> Bool)?,
        isCondemned: @escaping @Sendable () -> Bool = { false },
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void
    ) {
        self.name = name
        self.version = version
        self.health = health
        self.configuration = configuration
        server = HTTPServer(
            threadName: "keepalive-http", host: configuration.host,
            ports: PortFallback(first: configuration.port, fallbacks: configuration.portFallbacks), limits: limits)
        self.onRestart = onRestart
        self.isCondemned = isCondemned
        self.onEvent = onEvent
    }

    /// The port in use; nil while the server does not run.
    public var port: Int? { server.port }

    /// Listens, and starts the thread.
    ///
    /// - Returns: the port in use.
    /// - Throws: ``KeepAliveError`` of the kind ``KeepAliveError/Kind/configuration``, ``KeepAliveError/Kind/noFreePort``,
    ///   ``KeepAliveError/Kind/cannotListen`` or ``KeepAliveError/Kind/system``.
    @discardableResult
    public func start() throws(KeepAliveError) -> Int {
        try configuration.check()
        var isNew = false
        let port = try server.start(
            onTaken: { onEvent(.portTaken(port: $0)) },
            { port, _ in
                isNew = true
                return Endpoints(
                    name: name, version: version, port: port, health: health,
                    access: RestartAccess(token: configuration.restartToken, isProduction: configuration.isProduction),
                    restart: onRestart, isCondemned: isCondemned)
            })
        if isNew { onEvent(.listening(port: port)) }
        return port
    }

    /// Stops the thread and waits until the port is free. Does nothing when it does not run.
    public func stop() async {
        await server.stop()
    }
}
