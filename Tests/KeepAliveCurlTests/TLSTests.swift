import KeepAliveCurl
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TLSTests {
    @Test(.enabled(if: TLSServer.isAvailable))
    func certificatesAreVerified() async throws {
        let server = try await TLSServer.start(certifying: "IP:127.0.0.1")
        let request = HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/")
        #expect(try await failure(HTTPClient(), request) == .tls)
        #expect(try await HTTPClient(caFile: server.certificate).send(request).status == 200)
    }

    @Test(.enabled(if: TLSServer.isAvailable))
    func namesAreVerified() async throws {
        let server = try await TLSServer.start(certifying: "DNS:elsewhere.example")
        let request = HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/")
        #expect(try await failure(HTTPClient(caFile: server.certificate), request) == .tls)
    }

    @Test func peerWithoutTLS() async throws {
        let server = try RawServer { connection in
            connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.waitForHangUp()
        }
        let request = HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/")
        #expect(try await failure(HTTPClient(), request) == .tls)
    }

    @Test func unreadableCAFile() async throws {
        let server = try RawServer { $0.waitForHangUp() }
        let request = HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/")
        #expect(try await failure(HTTPClient(caFile: "/nonexistent/ca.pem"), request) == .tls)
    }
}
