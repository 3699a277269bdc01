import KeepAlivePlatform
import Synchronization

/// An HTTP server on a thread of its own; its responder makes the answers.
///
/// Guarantees: it takes a bounded number of connections (256 by default) and a bounded amount of memory for each. It
/// answers a fresh request while other clients hold all of them, and continues when descriptors run out.
package final class HTTPServer: Sendable {
    private let threadName: String
    private let host: String?
    private let ports: PortFallback
    private let limits: ConnectionLimits
    private let capacity: ServerCapacity
    private let running = Mutex<Running?>(nil)
    private let starting = Mutex<Void>(())

    private struct Running {
        let port: Int
        let mailbox: Mailbox
    }

    /// Makes a server; it listens after it is started.
    ///
    /// - Parameters:
    ///   - threadName: its name in `ps -L`; Linux keeps 15 bytes.
    ///   - host: a name or number; nil is every interface, IPv6 and IPv4.
    package init(
        threadName: String, host: String?, ports: PortFallback, limits: ConnectionLimits = ConnectionLimits(),
        capacity: ServerCapacity = ServerCapacity()
    ) {
        self.threadName = threadName
        self.host = host
        self.ports = ports
        self.limits = limits
        self.capacity = capacity
    }

    deinit {
        running.withLock { $0 }?.mailbox.post(.stop({}))
    }

    /// The port in use; nil while the server does not run.
    package var port: Int? { running.withLock { $0?.port } }

    /// The mailbox of the thread; nil while it does not run.
    package var mailbox: Mailbox? { running.withLock { $0?.mailbox } }

    /// Listens, and starts the thread.
    ///
    /// - Parameters:
    ///   - onTaken: receives each port that another process holds.
    ///   - makeResponder: makes the responder, which moves to the thread. It receives the port in use, and the mailbox
    ///     for deferred answers.
    /// - Returns: the port in use.
    /// - Throws: `noFreePort`, `cannotListen` or `system`.
    @discardableResult
    package func start<Responder: HTTPResponder & Sendable>(
        onTaken: (Int) -> Void = { _ in },
        _ makeResponder: (_ port: Int, _ mailbox: Mailbox) -> Responder
    ) throws(KeepAliveError) -> Int {
        // If two callers start it at once, the second waits and finds it running.
        try starting.withLock { _ throws(KeepAliveError) in try startAlone(onTaken, makeResponder) }
    }

    private func startAlone<Responder: HTTPResponder & Sendable>(
        _ onTaken: (Int) -> Void, _ makeResponder: (_ port: Int, _ mailbox: Mailbox) -> Responder
    ) throws(KeepAliveError) -> Int {
        if let port { return port }
        let listeners = try ports.listen(host: host, backlog: capacity.backlog, onTaken: onTaken)
        let port = listeners.port
        do throws(Errno) {
            let mailbox = try Mailbox()
            let responder = makeResponder(port, mailbox)
            // All of it moves to the thread for good; no other reference stays.
            let handover = Handover(
                try EventLoop(
                    mailbox: mailbox, listeners: listeners.sockets, responder: responder, limits: limits,
                    capacity: capacity))
            try OSThread.start(name: threadName) {
                let onStopped = handover.take()?.run()
                onStopped?()
            }
            running.withLock { $0 = Running(port: port, mailbox: mailbox) }
        } catch {
            throw .system(
                "\(error) (for the server's thread \(threadName)); raise the limits: ulimit -n, LimitNOFILE=, ulimit -u, "
                    + "TasksMax=")
        }
        return port
    }

    /// Stops the thread and waits until the port is free. Does nothing when it does not run.
    package func stop() async {
        let running = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let running else { return }
        await withCheckedContinuation { continuation in
            running.mailbox.post(.stop({ continuation.resume() }))
        }
    }

    /// Carries the loop to its own thread.
    private final class Handover<Responder: HTTPResponder & Sendable>: Sendable {
        private let loop: Mutex<EventLoop<Responder>?>

        init(_ loop: consuming sending EventLoop<Responder>) {
            self.loop = Mutex(loop)
        }

        func take() -> EventLoop<Responder>? {
            loop.withLock { $0.take() }
        }
    }
}
