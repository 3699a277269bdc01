import Foundation
import KeepAliveCurl
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExchangeTests {
    let client = HTTPClient()

    private func exchange(
        _ server: RawServer, _ text: String = "PING\r\n", timeout: Duration = .seconds(30),
        until end: String = "\n"
    ) -> SocketExchange {
        SocketExchange(host: "127.0.0.1", port: Int(server.port), bytes: Array(text.utf8), timeout: timeout) {
            $0.suffix(end.utf8.count).elementsEqual(end.utf8)
        }
    }

    private func kind(_ exchange: SocketExchange) async throws -> HTTPClientError.Kind? {
        do {
            _ = try await client.exchange(exchange)
            return nil
        } catch let error as HTTPClientError {
            return error.kind
        }
    }

    @Test func bytesGoThereAndBack() async throws {
        let server = try RawServer { connection in
            guard let request = connection.readRequest() else { return }
            for byte in Array("+\(request.line)\n".utf8) { connection.send([byte]) }
            connection.waitForHangUp()
        }
        let reply = try await client.exchange(exchange(server, "PING\r\n\r\n"))
        #expect(reply.bytes == Array("+PING\n".utf8))
        #expect(!reply.isCutOff)
        #expect(reply.certificateEnd == nil)
        #expect(reply.elapsed > .zero)
    }

    /// More than any socket buffer, in both directions.
    @Test func longExchange() async throws {
        let long = String(repeating: "x", count: 3_000_000)
        let server = try RawServer { connection in
            guard let request = connection.readRequest() else { return }
            connection.send(request.line + "\n")
            connection.waitForHangUp()
        }
        var exchange = exchange(server, long + "\r\n\r\n")
        exchange.maximumReplyBytes = 4_000_000
        #expect(try await client.exchange(exchange).bytes.count == 3_000_001)
        exchange.maximumReplyBytes = 2_000_000
        #expect(try await kind(exchange) == .responseTooLarge)
    }

    /// What is not complete by then can only get longer.
    @Test(
        arguments: [("123456789\n", nil), ("1234567890", .responseTooLarge)] as [(String, HTTPClientError.Kind?)])
    func aReplyMayBeAsLongAsAllowed(text: String, expected: HTTPClientError.Kind?) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.send(text)
            connection.waitForHangUp()
        }
        var exchange = exchange(server, "\r\n\r\n")
        exchange.maximumReplyBytes = 10
        #expect(try await kind(exchange) == expected)
    }

    @Test func connectingAloneIsEnough() async throws {
        let server = try RawServer { $0.waitForHangUp() }
        let reply = try await client.exchange(SocketExchange(host: "127.0.0.1", port: Int(server.port)))
        #expect(reply.bytes.isEmpty)
    }

    @Test func peerThatClosesOrResets() async throws {
        let closing = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("half")
        }
        let reply = try await client.exchange(exchange(closing, "\r\n\r\n"))
        #expect(reply.bytes == Array("half".utf8))
        #expect(reply.isCutOff)
        let resetting = try RawServer { connection in
            _ = connection.readRequest()
            connection.reset()
        }
        #expect(try await kind(exchange(resetting, "\r\n\r\n")) == .connectionReset)
    }

    @Test func deadlineHoldsWhilePeerIsSilentOrDrips() async throws {
        let silent = try RawServer { $0.waitForHangUp() }
        let dripping = try RawServer { connection in
            while connection.send("x") { usleep(20_000) }
        }
        for server in [silent, dripping] {
            let error = await #expect(throws: HTTPClientError.self) {
                try await client.exchange(exchange(server, timeout: .milliseconds(200)))
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.reason.hasSuffix("within 0.2 s") == true)
        }
    }

    @Test func refusedAndUnknown() async throws {
        let port = try RefusingPort()
        let exchange = SocketExchange(host: "127.0.0.1", port: Int(port.number))
        let error = await #expect(throws: HTTPClientError.self) { try await client.exchange(exchange) }
        #expect(error?.cause == .system(code: ECONNREFUSED))
        #expect(error?.reason == "connection refused")
        #expect(try await kind(SocketExchange(host: "nowhere.invalid", port: 1)) == .couldNotResolve)
        for host in ["a/b", "user@127.0.0.1", "a b", ""] {
            #expect(try await kind(SocketExchange(host: host, port: 1)) == .invalidRequest, "\(host)")
        }
    }

    /// libcurl would read a path up to there only.
    @Test func aPathWithANULIsRefused() async throws {
        var exchange = SocketExchange(host: "127.0.0.1", port: 1)
        exchange.unixSocketPath = "/a\u{0}b"
        #expect(try await kind(exchange) == .invalidRequest)
        exchange.unixSocketPath = nil
        exchange.caFile = "/a\u{0}b"
        #expect(try await kind(exchange) == .invalidRequest)
    }

    @Test func cancellingClosesTheConnection() async throws {
        let (reached, left) = (Event(), Event())
        let server = try RawServer { connection in
            _ = connection.readRequest()
            reached.fire()
            connection.waitForHangUp()
            left.fire()
        }
        let task = Task { try await client.exchange(exchange(server, "\r\n\r\n")) }
        await reached.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await left.wait()
    }

    /// The client must neither keep finished exchanges nor drop running ones when other connections come and go.
    @Test func manyAtOnceBesideRequests() async throws {
        let all = Countdown(200)
        let hanging = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            all.countDown()
            connection.send("not yet")
            connection.waitForHangUp()
        }
        let web = try RawServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        }
        let tasks = (0..<200).map { _ in Task { try await client.exchange(exchange(hanging, "\r\n\r\n")) } }
        await all.event.wait()
        // The server has a thread per connection; each test's client has one.
        #expect(try threads().count { $0 == "http-client" } < 100)
        for _ in 0..<40 {
            #expect(try await client.send(HTTPClientRequest(url: web.url())).status == 200)
        }
        #expect(hanging.connections == 200)
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
    }

    /// The names of this process's threads.
    private func threads() throws -> [String] {
        let folder = "/proc/self/task"
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
            try? String(contentsOfFile: "\(folder)/\($0)/comm", encoding: .utf8).trimmingCharacters(in: .newlines)
        }
    }

    @Test func closedClientFailsWhatIsUnderWay() async throws {
        let reached = Event()
        let server = try RawServer { connection in
            _ = connection.readRequest()
            reached.fire()
            connection.waitForHangUp()
        }
        let client = HTTPClient()
        let exchange = exchange(server, "\r\n\r\n")
        let task = Task { try await client.exchange(exchange) }
        await reached.wait()
        await client.shutDown()
        let error = await #expect(throws: HTTPClientError.self) { try await task.value }
        #expect(error?.kind == .closed)
    }

    /// A server may refuse a client that announces HTTP.
    @Test func noProtocolIsAnnounced() async throws {
        let hellos = EventLog<[UInt8]>()
        let server = try RawServer { connection in
            if let hello = connection.receive() { hellos.append(hello) }
        }
        var exchange = exchange(server)
        exchange.usesTLS = true
        #expect(try await kind(exchange) == .tls)
        let hello = try await hellos.element(at: 0)
        #expect(hello.first == 22, "a handshake")
        #expect(hello.firstRange(of: Array("http/".utf8)) == nil)
    }

    @Test(.enabled(if: TLSServer.isAvailable))
    func exchangeOverTLS() async throws {
        let server = try await TLSServer.start(certifying: "IP:127.0.0.1")
        var exchange = SocketExchange(
            host: "127.0.0.1", port: Int(server.port), bytes: Array("GET / HTTP/1.0\r\n\r\n".utf8)
        ) { $0.starts(with: "HTTP/1.0 200".utf8) }
        exchange.usesTLS = true
        #expect(try await kind(exchange) == .tls)
        exchange.caFile = server.certificate
        let reply = try await client.exchange(exchange)
        #expect(reply.bytes.starts(with: "HTTP/1.0 200".utf8))
        #expect(reply.certificateEnd != nil)
    }
}
