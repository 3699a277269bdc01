import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Requests of one turn share what takes long to make; the form of each answer belongs to its request.
struct SharedAnswerTests {
    /// One turn of the server.
    private struct Turn {
        private var endpoints: Endpoints

        init(_ body: BodyState) {
            endpoints = Endpoints(name: "Bot", version: "1", port: 1, health: HealthMonitor(body: body) { "\($0)" })
        }

        /// - Parameter field: a header line without its end.
        mutating func answer(_ path: String, version: String = "1.1", field: String) throws -> String {
            let bytes = Array("GET \(path) HTTP/\(version)\r\nHost: a\r\n\(field)\r\n\r\n".utf8)
            var parser = HTTPRequestParser()
            guard case .head(let request) = parser.parse(bytes.span) else { throw SystemFailure("parse") }
            var output: [UInt8] = []
            _ = endpoints.respond(
                to: request, bytes: bytes.span, from: HTTPPeer(isLoopback: true), output: &output)
            return String(decoding: output, as: UTF8.self)
        }
    }

    @Test(arguments: [
        ("/readyz", "*/*"), ("/health", "*/*"), ("/health", "application/json"), ("/health", "application/health+json"),
    ])
    func eachIsToldTheFailure(path: String, accept: String) throws {
        var turn = Turn(.starting)
        for _ in 0..<2 {
            let answer = try turn.answer(path, field: "Accept: \(accept)")
            #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        }
    }

    /// HTTP/1.0 closes the connection unless the answer says otherwise, HTTP/1.1 keeps it.
    @Test(arguments: [["1.1", "1.0"], ["1.0", "1.1"]])
    func eachIsToldInItsVersionWhetherTheConnectionStays(versions: [String]) throws {
        var turn = Turn(.running)
        for version in versions {
            let answer = try turn.answer("/health", version: version, field: "Connection: keep-alive")
            #expect(answer.contains("\r\nConnection: keep-alive\r\n") == (version == "1.0"))
        }
    }
}
