import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Access to the API, through real sockets.
@Suite(.timeLimit(.minutes(1)))
struct MonitorAccessTests {
    static let paths = [
        "GET /api/health/status", "GET /api/health/history", "GET /api/health/alerts", "GET /api/health/summary",
        "GET /api/health/uptime/db", "POST /api/health/test/db", "GET /api/health/uptime/typo",
        "GET /api/health/history?hours=0", "GET /metrics",
    ].map { $0.split(separator: " ").map(String.init) }

    @Test(arguments: paths)
    func nothingIsGivenWithoutAKey(line: [String]) async throws {
        let tested = EventLog<String>()
        let test: @Sendable (String) async -> ProbeResult? = { name in
            tested.append(name)
            return nil
        }
        try await ServedMonitor.serve(test: test) { monitor in
            let answer = try monitor.ask(line[0], line[1], key: nil)
            #expect(answer.status == 401)
            #expect(answer.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
            #expect(try answer.json()["error"]?.string?.contains("X-API-Key") == true)
            #expect(try monitor.ask(line[0], line[1], key: "wrong-key").status == 401)
            #expect(monitor.history.questions.isEmpty)
            #expect(tested.elements.isEmpty)
        }
    }

    @Test func everyWayToShowAKey() async throws {
        try await ServedMonitor.serve { monitor throws in
            let key = ServedMonitor.key
            let ways: [(KeyValuePairs<String, String>, Int)] = [
                (["X-API-Key": key], 200), (["x-api-KEY": "  \(key)\t"], 200),
                (["X-API-Key": ServedMonitor.otherKey], 200),
                (["Authorization": "Bearer \(key)"], 200), (["authorization": "BEARER  \(key)"], 200),
                (["X-API-Key": "wrong", "Authorization": "Bearer \(key)"], 200),
                (["Authorization": key], 401), (["Authorization": "Basic \(key)"], 401), (["X-API-Key": ""], 401),
                (["X-API-Key": key, "x-api-key": key], 401), (["X-API-Key": "\(key), \(key)"], 401),
                (["Cookie": "X-API-Key=\(key)"], 401),
            ]
            for (headers, status) in ways {
                #expect(try monitor.ask("GET", "/api/health/status", headers: headers).status == status, "\(headers)")
            }
            // A key that cannot be right is a wrong one.
            for (headers, words) in [
                ([:], "an API key is needed"), (["Authorization": "Basic \(key)"], "the API key is wrong"),
                (["X-API-Key": key, "x-api-key": key], "the API key is wrong"),
            ] as [(KeyValuePairs<String, String>, String)] {
                let answer = try monitor.ask("GET", "/api/health/status", headers: headers)
                #expect(try answer.json()["error"]?.string?.hasPrefix(words) == true, "\(headers)")
            }
            // In the address every log would show it.
            #expect(try monitor.ask("GET", "/api/health/status?key=\(key)", key: nil).status == 401)
        }
    }

    @Test func wrongKeysAreSlowedDownAndRightOnesAreNot() async throws {
        try await ServedMonitor.serve { monitor in
            var statuses: [Int] = []
            var last: RawClient.Response?
            // Some tries become free meanwhile; a hundred in a row take less than a minute.
            for _ in 0..<100 where statuses.last != 429 {
                last = try monitor.ask("GET", "/api/health/status", key: "wrong")
                statuses.append(last?.status ?? 0)
            }
            #expect(statuses.count > 20)
            #expect(statuses.last == 429)
            #expect(last?.headers["Retry-After"] == "1")
            #expect(try monitor.ask("GET", "/api/health/status").status == 200)
            #expect(try monitor.ask("GET", "/api/push/\(ServedMonitor.token)", key: nil).status == 200)
        }
    }

    @Test func withoutKeysItIsSaidHowToSetOne() async throws {
        try await ServedMonitor.serve(keys: []) { monitor throws in
            let stranger = try monitor.ask("GET", "/api/health/status", headers: ["Via": "1.1 proxy"])
            #expect(stranger.status == 401)
            #expect(try stranger.json()["error"]?.string?.hasPrefix("no API key is configured: set api") == true)
            #expect(try monitor.ask("GET", "/health", key: nil).status == 200)
        }
    }

    /// The monitor's own user, on this machine and without a proxy, needs no key.
    @Test func withoutKeysTheOwnerMayUseTheAPI() async throws {
        try await ServedMonitor.serve(keys: []) { monitor throws in
            let answers: [(KeyValuePairs<String, String>, Int)] = [
                ([:], 200), (["Sec-Fetch-Site": "same-origin"], 200), (["X-API-Key": "any"], 200),
                (["X-Forwarded-Host": "a"], 401), (["CF-Connecting-IP": "1.2.3.4"], 401),
                (["Sec-Fetch-Site": "cross-site"], 401), (["Origin": "https://a.example"], 401),
                (["Referer": "https://a.example/x"], 401), (["Referer": "http://localhost/"], 200),
                (["Referer": "https://localhost/"], 200),
            ]
            for (headers, status) in answers {
                #expect(try monitor.ask("GET", "/api/health/status", headers: headers).status == status, "\(headers)")
            }
            #expect(try monitor.ask("POST", "/api/health/test/db", key: nil).status != 401)
            let foreign: KeyValuePairs = [
                "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
            ]
            #expect(try monitor.ask("POST", "/api/health/test/db", headers: foreign).status == 401)
            #expect(try monitor.ask("GET", "/api/health/status", headers: foreign).status == 200, "a link was followed")
            let picture: KeyValuePairs = [
                "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "document",
            ]
            #expect(try monitor.ask("GET", "/api/health/status", headers: picture).status == 401)
            let frame: KeyValuePairs = [
                "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe",
            ]
            #expect(try monitor.ask("GET", "/api/health/status", headers: frame).status == 401)
        }
    }

    @Test func headOfEventsEnds() async throws {
        try await ServedMonitor.serve { monitor in
            let client = try RawClient(port: monitor.port)
            defer { client.close() }
            // The next requests on this connection are answered.
            for _ in 0..<2 {
                try client.request("HEAD", "/api/events", headers: ["X-API-Key": ServedMonitor.key])
                let answer = try client.readResponse(head: true)
                #expect(answer.status == 200)
                #expect(answer.headers["Connection"] == nil)
            }
            try client.request("HEAD", "/api/events", headers: ["Connection": "close"])
            #expect(try client.readResponse(head: true).headers["Connection"] == "close")
            #expect(try client.readAll().isEmpty, "it closes as it says")
        }
    }

    @Test func noPathIsNoMethodOfOurs() async throws {
        try await ServedMonitor.serve { monitor in
            for target in ["a.example:443", "localhost:8001"] {
                let answer = try monitor.ask("CONNECT", target, key: nil)
                #expect(answer.status == 405)
                #expect(answer.headers["Allow"] == "GET, HEAD")
            }
            #expect(try monitor.ask("OPTIONS", "*", key: nil).status == 405)
        }
    }

    @Test func theMonitorsOwnPagesAreOpen() async throws {
        try await ServedMonitor.serve { monitor in
            for path in ["/", "/health", "/ping", "/livez", "/readyz", "/health?x=1"] {
                #expect(try monitor.ask("GET", path, key: nil).status == 200, "\(path)")
            }
            let health = try monitor.ask("GET", "/health", key: nil).json()
            for key in [
                "status", "uptime_seconds", "last_update_ago", "total_updates", "total_errors", "error_rate",
                "timestamp",
                "bot_version",
            ] {
                #expect(health[key] != nil, "\(key)")
            }
            #expect(health["bot_version"] == "1.2.3")
            let root = try monitor.ask("GET", "/", key: nil).json()
            #expect(root["status"] == "online")
            #expect(root["bot"] == "health-monitor")
            #expect(root["port"]?.integer == Int64(monitor.port))
        }
    }

    @Test func aMonitorThatIsUnwellSaysSo() async throws {
        let health = HealthMonitor(unhealthyAfter: .seconds(0))
        try await ServedMonitor.serve(health: health) { monitor throws in
            #expect(try monitor.ask("GET", "/health", key: nil).status == 503)
            #expect(try monitor.ask("GET", "/readyz", key: nil).status == 503)
        }
    }

    @Test(
        arguments: [
            ("GET", "", ProbeStatus.healthy, nil), ("POST", "?", .healthy, nil),
            ("GET", "?status=up&msg=OK&ping=", .healthy, "OK"),
            ("GET", "?status=down&msg=no+space%21", .unhealthy, "no space!"),
            ("POST", "?status=degraded&msg=", .degraded, nil),
        ] as [(String, String, ProbeStatus, String?)])
    func aServiceCallsIn(method: String, query: String, status: ProbeStatus, message: String?) async throws {
        try await ServedMonitor.serve { monitor in
            let before = MonotonicTime.now()
            let answer = try monitor.ask(method, "/api/push/\(ServedMonitor.token)\(query)", key: nil)
            #expect(answer.status == 200)
            #expect(try answer.json()["ok"] == true)
            let call = try #require(monitor.pushes.last(ServedMonitor.token))
            #expect(call.status == status)
            #expect(call.message == message)
            #expect(call.at >= before)
            #expect(monitor.pushes.last("push-token-2") == nil)
        }
    }

    /// A job sends its log along, of any length.
    @Test func theBodyOfACallIsItsMessage() async throws {
        try await ServedMonitor.serve { monitor in
            for length in [0, 10, 8192, 8193, 300_000] {
                let client = try RawClient(port: monitor.port)
                defer { client.close() }
                let body = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                try client.request("POST", "/api/push/\(ServedMonitor.token)", body: body)
                #expect(try client.readResponse().status == 200, "\(length)")
                let message = monitor.pushes.last(ServedMonitor.token)?.message
                #expect(message?.utf8.count ?? 0 == min(length, 8192))
            }
            let stranger = try RawClient(port: monitor.port)
            defer { stranger.close() }
            try stranger.send("POST /api/push/unknown HTTP/1.1\r\nHost: a\r\nContent-Length: 8193\r\n\r\n")
            #expect(try stranger.readResponse().status == 413)
        }
    }

    @Test func callsThatAreNotUnderstoodAreNotNoted() async throws {
        try await ServedMonitor.serve { monitor throws in
            let path = "/api/push/\(ServedMonitor.token)"
            #expect(
                try monitor.error("GET", "\(path)?status=UP")
                    == "400 status: \"UP\" is not allowed: give one of up, degraded, down")
            #expect(
                try monitor.error("GET", "\(path)?message=x").hasPrefix(
                    "400 \"message\" is not a parameter of this path"))
            #expect(try monitor.ask("DELETE", path).headers["Allow"] == "GET, HEAD, POST")
            #expect(try monitor.ask("HEAD", path).status == 200)
            #expect(monitor.pushes.last(ServedMonitor.token) == nil, "HEAD asks and changes nothing")
            #expect(try monitor.ask("GET", "/api/push/unknown").status == 404)
            #expect(monitor.pushes.last("unknown") == nil)
            for _ in 0..<100 where try monitor.ask("GET", "/api/push/unknown").status != 429 {}
            #expect(try monitor.ask("GET", "/api/push/unknown").headers["Retry-After"] == "1")
            #expect(try monitor.ask("GET", path).status == 200, "who knows the token is not held up")
            #expect(
                try monitor.ask("GET", "/api/health/status", key: "wrong").status == 401, "keys have their own budget")
        }
    }

    /// For external monitors without a key: counts, and the names of public services only.
    @Test func strangersAreToldWhetherTheFleetWorks() async throws {
        try await ServedMonitor.serve { monitor in
            let answer = try monitor.ask("GET", "/health/services", key: nil)
            #expect(answer.status == 503)
            let json = try answer.json()
            #expect(json["status"] == "unhealthy" && json["critical_unhealthy"] == 1)
            #expect(json["counts"]?["total"] == 3)
            #expect(json["services"] == [["name": "db", "status": "healthy"]])
            #expect(!answer.text.contains("bot 1"))
            #expect(try monitor.ask("HEAD", "/health/services", key: nil).status == 503)
            #expect(try monitor.ask("GET", "/health", key: nil).status == 200, "that is the monitor's own")
        }
        let board = StatusBoard([Target("db", ScriptedProbe([.healthy]))])
        board.update("db") { entry in
            entry.last = CheckRecord(
                service: "db", result: ProbeResult(status: .unhealthy, message: "refused"),
                time: WallTime(microseconds: 1_700_000_000_000_000))
        }
        try await ServedMonitor.serve(board: board) { monitor in
            let answer = try monitor.ask("GET", "/health/services", key: nil)
            #expect(answer.status == 200, "it is not critical")
        }
    }
}
