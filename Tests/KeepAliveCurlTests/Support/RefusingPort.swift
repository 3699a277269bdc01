@testable import KeepAliveTestSupport

/// A port of 127.0.0.1 that refuses connections while this object lives.
final class RefusingPort: Sendable {
    private let server: LoopbackServer

    init() throws {
        server = try LoopbackServer { _ in }
        // Still bound, so that no other test's server gets the port.
        try server.stopListening(closingConnections: true)
    }

    deinit { server.shutDown() }

    var number: UInt16 { server.port }

    /// The URL of a path on this port.
    func url(_ path: String = "/", scheme: String = "http") -> String { "\(scheme)://127.0.0.1:\(number)\(path)" }
}
