import Foundation
import KeepAliveCurl
import Testing

@Suite(.timeLimit(.minutes(1)), .enabled(if: TLSServer.isAvailable))
struct CertificateTests {
    private func cause(_ client: HTTPClient, _ url: String) async -> HTTPClientError.Cause? {
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.send(HTTPClientRequest(url: url))
        }
        #expect(error?.kind == .tls)
        return error?.cause
    }

    @Test func endIsToldOnEachRequest() async throws {
        let server = try await TLSServer.start(certifying: "IP:127.0.0.1")
        let client = HTTPClient(caFile: server.certificate)
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/")
        #expect(try await client.send(request).certificateEnd == nil)
        request.wantsCertificate = true
        let expected = Date.now.timeIntervalSince1970 + 2 * 86_400
        for _ in 0..<3 {
            let end = try #require(try await client.send(request).certificateEnd)
            #expect(abs(Double(end) - expected) < 3600)
        }
        let certificate = try #require(try await client.send(request).certificate)
        #expect(certificate.hasAlternativeName)
        #expect(certificate.subject == nil, "it is the server's own")
    }

    @Test func whatIsWrongIsSaid() async throws {
        let server = try await TLSServer.start(certifying: "DNS:elsewhere.example")
        let url = "https://127.0.0.1:\(server.port)/"
        #expect(await cause(HTTPClient(), url) == .certificateSelfSigned)
        #expect(await cause(HTTPClient(caFile: server.certificate), url) == .certificateOfAnotherHost)
        #expect(await cause(HTTPClient(caFile: "/nonexistent/ca.pem"), url) == .authoritiesUnreadable)
    }

    @Test func peerWithoutTLS() async throws {
        let server = try RawServer { connection in
            connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.waitForHangUp()
        }
        #expect(await cause(HTTPClient(), "https://127.0.0.1:\(server.port)/") == .notTLS)
    }

    /// An alert of RFC 8446, section 6: type 21, version, length, fatal, description.
    @Test(
        arguments: [
            ([21, 3, 3, 0, 2, 2, 40], "the TLS handshake failed: the server refuses it (handshake failure)"),
            ([21, 3, 3, 0, 2, 2, 70], "the TLS handshake failed: the server refuses it (protocol version)"),
            ([], "the TLS handshake failed: the server closed the connection"),
        ] as [([UInt8], String)])
    func whyTheHandshakeFails(answer: [UInt8], reason: String) async throws {
        let server = try RawServer { connection in
            guard let hello = connection.receive(), !hello.isEmpty, !answer.isEmpty else { return }
            connection.send(answer)
            connection.waitForHangUp()
        }
        let error = await #expect(throws: HTTPClientError.self) {
            try await HTTPClient().send(HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/"))
        }
        #expect(error?.kind == .tls)
        #expect(error?.cause == nil)
        #expect(error?.reason == reason)
    }

    @Test func authoritiesOfOneRequest() async throws {
        let server = try await TLSServer.start(certifying: "IP:127.0.0.1")
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/")
        request.caFile = server.certificate
        #expect(try await HTTPClient().send(request).status == 200)
    }
}
