import Foundation

/// A server on 127.0.0.1 whose connections a test controls, valid or not.
public final class ScriptedServer: Sendable {
    /// One connection, for its serving thread.
    public struct Peer: Sendable {
        private let socket: StreamSocket

        init(_ socket: StreamSocket) {
            self.socket = socket
        }

        /// The request's head as text, once complete; `nil` if the peer leaves before.
        public func readHead() -> String? {
            var bytes: [UInt8] = []
            while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                guard let more = try? socket.receive(upTo: 1), !more.isEmpty else { return nil }
                bytes += more
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        /// The received bytes; waits for some. `nil` once the peer has left.
        public func receive(upTo limit: Int = 65_536) -> [UInt8]? {
            guard let bytes = try? socket.receive(upTo: min(limit, 65_536)), !bytes.isEmpty else { return nil }
            return bytes
        }

        /// Sends raw text; false once the peer has left.
        @discardableResult
        public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

        /// Sends raw bytes; false once the peer has left.
        @discardableResult
        public func send(_ bytes: [UInt8]) -> Bool { (try? socket.send(bytes)) != nil }

        /// Returns once the peer, or the server's shutdown, has ended the connection.
        public func waitForEnd() {
            while receive() != nil {}
        }

        /// Sends a byte every few milliseconds until the peer has left.
        public func drip() {
            var watched = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
            while send("x"), unsafe poll(&watched, 1, 10) == 0 || receive() != nil {}
        }

        /// Closes with a reset.
        public func reset() { socket.reset() }
    }

    /// The heads of all requests that `answering` servers have read, in order of arrival.
    public let requests = EventLog<String>()
    private let server: LoopbackServer

    /// Starts a server; the connection is closed when `serve` returns.
    public init(_ serve: @escaping @Sendable (Peer) -> Void) throws {
        server = try LoopbackServer { serve(Peer($0.socket)) }
    }

    /// Starts a server on a port that the test chose; throws if it is in use.
    public init(port: UInt16, _ serve: @escaping @Sendable (Peer) -> Void) throws {
        server = try LoopbackServer(port: port) { serve(Peer($0.socket)) }
    }

    /// Two servers on consecutive ports, as for a bot whose first port is in use.
    public static func neighbours(
        _ first: @escaping @Sendable (Peer) -> Void, _ second: @escaping @Sendable (Peer) -> Void
    ) throws -> (first: ScriptedServer, second: ScriptedServer) {
        let ports = try PortRow.take(2)
        return (try ScriptedServer(port: ports[0], first), try ScriptedServer(port: ports[1], second))
    }

    /// Starts a server that answers each request with `answer` of its path, and closes.
    public init(answering answer: @escaping @Sendable (String) -> String) throws {
        let requests = requests
        server = try LoopbackServer { connection in
            let peer = Peer(connection.socket)
            guard let head = peer.readHead() else { return }
            requests.append(head)
            let words = head.split(separator: " ", maxSplits: 2)
            peer.send(answer(words.count > 1 ? String(words[1]) : ""))
            connection.socket.shutdownWrite()
            peer.waitForEnd()
        }
    }

    deinit { server.shutDown() }

    /// The port it listens on.
    public var port: UInt16 { server.port }

    /// Refuses connections from now on; the port stays reserved.
    public func stopListening() throws { try server.stopListening(closingConnections: true) }

    /// A complete answer.
    public static func answer(_ body: String, status: String = "200 OK", type: String = "application/json") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
