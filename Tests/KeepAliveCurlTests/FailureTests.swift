import Foundation
import KeepAliveCurl
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FailureTests {
    let client = HTTPClient()

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "",
    ])
    func closedEarly(answer: String) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send(answer)
        }
        #expect(try await failure(client, HTTPClientRequest(url: server.url())) == .closedEarly)
    }

    private func error(from answer: String) async throws -> HTTPClientError? {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send(answer)
        }
        return await #expect(throws: HTTPClientError.self) {
            try await client.send(HTTPClientRequest(url: server.url()))
        }
    }

    @Test(arguments: [
        ("", "the connection was closed without an answer"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
            "the connection was closed before the end of the answer"
        ),
    ])
    func whatWasClosedIsSaid(answer: String, reason: String) async throws {
        let error = try await error(from: answer)
        #expect(error?.reason == reason)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"])
    func reset(answer: String) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send(answer)
            connection.reset()
        }
        #expect(try await failure(client, HTTPClientRequest(url: server.url())) == .connectionReset)
    }

    @Test func refused() async throws {
        let port = try RefusingPort()
        #expect(try await failure(client, HTTPClientRequest(url: port.url())) == .couldNotConnect)
    }

    @Test func unknownHost() async throws {
        // A label has at most 63 bytes, so no name server is asked.
        let url = "http://\(String(repeating: "a", count: 64)).invalid/"
        #expect(try await failure(client, HTTPClientRequest(url: url)) == .couldNotResolve)
    }

    @Test func neverAnswering() async throws {
        let hungUp = Event()
        let server = try RawServer { connection in
            connection.waitForHangUp()
            hungUp.fire()
        }
        let request = HTTPClientRequest(url: server.url(), timeout: .milliseconds(200))
        #expect(try await failure(client, request) == .timedOut)
        await hungUp.wait()
    }

    /// The name is looked up at once. The handshake's time or the whole request's may be over first.
    @Test(arguments: [(3600, 3), (3, 3600)]) func neverSpeakingTLS(timeout: Int, connectTimeout: Int) async throws {
        let server = try RawServer { $0.waitForHangUp() }
        let request = HTTPClientRequest(
            url: "https://localhost:\(server.port)/", timeout: .seconds(timeout),
            connectTimeout: .seconds(connectTimeout))
        let error = await #expect(throws: HTTPClientError.self) { try await client.send(request) }
        #expect(error?.kind == .timedOut)
        #expect(error?.cause == nil)
        #expect(error?.reason == "connected, but the TLS handshake did not end within 3 s")
    }

    @Test func dripFeeding() async throws {
        let hungUp = Event()
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while connection.send("x"), !connection.hasHungUp(within: 10) {}
            hungUp.fire()
        }
        let request = HTTPClientRequest(url: server.url(), timeout: .milliseconds(300))
        #expect(try await failure(client, request) == .timedOut)
        await hungUp.wait()
    }

    @Test(arguments: [Duration.zero, .seconds(-1), .nanoseconds(1), .seconds(Int64.min)])
    func noTimeIsNotForEver(timeout: Duration) async throws {
        let server = try RawServer { $0.waitForHangUp() }
        let request = HTTPClientRequest(url: server.url(), timeout: timeout)
        #expect(try await failure(client, request) == .timedOut)
    }

    @Test func hugeTimeouts() async throws {
        let server = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        let forever = Duration.seconds(Int64.max)
        let request = HTTPClientRequest(url: server.url(), timeout: forever, connectTimeout: forever)
        #expect(try await client.send(request).status == 204)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n",
    ])
    func tooLarge(answer: String) async throws {
        let server = try RawServer.answering(answer)
        let request = HTTPClientRequest(url: server.url(), maximumResponseBytes: 10)
        #expect(try await failure(client, request) == .responseTooLarge)
        let larger = HTTPClientRequest(url: server.url(), maximumResponseBytes: 11)
        #expect(try await client.send(larger).body == Array("hello world".utf8))
    }

    @Test func tooManyHeaderFields() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\n")
            let field = "X-Field: \(String(repeating: "x", count: 1000))\r\n"
            while connection.send(field) {}
        }
        #expect(try await failure(client, HTTPClientRequest(url: server.url())) == .responseTooLarge)
    }

    /// libcurl calls it a lack of memory, but it is the peer's fault.
    @Test(arguments: ["503 Busy\r\nX-Field: ", "200 "]) func tooLongHeaderLine(beginning: String) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 \(beginning)\(String(repeating: "x", count: 150_000))\r\n\r\n")
        }
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.send(HTTPClientRequest(url: server.url()))
        }
        #expect(error?.kind == .responseTooLarge)
        #expect(error?.shortage == nil)
        #expect(error?.reason == "a header line of the response is larger than allowed")
    }

    @Test(arguments: [
        ("SSH-2.0-Something\r\n", "the server does not speak HTTP"),
        ("HTTP/1.1 abc\r\n\r\n", "the answer is not valid HTTP"),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "the answer is not valid HTTP"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "the answer is not valid HTTP"),
    ])
    func notHTTP(answer: String, reason: String) async throws {
        let error = try await error(from: answer)
        #expect(error?.reason == reason)
        guard case .other? = error?.kind else {
            Issue.record("a peer that does not speak HTTP gave \(error as Any)")
            return
        }
    }

    @Test func chunksThatAreNone() async throws {
        let server = try RawServer.answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n")
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.send(HTTPClientRequest(url: server.url()))
        }
        #expect(error?.kind == .connectionReset)
        #expect(error?.reason == "the answer is not valid HTTP")
    }

    @Test func descriptionHidesSecrets() async throws {
        let secret = "TOKEN123"
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nX-Echo: \(secret)\r\nContent-Length: 100\r\n\r\n\(secret)")
        }
        let refused = try RefusingPort()
        let headers = [("Authorization", secret)]
        let body = Array(secret.utf8)
        let requests = [
            HTTPClientRequest(
                url: server.url("/\(secret)?k=\(secret)"), method: "POST", headers: headers, body: body),
            HTTPClientRequest(url: server.url("/\(secret)"), headers: headers, maximumResponseBytes: 1),
            HTTPClientRequest(url: "http://\(secret):\(secret)@127.0.0.1:\(refused.number)/\(secret)#\(secret)"),
            HTTPClientRequest(url: refused.url("/\(secret)"), headers: [("X\r\n", secret)]),
            HTTPClientRequest(url: "http://ho st/\(secret)"),
            HTTPClientRequest(url: "ftp://host/\(secret)"),
            HTTPClientRequest(url: refused.url("/\(secret)", scheme: "https")),
        ]
        for request in requests {
            let error = try #require(await #expect(throws: HTTPClientError.self) { try await client.send(request) })
            var dumped = ""
            dump(error, to: &dumped)
            for text in ["\(error)", String(reflecting: error), dumped, "\(request)", String(reflecting: request)] {
                #expect(!text.contains(secret))
            }
        }
    }

    @Test func descriptionNamesTheEndpoint() async throws {
        let port = try RefusingPort()
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.send(HTTPClientRequest(url: port.url("/path")))
        }
        #expect(error.map { "\($0)" } == "couldNotConnect: http://127.0.0.1:\(port.number): connection refused")
    }
}
