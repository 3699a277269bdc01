import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Every path through a real socket.
@Suite(.timeLimit(.minutes(1)))
struct EndpointsTests {
    static let paths = ["/", "/ping", "/health", "/livez", "/readyz", "/restart", "/nothing", "/health/", "/PING"]

    @Test func ping() throws {
        try ServedBot.serve { port in
            let answer = try ServedBot.ask("GET", "/ping?x=1", port: port)
            #expect(answer.status == 200)
            #expect(try answer.json()["pong"] == true)
            #expect(try answer.json().object?.count == 2)
        }
    }

    @Test func root() throws {
        try ServedBot.serve { port in
            let json = try ServedBot.ask("GET", "/", port: port).json()
            #expect(json["status"] == "online")
            #expect(json["bot"] == "Casino Bot")
            #expect(json["version"] == "2.0.1")
            #expect(json["port"]?.integer == Int64(port))
            #expect(json["timestamp"]?.string != nil)
        }
    }

    @Test(arguments: paths)
    func everyAnswerHasItsFields(path: String) throws {
        try ServedBot.serve { port in
            let answer = try ServedBot.ask("GET", path, port: port)
            #expect(answer.headers["Content-Type"] == "application/json")
            #expect(answer.headers["Cache-Control"] == "no-store")
            #expect(answer.headers.values("Content-Length") == ["\(answer.body.count)"])
            let stamp = try #require(try answer.json()["timestamp"]?.string)
            #expect(stamp.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
            let date = try #require(answer.headers["Date"])
            let day = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT"
            #expect(date.wholeMatch(of: try Regex(day)) != nil)
        }
    }

    /// HEAD answers like GET for each path, without the body and without effects.
    @Test(arguments: paths)
    func head(path: String) throws {
        let restarts = EventLog<Void>()
        let onRestart: @Sendable () -> Bool = {
            restarts.append(())
            return true
        }
        try ServedBot.serve(onRestart: onRestart) { port in
            let client = try RawClient(port: port)
            try client.request("HEAD", path)
            let head = try client.readResponse(head: true)
            // A body would precede the next answer.
            try client.request("GET", path)
            let get = try client.readResponse()
            client.close()
            #expect(head.status == get.status)
            #expect(head.headers["Content-Type"] == get.headers["Content-Type"])
            if path != "/health" {  // whose numbers have as many digits as they need
                #expect(head.headers["Content-Length"] == get.headers["Content-Length"])
            }
            #expect(Int(head.headers["Content-Length"] ?? "").map { $0 > 0 } == true)
            #expect(restarts.count == (path == "/restart" ? 1 : 0))
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "BREW"])
    func methodsNotAllowed(method: String) throws {
        try ServedBot.serve { port in
            for path in ["/", "/ping", "/health", "/livez", "/readyz"] {
                let answer = try ServedBot.ask(method, path, port: port)
                #expect(answer.status == 405)
                #expect(answer.headers["Allow"] == "GET, HEAD")
                #expect(try answer.json()["error"]?.string != nil)
            }
            let restart = try ServedBot.ask(method, "/restart", port: port)
            #expect(restart.status == (method == "POST" ? 202 : 405))
            if method != "POST" { #expect(restart.headers["Allow"] == "GET, HEAD, POST") }
        }
    }

    @Test(arguments: ["/nothing", "/healthz", "/health/", "/Health", "//", "/ping%20", "/restart2"])
    func unknownPaths(path: String) throws {
        let answer = try ServedBot.serve { try ServedBot.ask("GET", path, port: $0) }
        #expect(answer.status == 404)
    }

    @Test(arguments: [
        (BodyState.running, 200, 200), (.starting, 503, 200), (.backingOff(reason: "no network"), 503, 200),
        (.restarting, 503, 200), (.stopping, 503, 200), (.stopped, 503, 200), (.failed(reason: "bad token"), 503, 200),
    ])
    func readiness(body: BodyState, ready: Int, alive: Int) throws {
        let health = HealthMonitor(body: body) { "\($0)" }
        try ServedBot.serve(health: health) { port in
            let answer = try ServedBot.ask("GET", "/readyz", port: port)
            #expect(answer.status == ready)
            let json = try answer.json()
            #expect(json["status"] == (ready == 200 ? "ready" : "not ready"))
            if ready != 200 { #expect(json["reasons"]?[0]?.string == (body.sentence ?? "The bot is stopping.")) }
            #expect(try ServedBot.ask("GET", "/livez", port: port).status == alive)
        }
    }

    @Test func absoluteTargetsAndHTTP10() throws {
        try ServedBot.serve { port in
            let text = try ServedBot.exchange("GET http://localhost/ping HTTP/1.0\r\n\r\n", port: port)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(text.contains("{\"pong\":true"))
            let kept = try RawClient(port: port)
            for _ in 0..<2 {
                try kept.send("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(try kept.readResponse().headers["Connection"] == "keep-alive")
            }
            kept.close()
        }
    }

    @Test func pipeliningAndKeepAlive() throws {
        try ServedBot.serve { port in
            let client = try RawClient(port: port)
            defer { client.close() }
            for _ in 0..<3 {
                for path in ["/ping", "/", "/livez"] { try client.request("GET", path) }
                #expect(try client.readResponse().json()["pong"] == true)
                #expect(try client.readResponse().json()["status"] == "online")
                #expect(try client.readResponse().json()["status"] == "alive")
            }
            try client.request("GET", "/ping", headers: ["Connection": "close"])
            #expect(try client.readResponse().headers["Connection"] == "close")
            #expect(try client.readAll().isEmpty)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET /\(String(repeating: "a", count: 3000)) HTTP/1.1\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 501), ("\u{16}\u{3}\u{1}", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n", 413), ("PRI * HTTP/2.0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 9000))\r\n", 431),
    ])
    func refusalsAreJSONAndCloseTheConnection(text: String, status: Int) throws {
        try ServedBot.serve { port in
            let client = try RawClient(port: port)
            defer { client.close() }
            try client.send(text)
            let answer = try client.readResponse()
            #expect(answer.status == status)
            #expect(answer.headers["Connection"] == "close")
            #expect(answer.headers["Content-Type"] == "application/json")
            #expect(try answer.json()["error"]?.string?.isEmpty == false)
            #expect(try client.readAll().isEmpty)
        }
    }

    /// The peer learns it at once, however long the server still reads what the peer sends.
    @Test func theEndComesWithTheLastAnswer() throws {
        var limits = ConnectionLimits()
        limits.linger = .seconds(600)
        let request = "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let text = try ServedBot.serve(limits: limits) { try ServedBot.exchange(request, port: $0) }
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func aStalledRequestGets408() throws {
        var limits = ConnectionLimits()
        limits.request = .milliseconds(20)
        for (text, part) in [
            ("GET / HT", "head"), ("POST /ping HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", "body"),
        ] {
            let answer = try ServedBot.serve(limits: limits) { try ServedBot.exchange(text, port: $0) }
            #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
            #expect(answer.contains("no complete request \(part) within 0.02 s"))
        }
    }
}
