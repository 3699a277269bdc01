import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// HTTP and HTTPS, with a real nginx and misbehaving peers.
@Suite(.timeLimit(.minutes(2)))
struct HTTPProbeTests {
    private func look(at url: String, _ more: [String: JSONValue] = [:], timeout: Duration = .seconds(30)) async throws
        -> ProbeResult
    {
        let probe = try makeProbe(HTTPProbe.self, more.merging(["url": .string(url)]) { $1 })
        return await probe.run(with: ProbeTools(client: HTTPClient(), pushes: PushBoard()), timeout: timeout)
    }

    @Test func plainServer() async throws {
        let nginx = try await RealServer.nginx()
        let root = "http://127.0.0.1:\(nginx.ports[0])"
        let cases: [(String, [String: JSONValue], ProbeStatus, String)] = [
            ("/", [:], .healthy, "HTTP 200"),
            ("/gone", [:], .unhealthy, "HTTP 404 (expected 200–299)"),
            ("/gone", ["expectStatus": .array([.integer(200), .string("400-404")])], .healthy, "HTTP 404"),
            ("/", ["expectBody": .string("hello")], .healthy, "HTTP 200"),
            ("/", ["expectBody": .string("absent")], .unhealthy, "HTTP 200, but the body lacks the expected text"),
            ("/", ["jsonPath": .string("$.a")], .unhealthy, "HTTP 200, but the body is not JSON"),
            (
                "/json", ["jsonPath": .string("$.data.items[0].state"), "equals": .string("up")], .healthy,
                "HTTP 200"
            ),
            (
                "/json", ["jsonPath": .string("$.data.items[0].count"), "equals": .integer(3)], .healthy,
                "HTTP 200"
            ),
            (
                "/json", ["jsonPath": .string("$.data.items[0].state"), "equals": .string("down")], .unhealthy,
                "HTTP 200, but $.data.items[0].state is another text, not \"down\""
            ),
            (
                "/json", ["jsonPath": .string("$.data.items[7]")], .unhealthy,
                "HTTP 200, but the body has no $.data.items[7]"
            ),
            ("/moved", ["jsonPath": .string("$.data")], .healthy, "HTTP 200"),
            ("/moved", ["followRedirects": .bool(false)], .unhealthy, "HTTP 302 (expected 200–299)"),
            ("/moved", ["maxRedirects": .integer(0)], .unhealthy, "HTTP 302 (expected 200–299)"),
            ("/loop", [:], .unhealthy, "it redirects more than 10 times"),
            ("/loop", ["maxRedirects": .integer(2)], .unhealthy, "it redirects more than 2 times"),
            (
                "/key", ["headers": .object(["X-Key": .string("abc")]), "expectBody": .string("key=abc")], .healthy,
                "HTTP 200"
            ),
            // Another host must not get the key.
            (
                "/away", ["headers": .object(["X-Key": .string("abc")]), "expectBody": .string("key=abc")], .unhealthy,
                "HTTP 200, but the body lacks the expected text"
            ),
        ]
        for (path, keys, status, message) in cases {
            let result = try await look(at: root + path, keys)
            #expect(result.status == status, "\(path) \(keys)")
            #expect(result.message == message)
            #expect(status == .unhealthy || result.responseTime != nil)
        }
    }

    @Test func certificates() async throws {
        let nginx = try await RealServer.nginx()
        let authorities: [String: JSONValue] = ["caFile": .string(nginx.folder.file("all.pem").path)]
        func result(_ index: Int, _ keys: [String: JSONValue]) async throws -> ProbeResult {
            try await look(at: "https://127.0.0.1:\(nginx.ports[index])/", keys)
        }
        let good = try await result(1, authorities)
        #expect(good.status == .healthy)
        #expect((good.check("certificate.days")?.value ?? 0) > 59)
        // Even for a kept connection, which has no certificate to show.
        let probe = try makeProbe(
            HTTPProbe.self, authorities.merging(["url": .string("https://127.0.0.1:\(nginx.ports[1])/")]) { $1 })
        let client = HTTPClient()
        for _ in 0..<2 {
            #expect(
                await probe.run(with: ProbeTools(client: client, pushes: PushBoard()), timeout: .seconds(30)).checks
                    .count == 1)
        }
        let expired = try await result(2, authorities)
        #expect(expired.status == .unhealthy)
        #expect(expired.message == "the certificate has expired")
        let wrong = try await result(3, authorities)
        #expect(wrong.status == .unhealthy)
        #expect(wrong.message == "the certificate is for another host")
        let ending = try await result(4, authorities)
        #expect(ending.status == .degraded)
        #expect(ending.message == "the certificate expires in 2 days")
        #expect(try await result(4, authorities.merging(["certificateDays": .integer(2)]) { $1 }).status == .healthy)
        let unlooked = try await result(4, authorities.merging(["certificateDays": .integer(0)]) { $1 })
        #expect(unlooked.status == .healthy && unlooked.checks == [])
        let untrusted = try await result(1, [:])
        #expect(untrusted.message == "the certificate is self-signed and not trusted")
        let plain = try await look(at: "https://127.0.0.1:\(nginx.ports[0])/")
        #expect(plain.message == "the server does not speak TLS")
        let peer = authorities.merging([
            "host": .string("127.0.0.1"), "port": .integer(Int64(nginx.ports[4])), "tls": .bool(true),
        ]) { $1 }
        let overTCP = await probeOnce(try makeProbe(TCPProbe.self, peer))
        #expect(overTCP.status == .degraded)
        #expect(overTCP.message == "the certificate expires in 2 days")
        let unlookedTCP = await probeOnce(try makeProbe(TCPProbe.self, peer.merging(["certificateDays": 0]) { $1 }))
        #expect(unlookedTCP.status == .healthy && unlookedTCP.checks == [])
    }

    @Test func bodiesAreUnderstood() async throws {
        let eight =
            #""uptime_seconds":1.5,"last_update_ago":1,"total_updates":2,"total_errors":0,"error_rate":0,"#
            + #""timestamp":"2026-01-19T16:07:27.123456Z","bot_version":"1""#
        let bodies = [
            "/degraded": (
                "200 OK",
                #"{"status":"degraded",\#(eight),"reasons":["Check \"db\": slow."],"checks":{"db":{"status":"unhealthy","critical":false,"age_seconds":1,"error":"slow"}}}"#
            ),
            "/unhealthy": (
                "503 Service Unavailable", #"{"status":"unhealthy",\#(eight),"reasons":["No update for 400 s."]}"#
            ),
            "/lies": ("500 Oops", #"{"status":"healthy",\#(eight)}"#),
            "/stranger": ("200 OK", #"{"status":"unhealthy"}"#),
            "/warn": (
                "200 OK", #"{"status":"warn","checks":{"cpu":[{"status":"warn","output":"hot","observedValue":99}]}}"#
            ),
            "/fail": ("200 OK", #"{"status":"fail","output":"no database"}"#),
        ]
        let server = try ScriptedServer { path in
            let (status, body) = bodies[path] ?? ("404 None", "")
            return ScriptedServer.answer(body, status: status)
        }
        func result(_ path: String) async throws -> ProbeResult {
            try await look(at: "http://127.0.0.1:\(server.port)\(path)")
        }
        let degraded = try await result("/degraded")
        #expect(degraded.status == .degraded)
        #expect(degraded.message == "HTTP 200: Check \"db\": slow.")
        #expect(
            degraded.checks == [
                .init(name: "db", status: .degraded, message: "slow"),
                .init(name: "error_rate", status: .healthy, message: nil, value: 0),
            ])
        let unhealthy = try await result("/unhealthy")
        #expect(unhealthy.status == .unhealthy)
        #expect(unhealthy.message == "HTTP 503 (expected 200–299): No update for 400 s.")
        let lies = try await result("/lies")
        #expect(lies.status == .unhealthy)
        #expect(lies.message == "HTTP 500 (expected 200–299)")
        #expect(try await result("/stranger").status == .healthy)
        let warn = try await result("/warn")
        #expect(warn.status == .degraded)
        #expect(warn.message == "HTTP 200: cpu: hot.")
        #expect(warn.check("cpu")?.value == 99)
        let fail = try await result("/fail")
        #expect(fail.status == .unhealthy)
        #expect(fail.message == "HTTP 200: no database")
    }

    @Test func peersThatMisbehave() async throws {
        let hanging = try ScriptedServer { $0.waitForEnd() }
        let late = try await look(at: "http://127.0.0.1:\(hanging.port)/", timeout: .milliseconds(300))
        #expect(late.status == .unhealthy)
        #expect(late.message == "no answer came within 0.3 s")
        let resetting = try ScriptedServer { peer in
            _ = peer.readHead()
            peer.reset()
        }
        #expect(try await look(at: "http://127.0.0.1:\(resetting.port)/").message == "the connection was reset")
        let garbage = try ScriptedServer { peer in
            _ = peer.readHead()
            peer.send("SSH-2.0-OpenSSH\r\n")
        }
        #expect(try await look(at: "http://127.0.0.1:\(garbage.port)/").status == .unhealthy)
        // An endless body: its beginning reveals the status.
        let endless = try ScriptedServer { peer in
            _ = peer.readHead()
            peer.send("HTTP/1.1 200 OK\r\n\r\n")
            while peer.send([UInt8](repeating: 0x20, count: 65_536)) {}
        }
        #expect(try await look(at: "http://127.0.0.1:\(endless.port)/").status == .healthy)
        let port = try ScriptedServer { _ in }.port
        #expect(try await look(at: "http://127.0.0.1:\(port)/").message == "connection refused")
    }

    @Test func configuration() {
        func paths(_ keys: [String: JSONValue]) -> [String] {
            findings(HTTPProbe.self, keys).map { String($0.prefix { $0 != ":" }) }
        }
        #expect(paths([:]) == ["url"])
        #expect(paths(["url": .string("ftp://x")]) == ["url"])
        #expect(
            paths([
                "url": .string("http://x"), "expectStatus": .array([.integer(99), .string("300-200"), .string("x")]),
            ]) == ["expectStatus", "expectStatus", "expectStatus"])
        #expect(paths(["url": .string("http://x"), "jsonPath": .string("$.a[*]")]) == ["jsonPath"])
        #expect(paths(["url": .string("http://x"), "equals": .string("a")]) == ["equals"])
        for url in ["http:///x", "http://256.256.256.256/", "http://a|b/", "http://a:0/", "http://a\\b/"] {
            #expect(paths(["url": .string(url)]) == ["url"])
        }
        for limit in [-1, 51] {
            #expect(paths(["url": .string("http://x"), "maxRedirects": .integer(Int64(limit))]) == ["maxRedirects"])
        }
        #expect(paths(["url": .string("http://x"), "headers": .object(["a": .integer(1)])]) == ["headers.a"])
    }

    @Test func addressHoldsNoSecret() throws {
        let probe = try makeProbe(
            HTTPProbe.self, ["url": .string("https://user:secret@example.org:8443/health?key=secret#secret")])
        #expect(probe.address == "https://example.org:8443/health")
        #expect(!probe.isLocal)
        #expect(try makeProbe(HTTPProbe.self, ["url": .string("http://localhost:1/x")]).isLocal)
    }

    /// Only the usual port of its scheme goes without saying.
    @Test(arguments: [
        ("http://a.example:80/x", "http://a.example/x"), ("https://a.example:443/x", "https://a.example/x"),
        ("https://a.example:80/x", "https://a.example:80/x"), ("http://a.example:443/x", "http://a.example:443/x"),
    ])
    func anAddressNamesItsPort(url: String, shown: String) throws {
        #expect(try makeProbe(HTTPProbe.self, ["url": .string(url)]).address == shown)
    }
}
