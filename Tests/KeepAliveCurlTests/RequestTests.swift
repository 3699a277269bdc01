import Foundation
import KeepAliveCurl
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RequestTests {
    let client = HTTPClient(userAgent: "test-agent/1")

    /// A server that answers with the request's line and header fields, a blank line and the request's body.
    private func echoServer() throws -> RawServer {
        try RawServer { connection in
            while let request = connection.readRequest() {
                let head = ([request.line] + request.headers).joined(separator: "\n") + "\n\n"
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(head.utf8.count + request.body.count)\r\n\r\n")
                connection.send(Array(head.utf8) + request.body)
            }
        }
    }

    private func echo(_ server: RawServer, _ request: HTTPClientRequest) async throws -> (head: [String], body: [UInt8])
    {
        let body = try await client.send(request).body
        let split = try #require(body.firstRange(of: Array("\n\n".utf8)))
        let head = String(decoding: body[..<split.lowerBound], as: UTF8.self).split(separator: "\n").map(String.init)
        return (head, Array(body[split.upperBound...]))
    }

    @Test(
        arguments: [
            ("/ü?q=ö", "GET /%C3%BC?q=%C3%B6 HTTP/1.1", "", nil), ("/", "GET / HTTP/1.1", "@", nil),
            ("/", "GET / HTTP/1.1", ":@", nil), ("/", "GET / HTTP/1.1", ":word@", nil),
            ("/%41", "GET /%41 HTTP/1.1", "u:p%40@", "Basic dTpwQA=="),
        ] as [(String, String, String, String?)])
    func urlsAsTheyGoOut(path: String, line: String, user: String, credentials: String?) async throws {
        let seen = EventLog<String>()
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                seen.append("\(request.line) \(request.header("Authorization") ?? "-")")
                connection.send("HTTP/1.1 204 No Content\r\n\r\n")
            }
        }
        _ = try await HTTPClient().send(HTTPClientRequest(url: "http://\(user)127.0.0.1:\(server.port)\(path)"))
        #expect(seen.elements == ["\(line) \(credentials ?? "-")"])
    }

    @Test func getSendsWhatItIsTold() async throws {
        let server = try echoServer()
        let request = HTTPClientRequest(
            url: server.url("/a%20b?c=d"), headers: [("X-One", "1"), ("X-One", "2"), ("X-Empty", ""), ("X-Utf8", "ä")])
        let (head, body) = try await echo(server, request)
        #expect(head.first == "GET /a%20b?c=d HTTP/1.1")
        #expect(head.filter { $0.hasPrefix("X-One") } == ["X-One: 1", "X-One: 2"])
        #expect(head.contains("X-Empty:"))
        #expect(head.contains("X-Utf8: ä"))
        #expect(head.contains("User-Agent: test-agent/1"))
        #expect(!head.contains { $0.hasPrefix("Accept-Encoding") || $0.hasPrefix("Content-") })
        #expect(body.isEmpty)
    }

    /// Whoever sets none does not wait without an end, nor fill its memory.
    @Test func everyJobHasLimits() {
        let request = HTTPClientRequest(url: "http://a/")
        #expect(request.timeout == .seconds(30) && request.connectTimeout == .seconds(10))
        #expect(request.maximumResponseBytes == 8 << 20)
        let exchange = SocketExchange(host: "a", port: 1)
        #expect(exchange.timeout == .seconds(10) && exchange.maximumReplyBytes == 64 << 10)
        let mail = MailMessage(url: "smtp://a", sender: "a@b", recipients: [], content: [])
        #expect(mail.timeout == .seconds(60) && mail.encryption == .required)
    }

    @Test func ownUserAgentWins() async throws {
        let server = try echoServer()
        let (head, _) = try await echo(server, HTTPClientRequest(url: server.url(), headers: [("User-Agent", "own")]))
        #expect(head.filter { $0.hasPrefix("User-Agent") } == ["User-Agent: own"])
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET"])
    func bodyIsSentAsItIs(method: String) async throws {
        let server = try echoServer()
        // Longer than libcurl's limit for "100 Continue", and with every byte value.
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
        let (head, body) = try await echo(server, HTTPClientRequest(url: server.url(), method: method, body: bytes))
        #expect(head.first == "\(method) / HTTP/1.1")
        #expect(body == bytes)
        #expect(head.contains("Content-Length: 3000000"))
        #expect(!head.contains { $0.hasPrefix("Expect") || $0.hasPrefix("Content-Type") })
    }

    @Test func contentTypeIsTheCallers() async throws {
        let server = try echoServer()
        let request = HTTPClientRequest(
            url: server.url(), method: "POST", headers: [("content-type", "application/json")], body: Array("{}".utf8))
        let (head, body) = try await echo(server, request)
        #expect(head.filter { $0.lowercased().hasPrefix("content-type") } == ["content-type: application/json"])
        #expect(body == Array("{}".utf8))
    }

    @Test(arguments: [nil, []] as [[UInt8]?], ["POST", "PUT", "PATCH"])
    func aMethodWithoutItsBodySaysSo(body: [UInt8]?, method: String) async throws {
        let server = try echoServer()
        let (head, _) = try await echo(server, HTTPClientRequest(url: server.url(), method: method, body: body))
        #expect(head.first == "\(method) / HTTP/1.1")
        #expect(head.contains("Content-Length: 0"))
    }

    @Test func connectionIsUsedAgain() async throws {
        let server = try echoServer()
        for _ in 0..<5 {
            _ = try await client.send(HTTPClientRequest(url: server.url(), method: "POST", body: [1]))
        }
        #expect(server.connections == 1)
    }

    /// A kept one has the certificate of its first day.
    @Test func aConnectionIsMadeForTheCertificate() async throws {
        let server = try echoServer()
        var request = HTTPClientRequest(url: server.url())
        _ = try await client.send(request)
        request.wantsCertificate = true
        _ = try await client.send(request)
        #expect(server.connections == 2)
    }

    /// Nobody would use it again: the next one for the certificate is new, too.
    @Test func aConnectionForTheCertificateIsNotKept() async throws {
        let hungUp = Event()
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 204 No Content\r\n\r\n")
            connection.waitForHangUp()
            hungUp.fire()
        }
        var request = HTTPClientRequest(url: server.url())
        request.wantsCertificate = true
        #expect(try await client.send(request).status == 204)
        await hungUp.wait()
        #expect(server.connections == 1)
    }

    @Test(arguments: [(false, "/b"), (true, "/a/../b")])
    func aPathMayGoOutAsItIs(keepsPath: Bool, path: String) async throws {
        let server = try echoServer()
        var request = HTTPClientRequest(url: server.url("/a/../b"))
        request.keepsPath = keepsPath
        let (head, _) = try await echo(server, request)
        #expect(head.first == "GET \(path) HTTP/1.1")
    }

    /// A NAT may have forgotten it. The time itself is what is tried: libcurl counts whole seconds.
    @Test func aConnectionThatWasIdleTooLongIsNotUsedAgain() async throws {
        let server = try echoServer()
        let client = HTTPClient(idleTime: .seconds(1))
        _ = try await client.send(HTTPClientRequest(url: server.url(), method: "POST", body: [1]))
        try await Task.sleep(for: .milliseconds(2100))
        _ = try await client.send(HTTPClientRequest(url: server.url(), method: "POST", body: [1]))
        #expect(server.connections == 2)
    }

    @Test func twoHundredAtOnce() async throws {
        let count = 200
        let allAsked = Countdown(count)
        // The server answers only after all have asked, so all must run concurrently.
        let server = try RawServer { connection in
            guard let request = connection.readRequest() else { return }
            allAsked.countDown()
            allAsked.block()
            let path = request.line.split(separator: " ")[1]
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            connection.waitForHangUp()
        }
        let client = client
        let bodies = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for index in 0..<count {
                group.addTask {
                    (index, try await client.send(HTTPClientRequest(url: server.url("/\(index)"))).body)
                }
            }
            return try await group.reduce(into: [Int: [UInt8]]()) { $0[$1.0] = $1.1 }
        }
        #expect(bodies.count == count)
        #expect(bodies.allSatisfy { $1 == Array("/\($0)".utf8) })
    }

    @Test(arguments: [
        "", "no scheme", "127.0.0.1:80", "/path", "http://", "http://ho st/", "http://host:99999/",
        "http://host\r\nX: y/", "http://host/a\u{0}b", "http://host/a b", "ftp://host/", "file:///etc/hosts",
        "gopher://host/", "https:", "http://[::1", "http://host/\nx",
    ])
    func invalidURL(url: String) async throws {
        #expect(try await failure(client, HTTPClientRequest(url: url)) == .invalidRequest)
    }

    @Test(arguments: [
        ("X-A", "b\r\nX-Injected: c"), ("X-A", "b\nX-Injected: c"), ("X-A", "b\rc"), ("X-A", "b\u{0}c"),
        ("X-A\r\nX-Injected", "c"), ("X-A: b", "c"), ("X A", "b"), ("", "b"), ("X-A\u{0}", "b"), ("Ä", "b"),
        ("Content-Length", "3"), ("transfer-encoding", "chunked"), ("EXPECT", "100-continue"),
    ])
    func invalidHeader(name: String, value: String) async throws {
        let server = try echoServer()
        let request = HTTPClientRequest(url: server.url(), headers: [(name, value)])
        #expect(try await failure(client, request) == .invalidRequest)
        #expect(server.connections == 0)
    }

    @Test(arguments: ["", "GET /x HTTP/1.1\r\nX-Injected: y\r\n\r\nGET", "G T", "CONNECT"])
    func invalidMethod(method: String) async throws {
        let server = try echoServer()
        #expect(try await failure(client, HTTPClientRequest(url: server.url(), method: method)) == .invalidRequest)
        #expect(server.connections == 0)
    }

    @Test func headWithBodyIsInvalid() async throws {
        let request = HTTPClientRequest(url: "http://127.0.0.1/", method: "HEAD", body: [1])
        #expect(try await failure(client, request) == .invalidRequest)
    }

    @Test func aPathWithANULIsInvalid() async throws {
        let server = try echoServer()
        var request = HTTPClientRequest(url: server.url())
        request.caFile = "a\u{0}b"
        #expect(try await failure(client, request) == .invalidRequest)
        request.caFile = nil
        request.unixSocketPath = "a\u{0}b"
        #expect(try await failure(client, request) == .invalidRequest)
        #expect(server.connections == 0)
    }

    @Test func invalidSettings() async throws {
        let request = HTTPClientRequest(url: "http://127.0.0.1/")
        #expect(try await failure(HTTPClient(userAgent: "a\r\nX: y"), request) == .invalidRequest)
        #expect(try await failure(HTTPClient(caFile: "a\u{0}b"), request) == .invalidRequest)
    }
}
