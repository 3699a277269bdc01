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

    /// A mail server without TLS, with its reply to a whole message. It takes any login, and no recipient `gone@…`.
    static func mail(_ verdict: String, noting seen: EventLog<String> = EventLog()) throws -> RawServer {
        try RawServer { connection in
            connection.send("220 test\r\n")
            while let line = connection.readLine() {
                seen.append(line)
                switch line.prefix(4) {
                case "EHLO": connection.send("250-test\r\n250 AUTH PLAIN\r\n")
                case "AUTH":
                    // What proves the user follows in a line of its own, or stands in this one.
                    if line.split(separator: " ").count < 3 {
                        connection.send("334 \r\n")
                        if let line = connection.readLine() { seen.append(line) }
                    }
                    connection.send("235 welcome\r\n")
                case "DATA":
                    connection.send("354 go on\r\n")
                    while let line = connection.readLine(), line != "." { seen.append(line) }
                    connection.send("\(verdict)\r\n")
                case "QUIT": connection.send("221 bye\r\n")
                case "RCPT" where line.contains("gone@"): connection.send("550 nobody\r\n")
                default: connection.send("250 well\r\n")
                }
            }
        }
    }

    /// The URL of a path on this server.
    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }
}
