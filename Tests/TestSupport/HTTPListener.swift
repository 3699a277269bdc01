import Synchronization

/// A server on 127.0.0.1 that answers every request with one status, and records the requests.
public final class HTTPListener: Sendable {
    private final class Core: Sendable {
        let status: Mutex<Int>

        init(status: Int) { self.status = Mutex(status) }
    }

    private let core: Core
    private let server: PeerServer

    /// Takes a free port and answers with `status` on it.
    public init(status: Int = 200) throws {
        let core = Core(status: status)
        self.core = core
        server = try PeerServer { _ in .status(core.status.withLock { $0 }, body: "ok") }
    }

    /// The port it listens on.
    public var port: UInt16 { server.port }

    /// Its address, without a trailing slash.
    public var url: String { server.url }

    /// Answers with another status from now on.
    public func answer(with status: Int) { core.status.withLock { $0 = status } }

    /// Refuses connections from now on.
    public func stopListening() throws { try server.stopListening() }

    /// The requests so far.
    public var requests: [PeerServer.Request] { server.requests.elements }

    /// Waits for the n-th request, counted from 1.
    public func waitForRequest(_ number: Int = 1) async throws -> PeerServer.Request {
        try await server.waitForRequest(number)
    }
}
