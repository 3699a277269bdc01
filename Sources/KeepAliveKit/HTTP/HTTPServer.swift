import KeepAlivePlatform
import Synchronization

/// An HTTP server on a thread of its own; what it answers is its responder's affair.
///
/// Guarantees: it takes at most 256 connections and a bounded amount of memory for each, answers a fresh request while
/// all of them are held by somebody else, and goes on when descriptors run out.
package final class HTTPServer: Sendable {
    package static let mostConnections = 256

    /// How many connections a process with so many descriptors takes: half of those above the reserve.
    static func mostConnections(descriptors: Int) -> Int {
        min(mostConnections, max(2, (descriptors - DescriptorLimit.reserve) / 2))
    }

    private let threadName: String
    private let host: String?
    private let ports: PortFallback
    private let limits: ConnectionLimits
    private let running = Mutex<Running?>(nil)
    private let starting = Mutex<Void>(())

    private struct Running {
        let port: Int
        let mailbox: Mailbox
    }

    /// Makes a server; it listens once it is started.
    ///
    /// - Parameters:
    ///   - threadName: what `ps -L` shows; 15 bytes are kept on Linux.
    ///   - host: a name or number; nil is every interface, IPv6 and IPv4.
    package init(
        threadName: String, host: String?, ports: PortFallback, limits: ConnectionLimits = ConnectionLimits()
    ) {
        self.threadName = threadName
        self.host = host
        self.ports = ports
        self.limits = limits
    }

    deinit {
        running.withLock { $0 }?.mailbox.post(.stop({}))
    }

    /// The port in use; nil while the server does not run.
    package var port: Int? { running.withLock { $0?.port } }

    /// The door to the thread; nil while it does not run.
    package var mailbox: Mailbox? { running.withLock { $0?.mailbox } }

    /// Listens, and starts the thread.
    ///
    /// - Parameters:
    ///   - onTaken: told of each port that somebody else has.
    ///   - makeResponder: makes what answers, which goes over to the thread: it is told the port in use, and the mailbox that
    ///     takes answers that were put off.
    /// - Returns: the port in use.
    /// - Throws: `noFreePort`, `cannotListen` or `system`.
    @discardableResult
    package func start<Responder: HTTPResponder & Sendable>(
        onTaken: (Int) -> Void = { _ in },
        _ makeResponder: (_ port: Int, _ mailbox: Mailbox) -> Responder
    ) throws(KeepAliveError) -> Int {
        // Of two that start it at once, the second one waits, and finds it running.
        try starting.withLock { _ throws(KeepAliveError) in try startAlone(onTaken, makeResponder) }
    }

    private func startAlone<Responder: HTTPResponder & Sendable>(
        _ onTaken: (Int) -> Void, _ makeResponder: (_ port: Int, _ mailbox: Mailbox) -> Responder
    ) throws(KeepAliveError) -> Int {
        if let port { return port }
        let listeners = try ports.listen(host: host, onTaken: onTaken)
        let port = listeners.port
        do throws(Errno) {
            let mailbox = try Mailbox()
            let responder = makeResponder(port, mailbox)
            // All of it goes over to the thread for good; nobody else keeps it.
            let handover = Handover(
                try EventLoop(mailbox: mailbox, listeners: listeners.sockets, responder: responder, limits: limits))
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

    /// Carries the loop from the thread that made it to its own.
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
