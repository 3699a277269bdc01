import Foundation
import Synchronization

/// A server on 127.0.0.1 with scripted answers, including bodies; it records the requests.
public final class PeerServer: Sendable {
    /// A request as received.
    public struct Request: Sendable {
        /// The method.
        public let method: String
        /// The path and query as received.
        public let target: String
        /// The header fields.
        public let headers: HeaderFields
        /// The body.
        public let body: [UInt8]

        /// The body as JSON; null if it is not JSON.
        public var json: JSON { (try? JSON(parsing: body)) ?? .null }
    }

    /// An answer.
    public enum Answer: Sendable {
        /// A complete answer.
        case status(Int, headers: [String: String] = [:], body: String = "")
        /// The connection ends without an answer.
        case close
        /// No answer until the client leaves.
        case hang
    }

    /// The requests so far, in order of arrival.
    public let requests = EventLog<Request>()
    private let server: LoopbackServer

    /// Takes a free port; calls `answer` on the connections' threads.
    public init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        let requests = requests
        server = try LoopbackServer { connection in
            var reader = MessageReader()
            let receive: () throws -> [UInt8] = { try connection.socket.receive() }
            while let lines = try? reader.head(from: receive), let fields = HeaderFields(lines: lines.dropFirst()) {
                let words = lines[0].split(separator: " ").map(String.init)
                guard words.count == 3, let length = Int(fields["Content-Length"] ?? "0"),
                    let body = try? reader.body(count: length, from: receive)
                else { return }
                let request = Request(method: words[0], target: words[1], headers: fields, body: body)
                let reply = answer(request)
                requests.append(request)
                switch reply {
                case .close: return
                case .hang:
                    while let more = try? connection.socket.receive(), !more.isEmpty {}
                    return
                case .status(let status, let headers, let text):
                    var head = "HTTP/1.1 \(status) Status\r\nContent-Length: \(text.utf8.count)\r\n"
                    for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
                    guard (try? connection.socket.send(Array("\(head)\r\n\(text)".utf8))) != nil else { return }
                }
            }
        }
    }

    deinit { server.shutDown() }

    /// The port it listens on.
    public var port: UInt16 { server.port }

    /// Its address, without a trailing slash.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Refuses connections from now on; the port stays reserved.
    public func stopListening() throws { try server.stopListening(closingConnections: true) }

    /// Waits for the n-th request, counted from 1.
    public func waitForRequest(_ number: Int = 1, within limit: Duration = .seconds(60)) async throws -> Request {
        let requests = requests
        return try await SafetyTimeout.run(limit) {
            try await requests.element(at: number - 1)
        } otherwise: {
            "only \(requests.count) of \(number) requests"
        }
    }
}
