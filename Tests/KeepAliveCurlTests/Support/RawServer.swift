import Foundation
import Synchronization

/// A server on 127.0.0.1 that leaves each connection to a handler, on a thread of its own, and so may misbehave.
final class RawServer: Sendable {
    let port: UInt16
    private let descriptor: Int32
    private let accepted: Counter

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    /// How many connections there have been.
    var connections: Int { accepted.value.load(ordering: .sequentiallyConsistent) }

    init(_ handler: @escaping @Sendable (Connection) -> Void) throws {
        (descriptor, port) = try boundSocket()
        guard listen(descriptor, 512) == 0 else { throw POSIXError(.EADDRINUSE) }
        accepted = Counter()
        let (listener, counter) = (descriptor, accepted)
        Thread.detachNewThread {
            while true {
                let peer = accept(listener, nil, nil)
                guard peer >= 0 else { break }
                counter.value.add(1, ordering: .sequentiallyConsistent)
                Thread.detachNewThread { handler(Connection(peer)) }
            }
            close(listener)
        }
    }

    deinit {
        // Makes accept fail, after which its thread closes the socket.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// A server that gives the same answer to each request and keeps connections open.
    static func answering(_ answer: String) throws -> RawServer {
        try RawServer { connection in
            while connection.readRequest() != nil, connection.send(answer) {}
        }
    }

    /// The URL of a path on this server.
    func url(_ path: String = "/") -> String {
        "http://127.0.0.1:\(port)\(path)"
    }
}
