import Foundation
import Synchronization

/// A server on 127.0.0.1 that answers every request with the same status, and remembers what was asked.
public final class HTTPListener: Sendable {
    /// A request as it arrived.
    public struct Request: Sendable {
        /// The method.
        public let method: String
        /// The path and query as they were spelled.
        public let target: String
        /// The header fields.
        public let headers: HeaderFields
    }

    private final class Core: Sendable {
        let requests = EventLog<Request>()
        let status: Mutex<Int>

        init(status: Int) { self.status = Mutex(status) }
    }

    private let core: Core
    private let server: LoopbackServer

    /// Takes a free port and answers with `status` on it.
    public init(status: Int = 200) throws {
        let core = Core(status: status)
        self.core = core
        server = try LoopbackServer { connection in
            var reader = MessageReader()
            let receive: () throws -> [UInt8] = { try connection.socket.receive() }
            while let lines = try? reader.head(from: receive), let fields = HeaderFields(lines: lines.dropFirst()) {
                let words = lines[0].split(separator: " ").map(String.init)
                guard words.count == 3, fields["Content-Length"] ?? "0" == "0" else { return }
                core.requests.append(Request(method: words[0], target: words[1], headers: fields))
                let status = core.status.withLock { $0 }
                let answer = "HTTP/1.1 \(status) Status\r\nContent-Length: 2\r\n\r\nok"
                guard (try? connection.socket.send(Array(answer.utf8))) != nil else { return }
            }
        }
    }

    deinit { server.shutDown() }

    /// The port it listens on.
    public var port: UInt16 { server.port }

    /// Its address, without a slash at the end.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Answers with another status from now on.
    public func answer(with status: Int) { core.status.withLock { $0 = status } }

    /// Refuses connections from now on.
    public func stopListening() throws { try server.stopListening(closingConnections: true) }

    /// The requests so far.
    public var requests: [Request] { core.requests.elements }

    /// The n-th request, counted from 1, awaited when it has not come yet.
    public func waitForRequest(_ number: Int = 1, within limit: Duration = .seconds(60)) async throws -> Request {
        let core = core
        return try await SafetyTimeout.run(limit) {
            try await core.requests.element(at: number - 1)
        } otherwise: {
            "only \(core.requests.count) of \(number) requests"
        }
    }
}
