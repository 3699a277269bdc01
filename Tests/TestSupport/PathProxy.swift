import Foundation

/// A reverse proxy on 127.0.0.1 that serves a server below a path, and nothing else. It adds no header field.
public final class PathProxy: Sendable {
    /// The treatment of server-sent events.
    public enum Streams: Sendable {
        /// They pass through.
        case passed
        /// Each ends right after its beginning.
        case cut
        /// Clients get nothing, not even their beginning.
        case held
    }

    /// The targets of all event requests, in order of arrival.
    public let streams = EventLog<String>()
    /// The server's address at the proxy, with a trailing slash.
    public var url: String { "http://127.0.0.1:\(server.port)\(path)/" }
    private let path: String
    private let server: LoopbackServer

    /// - Parameters:
    ///   - path: begins with a slash and does not end with one.
    ///   - port: the server's port.
    public init(path: String, port: UInt16, streams kind: Streams = .passed) throws {
        self.path = path
        let streams = streams
        server = try LoopbackServer { connection in
            let client = connection.socket
            var reader = MessageReader()
            guard let lines = try? reader.head(from: { try client.receive() }),
                let fields = HeaderFields(lines: lines.dropFirst()),
                let body = try? reader.body(
                    count: Int(fields["Content-Length"] ?? "0") ?? 0, from: { try client.receive() })
            else { return }
            let words = lines[0].split(separator: " ")
            guard words.count == 3, words[1].hasPrefix("\(path)/") else {
                try? client.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
                return
            }
            if fields["Accept"] == "text/event-stream" {
                streams.append(String(words[1]))
                switch kind {
                case .passed: break
                case .cut:
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                    try? client.send("\(head)retry: 1\n\n".utf8)
                    return
                case .held:
                    while let more = try? client.receive(), !more.isEmpty {}
                    return
                }
            }
            var head = "\(words[0]) \(words[1].dropFirst(path.utf8.count)) HTTP/1.1\r\nConnection: close\r\n"
            for field in fields.fields where field.name.lowercased() != "connection" {
                head += "\(field.name): \(field.value)\r\n"
            }
            try? Self.forward(Array("\(head)\r\n".utf8) + body, to: port, for: client)
        }
    }

    deinit { server.shutDown() }

    /// Forwards a request and returns the answer as it arrives, until either side ends.
    private static func forward(_ request: [UInt8], to port: UInt16, for client: StreamSocket) throws {
        let upstream = try StreamSocket.connected(to: port)
        defer { upstream.close() }
        try upstream.send(request)
        while true {
            var watched = [client, upstream].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&watched, 2, -1) > 0 else { continue }
            if watched[0].revents != 0, try client.receive().isEmpty { return }
            guard watched[1].revents != 0 else { continue }
            let part = try upstream.receive()
            if part.isEmpty { return }
            try client.send(part)
        }
    }
}
