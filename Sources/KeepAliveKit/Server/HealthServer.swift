import Synchronization

/// Answers health questions over HTTP, on a thread of its own.
///
/// Guarantees: it answers while every thread of Swift's cooperative pool is blocked, while the main thread sleeps, and
/// while the bot is being restarted, since it shares nothing with them but counters. It takes at most 256 connections and
/// a bounded amount of memory for each, and serves a fresh `/health` while all of them are held by somebody else.
///
/// What it cannot do: outlive its process.
public final class HealthServer: Sendable {
    private let name: String
    private let version: String
    private let health: HealthMonitor
    private let configuration: Configuration
    private let limits: ConnectionState.Limits
    private let onRestart: (@Sendable () -> Bool)?
    private let isCondemned: @Sendable () -> Bool
    private let onEvent: @Sendable (KeepAliveEvent) -> Void
    private let running = Mutex<Running?>(nil)

    private struct Running {
        let port: Int
        let mailbox: Mailbox
    }

    /// Makes a server; it listens once it is started.
    ///
    /// - Parameters:
    ///   - name: what `GET /` calls the bot.
    ///   - version: the bot's version.
    ///   - health: whose report is served.
    ///   - configuration: port, fallbacks, host, restart token and environment.
    ///   - onRestart: what `/restart` does, called on the server's thread: it must not wait. It returns false when the
    ///     bot cannot be restarted now. Without it `/restart` answers 503.
    ///   - onEvent: told of ports that are taken and of the one that is not.
    public convenience init(
        name: String, version: String, health: HealthMonitor, configuration: Configuration = Configuration(),
        onRestart: (@Sendable () -> Bool)? = nil, onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in }
    ) {
        self.init(
            name: name, version: version, health: health, configuration: configuration,
            limits: ConnectionState.Limits(), onRestart: onRestart, isCondemned: { false }, onEvent: onEvent)
    }

    init(
        name: String, version: String, health: HealthMonitor, configuration: Configuration,
        limits: ConnectionState.Limits, onRestart: (@Sendable () -> Bool)?,
        isCondemned: @escaping @Sendable () -> Bool = { false },
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void
    ) {
        self.name = name
        self.version = version
        self.health = health
        self.configuration = configuration
        self.limits = limits
        self.onRestart = onRestart
        self.isCondemned = isCondemned
        self.onEvent = onEvent
    }

    deinit {
        running.withLock { $0 }?.mailbox.post(.stop({}))
    }

    /// The port in use; nil while the server does not run.
    public var port: Int? { running.withLock { $0?.port } }

    /// Listens, and starts the thread.
    ///
    /// - Returns: the port in use.
    /// - Throws: ``KeepAliveError/noFreePort(tried:)``, ``KeepAliveError/cannotListen(host:port:reason:)`` or
    ///   ``KeepAliveError/system(_:)``.
    @discardableResult
    public func start() throws(KeepAliveError) -> Int {
        try start { _ in }
    }

    /// Listens, and starts the thread, which also passes on the signals that arrive in its mailbox.
    func start(onSignal: @escaping @Sendable (Int32) -> Void) throws(KeepAliveError) -> Int {
        if let port { return port }
        let listeners = try PortFallback(first: configuration.port, fallbacks: configuration.portFallbacks)
            .listen(host: configuration.host) { onEvent(.portTaken(port: $0)) }
        let port = listeners.port
        let responder = Endpoints(
            name: name, version: version, port: port, health: health,
            access: RestartAccess(token: configuration.restartToken, isProduction: configuration.isProduction),
            restart: onRestart, isCondemned: isCondemned)
        do throws(Errno) {
            let mailbox = try Mailbox()
            // The sockets go over to the thread for good; nobody else keeps them.
            // The spare descriptor too is taken now: the bot may use up all others before the thread runs.
            let handover = Handover(sockets: listeners.sockets, spare: SpareDescriptor())
            let limits = self.limits
            try OSThread.start(name: "keepalive-http") {
                var loop: EventLoop? = EventLoop(
                    mailbox: mailbox, listeners: handover.takeSockets(), responder: responder,
                    spare: handover.takeSpare(), limits: limits,
                    onSignal: onSignal)
                let onStopped = loop?.run()
                // Closes the sockets before it is said that they are closed.
                loop = nil
                onStopped?()
            }
            running.withLock { $0 = Running(port: port, mailbox: mailbox) }
        } catch {
            throw .system("\(error) (for the health server's thread)")
        }
        onEvent(.listening(port: port))
        return port
    }

    /// Stops the thread and waits until the port is free. Does nothing when it does not run.
    public func stop() async {
        let running = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let running else { return }
        await withCheckedContinuation { continuation in
            running.mailbox.post(.stop({ continuation.resume() }))
        }
    }

    /// The door to the thread; nil while it does not run.
    var mailbox: Mailbox? { running.withLock { $0?.mailbox } }

    private final class Handover: Sendable {
        private let sockets: Mutex<[PortFallback.Listeners.Socket]>

        private let spare: Mutex<SpareDescriptor?>

        init(sockets: sending [PortFallback.Listeners.Socket], spare: consuming sending SpareDescriptor) {
            self.sockets = Mutex(sockets)
            self.spare = Mutex(spare)
        }

        func takeSpare() -> SpareDescriptor {
            spare.withLock { $0.take() } ?? SpareDescriptor()
        }

        func takeSockets() -> [PortFallback.Listeners.Socket] {
            sockets.withLock { sockets in
                defer { sockets = [] }
                return sockets
            }
        }
    }
}
