import Foundation
import KeepAliveCurl
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ResponseTests {
    let client = HTTPClient(userAgent: "test-agent/1")

    /// `hello` as gzip, without a request for it.
    private static let packed: [UInt8] = [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 7, 0, 0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0,
    ]

    @Test func compressedBodies() async throws {
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                #expect(request.header("Accept-Encoding") == nil)
                let (coding, body) =
                    request.line.contains("/gzip")
                    ? ("gzip", Self.packed) : (request.line.contains("/lie") ? "gzip" : "utf-8", Array("hello".utf8))
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: \(coding)\r\nContent-Length: \(body.count)\r\n\r\n")
                connection.send(body)
            }
        }
        let client = HTTPClient()
        var request = HTTPClientRequest(url: server.url("/gzip"))
        #expect(try await client.send(request).body == Self.packed)
        request.decodesBody = true
        let decoded = try await client.send(request)
        #expect(decoded.body == Array("hello".utf8))
        #expect(!decoded.isUndecodable)
        for path in ["/lie", "/unknown"] {
            request.url = server.url(path)
            let response = try await client.send(request)
            #expect(response.status == 200)
            #expect(response.isUndecodable)
        }
    }

    /// 100 MiB of zeros in 100 KiB: only the wanted part is unpacked.
    @Test func decompressionHasABound() async throws {
        let block: [UInt8] = [0x78, 0x9C, 0xEC, 0xC1, 0x01, 0x01, 0, 0, 0, 0x80, 0x90, 0xFE, 0xAF, 0xEE, 0x08, 0x0A]
        let zeros = [UInt8](repeating: 0, count: 100_000)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 100016\r\n\r\n")
            connection.send(block)
            connection.send(zeros)
        }
        var request = HTTPClientRequest(url: server.url(), maximumResponseBytes: 1000)
        request.decodesBody = true
        request.truncatesBody = true
        let response = try await HTTPClient().send(request)
        #expect(response.isCutOff)
        #expect(response.body.count == 1000)
    }

    @Test func cookiesGoToTheHostThatSetThem() async throws {
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                let cookie = request.header("Cookie") ?? "none"
                connection.send(
                    "HTTP/1.1 200 OK\r\nSet-Cookie: t=1; Path=/\r\nContent-Length: \(cookie.utf8.count)\r\n\r\n\(cookie)"
                )
            }
        }
        let client = HTTPClient()
        var request = HTTPClientRequest(url: server.url())
        request.cookies = []
        let first = try await client.send(request)
        #expect(first.body == Array("none".utf8))
        request.cookies = first.cookies
        #expect(try await client.send(request).body == Array("t=1".utf8))
        request.url = "http://localhost:\(server.port)/"
        #expect(try await client.send(request).body == Array("none".utf8))
        // No reused handle remembers any.
        for _ in 0..<3 {
            let plain = try await client.send(HTTPClientRequest(url: server.url()))
            #expect(plain.body == Array("none".utf8))
            #expect(plain.cookies.isEmpty)
        }
    }

    @Test func contentLength() async throws {
        let server = try RawServer.answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: a\r\nx-one:  b \r\nX-Empty:\r\n\r\nhello")
        let response = try await client.send(HTTPClientRequest(url: server.url("/path?query=1")))
        #expect(response.status == 200)
        #expect(response.body == Array("hello".utf8))
        #expect(response.header("X-ONE") == "a")
        #expect(response.headerValues("x-One") == ["a", "b"])
        #expect(response.header("x-empty") == "")
        #expect(response.header("absent") == nil)
        #expect(response.headers.map(\.name) == ["Content-Length", "X-One", "x-one", "X-Empty"])
        #expect(response.elapsed > .zero)
    }

    @Test func chunkedWithTrailer() async throws {
        let server = try RawServer.answering(
            """
            HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
            3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX-Trailer: late\r\n\r\n
            """)
        let response = try await client.send(HTTPClientRequest(url: server.url()))
        #expect(response.body == Array("hello".utf8))
        #expect(response.headers.map(\.name) == ["Transfer-Encoding"])
    }

    @Test func interimAnswerLeftOut() async throws {
        let server = try RawServer.answering(
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Final: 1\r\n\r\n")
        let response = try await client.send(HTTPClientRequest(url: server.url()))
        #expect(response.status == 200)
        #expect(response.headers.map(\.name) == ["Content-Length", "X-Final"])
    }

    @Test func foldedField() async throws {
        let server = try RawServer.answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Long: one\r\n  two\r\n\r\n")
        let response = try await client.send(HTTPClientRequest(url: server.url()))
        #expect(response.header("x-long") == "one two")
    }

    @Test(arguments: ["404 Not Found\r\nContent-Length: 5", "200 OK\r\nConnection: close"])
    func anyStatusIsAResponseAndABodyMayEndWithTheConnection(head: String) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 \(head)\r\n\r\nhello")
        }
        let response = try await client.send(HTTPClientRequest(url: server.url()))
        #expect(head.hasPrefix("\(response.status) "))
        #expect(response.body == Array("hello".utf8))
    }

    @Test func headHasNoBody() async throws {
        // Larger than the limit, which must not matter for a body that never comes.
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                #expect(request.line == "HEAD /x HTTP/1.1")
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            }
        }
        let request = HTTPClientRequest(url: server.url("/x"), method: "HEAD", maximumResponseBytes: 10)
        for _ in 0..<2 {
            let response = try await client.send(request)
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
            #expect(response.header("content-length") == "1000")
        }
        #expect(server.connections == 1)
    }

    @Test(arguments: [
        ("302 Found", "../b?c#d", "/b?c"), ("307 Temporary Redirect", "file:///etc/hosts", nil),
    ])
    func redirectIsToldNotFollowed(status: String, location: String, path: String?) async throws {
        let lines = EventLog<String>()
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                lines.append(request.line)
                connection.send("HTTP/1.1 \(status)\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let response = try await client.send(HTTPClientRequest(url: server.url("/x/a")))
        #expect(status.hasPrefix("\(response.status) "))
        #expect(response.header("location") == location)
        if let path { #expect(response.redirectURL?.hasPrefix(server.url(path)) == true) }
        #expect(lines.elements == ["GET /x/a HTTP/1.1"])
    }

    @Test func longBodyMayBeCutOff() async throws {
        let server = try RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")
        var request = HTTPClientRequest(url: server.url(), maximumResponseBytes: 4)
        request.truncatesBody = true
        let response = try await HTTPClient().send(request)
        #expect(response.status == 200)
        #expect(response.body == Array("0123".utf8))
    }

    /// A head is never cut off: what it says would be missing.
    @Test func onlyALongerBodyIsCutOff() async throws {
        let server = try RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")
        var request = HTTPClientRequest(url: server.url(), maximumResponseBytes: 10)
        for truncates in [false, true] {
            request.truncatesBody = truncates
            let whole = try await client.send(request)
            #expect(!whole.isCutOff && whole.body.count == 10)
        }
        request.maximumResponseBytes = 9
        let cut = try await client.send(request)
        #expect(cut.isCutOff && cut.body.count == 9)
        let talkative = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\n")
            let field = "X-Field: \(String(repeating: "x", count: 1000))\r\n"
            while connection.send(field) {}
        }
        request.url = talkative.url()
        #expect(try await failure(client, request) == .responseTooLarge)
    }

    /// A peer that answered 2xx has accepted the message: later errors must not cause a resend.
    @Test(
        arguments: [
            "Content-Length: 10\r\n\r\n012", "Transfer-Encoding: chunked\r\n\r\nno chunk",
            "Content-Length: 10\r\n\r\n0123456789", "X: \(String(repeating: "x", count: 150_000))\r\n\r\n",
        ])
    func aHeadOf2xxMayBeEnough(rest: String) async throws {
        func server(_ status: String) throws -> RawServer {
            try RawServer { connection in
                _ = connection.readRequest()
                connection.send("HTTP/1.1 \(status)\r\n\(rest)")
            }
        }
        let accepting = try server("202 Accepted")
        var request = HTTPClientRequest(url: accepting.url(), method: "POST", maximumResponseBytes: 4)
        request.headSuffices = true
        let response = try await HTTPClient().send(request)
        #expect(response.status == 202)
        let refusing = try server("404 Not Found")
        request.url = refusing.url()
        let refused = request
        await #expect(throws: HTTPClientError.self) { try await HTTPClient().send(refused) }
    }

    @Test func missingUnixSocket() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).sock").path
        var request = HTTPClientRequest(url: "http://localhost/x")
        request.unixSocketPath = path
        let error = await #expect(throws: HTTPClientError.self) { try await HTTPClient().send(request) }
        #expect(error?.cause == .system(code: ENOENT))
    }
}
