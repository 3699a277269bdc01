import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveToolSupport

@Suite(.timeLimit(.minutes(1)))
struct HTTPGetTests {
    private func get(
        _ port: UInt16, host: String = "127.0.0.1", timeout: Duration = .seconds(20)
    ) async throws -> HTTPGet.Response {
        let get = HTTPGet(HTTPURL(host: host, port: port, target: "/health?a=b"), timeout: timeout)
        return try await BlockingWork.run { try get.run() }
    }

    private func failure(
        _ port: UInt16, host: String = "127.0.0.1", timeout: Duration = .seconds(20)
    ) async throws -> HTTPGet.Failure? {
        await #expect(throws: HTTPGet.Failure.self) { _ = try await get(port, host: host, timeout: timeout) }
    }

    private func url(_ port: UInt16) -> HTTPURL { HTTPURL(host: "127.0.0.1", port: port, target: "/health?a=b") }

    @Test func asksAsABrowserWould() async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer("{}", status: "418 Teapot") })
        #expect(try await get(server.port) == .init(status: 418, body: Array("{}".utf8)))
        let head = try await server.requests.element(at: 0)
        #expect(head.hasPrefix("GET /health?a=b HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
        #expect(head.contains("\r\nConnection: close\r\n"))
    }

    @Test(arguments: [("secret", true), ("two\r\nX-Other: lines", false), ("two words", false), (nil, false)])
    func tellsToRestart(token: String?, isSent: Bool) async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer("{}", status: "202 Accepted") })
        var request = HTTPGet(HTTPURL(host: "127.0.0.1", port: server.port, target: "/restart"), timeout: .seconds(20))
        request.method = .post
        request.bearerToken = token
        let sent = request
        #expect(try await BlockingWork.run { try sent.run() }.status == 202)
        let head = try await server.requests.element(at: 0)
        #expect(head.hasPrefix("POST /restart HTTP/1.1\r\n"))
        #expect(head.contains("\r\nContent-Length: 0\r\n"))
        #expect(head.contains("\r\nAuthorization: Bearer secret\r\n") == isSent)
        #expect(!head.contains("X-Other"))
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func hosts(host: String) async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer("ok") })
        #expect(try await get(server.port, host: host).status == 200)
    }

    @Test(.enabled("no IPv6 on the loopback interface") { IPv6Server.isAvailable })
    func sixthVersion() async throws {
        let server = try IPv6Server(answer: ScriptedServer.answer("six"))
        #expect(try await get(server.port, host: "::1").body == Array("six".utf8))
    }

    @Test func anAnswerInDrops() async throws {
        let server = try ScriptedServer { peer in
            _ = peer.readHead()
            for byte in ScriptedServer.answer("drop by drop").utf8 { peer.send([byte]) }
            peer.waitForEnd()
        }
        #expect(try await get(server.port).body == Array("drop by drop".utf8))
    }

    @Test func dropsForEverPassNoDeadline() async throws {
        let ended = EventLog<Bool>()
        let server = try ScriptedServer { peer in
            _ = peer.readHead()
            peer.send("HTTP/1.1 200 OK\r\nX: ")
            peer.drip()
            ended.append(true)
        }
        let limit = Duration.milliseconds(300)
        #expect(try await failure(server.port, timeout: limit) == .timedOut(url(server.port), limit))
        _ = try await ended.element(at: 0)
    }

    @Test func silence() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        let limit = Duration.milliseconds(200)
        let found = try await failure(server.port, timeout: limit)
        #expect(found == .timedOut(url(server.port), limit))
        #expect(found?.description == "127.0.0.1:\(server.port) did not answer within 0.2 s")
    }

    @Test func refused() async throws {
        let telegram = try FakeTelegram()
        try telegram.stopListening()
        #expect(try await failure(telegram.port) == .refused(url(telegram.port)))
        let words = "nothing listens on 127.0.0.1:\(telegram.port) (connection refused)"
        #expect(HTTPGet.Failure.refused(url(telegram.port)).description == words)
    }

    /// Asks at several addresses, like the addresses of one name.
    private func get(_ addresses: [(host: String, port: UInt16)], timeout: Duration = .seconds(20)) async throws
        -> HTTPGet.Response
    {
        let get = HTTPGet(HTTPURL(host: "name", port: 80, target: "/"), timeout: timeout)
        return try await BlockingWork.run {
            let resolved = try addresses.flatMap { try SocketAddress.resolve($0.host, port: $0.port) }
            return try get.ask(resolved, until: MonotonicTime.now().advanced(by: timeout))
        }
    }

    @Test func anAddressWithoutARouteIsNotTheLast() async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer("ok") })
        // A link-local address without an interface is refused before anything is sent (EINVAL).
        #expect(try await get([("fe80::1", 80), ("127.0.0.1", server.port)]).status == 200)
    }

    @Test func anAddressThatSwallowsEverythingLeavesTimeForTheNext() async throws {
        let silent = try FullListener()
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer("ok") })
        let addresses = [("127.0.0.1", silent.port), ("127.0.0.1", server.port)]
        #expect(try await get(addresses, timeout: .seconds(10)).status == 200)
    }

    @Test func whatNothingListensOnTellsMoreThanAMissingRoute() async throws {
        let telegram = try FakeTelegram()
        try telegram.stopListening()
        for addresses in [
            [("127.0.0.1", telegram.port), ("fe80::1", 80)], [("fe80::1", 80), ("127.0.0.1", telegram.port)],
        ] {
            let failure = await #expect(throws: HTTPGet.Failure.self) { _ = try await get(addresses) }
            guard case .refused = failure else {
                Issue.record("\(String(describing: failure))")
                continue
            }
        }
    }

    @Test func unknownHost() async throws {
        // A label has at most 63 bytes, so no name server is asked.
        let host = String(repeating: "a", count: 64) + ".invalid"
        #expect(try await failure(80, host: host) == .unknownHost(host))
    }

    /// Asks with a resolver that answers so.
    private func failure(
        within timeout: Duration, _ answer: @escaping @Sendable () -> HostLookup.Addresses
    ) async throws -> HTTPGet.Failure? {
        var get = HTTPGet(HTTPURL(host: "bot.example", port: 80, target: "/"), timeout: timeout)
        get.lookup.resolve = { _, _ in answer() }
        let asked = get
        return await #expect(throws: HTTPGet.Failure.self) { try await BlockingWork.run { _ = try asked.run() } }
    }

    @Test func aResolverThatHangsPassesNoDeadline() async throws {
        let release = DispatchSemaphore(value: 0)
        defer { release.signal() }
        // The request ends while the resolver still waits.
        let found = try await failure(within: .milliseconds(200)) {
            release.wait()
            return .success([])
        }
        #expect(found == .noNameServer("bot.example"))
        #expect(found?.description == "no name server answers for the host bot.example")
    }

    /// Its answer ends the wait: this time is longer than the suite's.
    @Test(arguments: [(EAI_AGAIN, false), (EAI_NONAME, true)])
    func aResolverThatFails(code: Int32, isFinal: Bool) async throws {
        let found = try await failure(within: .seconds(90)) {
            .failure(.init(message: "", code: code, systemCode: 0))
        }
        #expect(found == (isFinal ? .unknownHost("bot.example") : .noNameServer("bot.example")))
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"])
    func cutOff(answer: String) async throws {
        for resets in [false, true] {
            let server = try ScriptedServer { peer in
                _ = peer.readHead()
                peer.send(answer)
                if resets { peer.reset() }
            }
            #expect(try await failure(server.port) == .cutOff(url(server.port)), "reset: \(resets)")
        }
    }

    @Test(arguments: ["220 ready\r\n", "\u{16}\u{3}\u{1}", "HTTP/1.1 hello\r\n\r\n"])
    func notHTTP(answer: String) async throws {
        // The connection stays open: the received bytes must suffice, without its end.
        let server = try ScriptedServer { peer in
            peer.send(answer)
            peer.waitForEnd()
        }
        #expect(try await failure(server.port) == .notHTTP(url(server.port)))
    }

    /// With its head, which has 19 bytes.
    @Test(arguments: [(1000, true), (1 << 20 - 19, true), (1 << 20 - 18, false), (1 << 20, false)])
    func size(count: Int, fits: Bool) async throws {
        let server = try ScriptedServer { peer in
            _ = peer.readHead()
            peer.send("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: count))
        }
        if fits {
            #expect(try await get(server.port).body.count == count)
        } else {
            #expect(try await failure(server.port) == .tooLarge(url(server.port)))
        }
    }
}
