import Synchronization

@testable import KeepAliveTestSupport

/// A server on 127.0.0.1 that gives each connection to a handler on its own thread, and so can misbehave.
final class RawServer: Sendable {
    private let server: LoopbackServer
    private let accepted = EventLog<Void>()

    /// The number of connections so far.
    var connections: Int { accepted.count }
    var port: UInt16 { server.port }

    init(_ handler: @escaping @Sendable (Connection) -> Void) throws {
        server = try LoopbackServer { [accepted] connection in
            accepted.append(())
            handler(Connection(connection.socket))
        }
    }

    deinit { server.shutDown() }

    /// A server with one fixed answer to each request; it keeps connections open.
    static func answering(_ answer: String) throws -> RawServer {
        try RawServer { connection in
            while connection.readRequest() != nil, connection.send(answer) {}
        }
    }

    /// The URL of a path on this server.
    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }
}
