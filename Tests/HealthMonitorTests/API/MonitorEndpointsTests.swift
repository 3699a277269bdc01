import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The API through real sockets.
@Suite(.timeLimit(.minutes(1)))
struct MonitorEndpointsTests {
    private let encoded = "caf%C3%A9%2Fbot%201"

    @Test func status() async throws {
        try await ServedMonitor.serve { monitor in
            // Uptimes are read in parallel; on a busy machine the first answer may lack them.
            try wait {
                let services = (try? monitor.ask("GET", "/api/health/status").json())?["services"]?.array
                return services?.first?["uptime_percent_24h"] == 100
            }
            let answer = try monitor.ask("GET", "/api/health/status")
            #expect(answer.status == 200)
            let json = try answer.json()
            #expect(json["status"] == "unhealthy")
            #expect(
                json["counts"] == [
                    "total": 3, "healthy": 1, "degraded": 0, "unhealthy": 1, "unknown": 1, "maintenance": 0,
                ])
            let services = try #require(json["services"]?.array)
            #expect(services.map { $0["name"]?.string } == ["db", "café/bot 1", "new"])
            #expect(
                services[0] == [
                    "name": "db", "type": "scripted", "group": nil, "critical": false, "status": "healthy",
                    "message": "it \"answers\"", "response_time_ms": 1.234,
                    "checks": [["name": "disk", "status": "healthy", "message": nil, "value": 12.5]],
                    "last_check": "2023-11-14T22:13:20.000000Z", "consecutive_failures": 0, "alert": nil,
                    "acknowledged": nil, "silenced": nil, "note": nil, "suppressed": nil,
                    "report": nil, "maintenance_until": nil, "forecast": nil, "next_due": nil,
                    "uptime_percent_24h": 100, "uptime_percent_30d": 100,
                    "uptime_percent_90d": 100,
                ])
            #expect(services[2]["uptime_percent_30d"] == JSON.null)
            #expect(services[1]["alert"] == ["severity": "critical", "since": "2023-11-14T22:15:20.000000Z"])
            #expect(services[1]["suppressed"] == "dependency db")
            #expect(services[1]["consecutive_failures"] == 4)
            #expect(services[2]["status"] == "unknown")
            #expect(services[2]["last_check"] == JSON.null)
        }
    }

    @Test func history() async throws {
        try await ServedMonitor.serve { monitor in
            let all = try monitor.ask("GET", "/api/health/history").json()
            #expect(all["service"] == JSON.null)
            #expect(all["hours"] == 24)
            #expect(all["limit"] == 100)
            #expect(
                all["checks"] == [
                    [
                        "service_name": "db", "status": "healthy",
                        "checks": [["name": "disk", "status": "healthy", "value": 12.5]], "response_time_ms": 1.5,
                        "timestamp": .string(ServedMonitor.time),
                    ],
                    [
                        "service_name": "gone", "status": "unhealthy", "checks": [], "response_time_ms": nil,
                        "timestamp": .string(ServedMonitor.time),
                    ],
                ])
            _ = try monitor.ask("GET", "/api/health/history?service=\(encoded)&hours=2160&limit=1000")
            let removed = try monitor.ask("GET", "/api/health/history?service=gone&limit=1").json()
            #expect(removed["checks"]?.array?.count == 1, "it is in no configuration, and in the history still")
            #expect(
                monitor.history.questions == ["checks * 24 100", "checks café/bot 1 2160 1000", "checks gone 24 1"])
            #expect(
                try monitor.error("GET", "/api/health/history?service=typo")
                    == "404 unknown service \"typo\": there are db, café/bot 1, new")
        }
    }

    @Test func alerts() async throws {
        try await ServedMonitor.serve { monitor in
            let all = try monitor.ask("GET", "/api/health/alerts").json()
            #expect(
                all["alerts"]?[1] == [
                    "id": 1, "service_name": "db", "severity": "warning", "message": "slow", "status": "resolved",
                    "triggered_at": .string(ServedMonitor.time), "resolved_at": .string(ServedMonitor.time),
                    "acknowledged": nil, "timeline": [],
                ])
            for query in ["status=active", "status=resolved&limit=1", "status=all&service=db"] {
                _ = try monitor.ask("GET", "/api/health/alerts?\(query)")
            }
            #expect(
                monitor.history.questions == [
                    "alerts * * 50", "steps 2", "alerts active * 50", "steps 1", "alerts resolved * 1", "steps 1",
                    "alerts * db 50", "steps 1",
                ])
        }
    }

    @Test func uptime() async throws {
        try await ServedMonitor.serve { monitor in
            let uptime = try monitor.ask("GET", "/api/health/uptime/db?hours=48").json()
            #expect(
                uptime == [
                    "service": "db", "hours": 48, "uptime_percent": 100, "total_checks": 4, "healthy": 2, "degraded": 1,
                    "unhealthy": 0, "unknown": 1, "maintenance": 0, "average_response_ms": 10,
                ])
            #expect(try monitor.ask("GET", "/api/health/uptime/\(encoded)").json()["uptime_percent"] == 0)
            let new = try monitor.ask("GET", "/api/health/uptime/new").json()
            #expect(new["uptime_percent"] == JSON.null)
            #expect(new["average_response_ms"] == JSON.null)
            #expect(try monitor.ask("GET", "/api/health/uptime/typo").status == 404)
            #expect(monitor.history.questions.first == "uptime db 48")
        }
    }

    /// One read of every service serves all concurrent requests.
    @Test func summary() async throws {
        try await ServedMonitor.serve { monitor throws in
            for _ in 0..<2 {
                #expect(
                    try monitor.ask("GET", "/api/health/summary").json() == [
                        "total_services": 3, "healthy": 1, "degraded": 0, "unhealthy": 1, "unknown": 1,
                        "maintenance": 0,
                        "active_alerts": 1, "uptime_percent_24h": 42.857, "average_response_ms": 20,
                    ])
            }
            #expect(monitor.history.questions.count == 1)
        }
    }

    @Test func test() async throws {
        let asked = EventLog<String>()
        let test: @Sendable (String) async -> ProbeResult? = { name in
            asked.append(name)
            return ProbeResult(
                status: .degraded, message: "slow", responseTime: .milliseconds(5),
                checks: [.init(name: "a", status: .degraded)])
        }
        try await ServedMonitor.serve(test: test) { monitor in
            let answer = try monitor.ask("POST", "/api/health/test/\(encoded)")
            #expect(answer.status == 200)
            var json = try #require(try answer.json().object)
            json["timestamp"] = nil
            #expect(
                JSON.object(json) == [
                    "service": "café/bot 1", "status": "degraded", "message": "slow", "response_time_ms": 5,
                    "checks": [["name": "a", "status": "degraded", "message": nil, "value": nil]],
                ])
            #expect(asked.elements == ["café/bot 1"])
            #expect(try monitor.ask("POST", "/api/health/test/typo").status == 404)
            #expect(try monitor.ask("GET", "/api/health/test/db").headers["Allow"] == "POST")
            #expect(asked.count == 1)
        }
    }

    @Test func onlyAFewTestsRunAtOnce() async throws {
        let begun = EventLog<Void>()
        let gate = EventLog<Void>()
        let test: @Sendable (String) async -> ProbeResult? = { _ in
            begun.append(())
            _ = try? await gate.element(at: 0)
            return ProbeResult(status: .healthy, message: "")
        }
        try await ServedMonitor.serve(test: test) { monitor in
            let clients = try (0..<4).map { _ in try monitor.begin("POST", "/api/health/test/db") }
            // Requests are accepted in any order, so any of them may be refused; each must have begun.
            try wait { begun.count == 4 }
            let refused = try monitor.ask("POST", "/api/health/test/db")
            #expect(refused.status == 429)
            #expect(refused.headers["Retry-After"] == "1")
            #expect(try monitor.ask("GET", "/ping").status == 200)
            gate.append(())
            for client in clients { #expect(try client.readResponse().status == 200) }
            #expect(try monitor.ask("POST", "/api/health/test/db").status == 200)
        }
    }

    /// A hanging read delays no other answer, and the queue behind it is bounded.
    @Test func aHistoryThatHangsHoldsUpNothingElse() async throws {
        let reading = EventLog<Void>()
        let gate = Gate()
        let history = FakeHistory(
            { $0.uptimes["db"] = Uptime(healthy: 1) },
            gate: {
                reading.append(())
                gate.wait()
            })
        try await ServedMonitor.serve(history: history) { monitor in
            let client = try monitor.begin("GET", "/api/health/uptime/db")
            try wait { reading.count == 1 }
            for path in ["/ping", "/health", "/api/health/status", "/api/push/\(ServedMonitor.token)"] {
                #expect(try monitor.ask("GET", path).status == 200)
            }
            // The server's order is arbitrary: the refused request is one of 65.
            let waiting = try (0..<65).map { _ in try monitor.begin("GET", "/api/health/summary") }
            try wait { (try? monitor.ask("GET", "/api/health/uptime/db").status) == 503 }
            gate.open()
            #expect(try client.readResponse().status == 200)
            for client in waiting { #expect([200, 503].contains(try client.readResponse().status)) }
        }
    }

    @Test func aHistoryThatFailsIsSaid() async throws {
        try await ServedMonitor.serve(history: FakeHistory { $0.fails = true }) { monitor throws in
            for path in ["history", "alerts", "summary", "uptime/db"] {
                #expect(
                    try monitor.error("GET", "/api/health/\(path)")
                        == "503 the history cannot be read now: the disk is gone")
            }
            monitor.history.change { $0.fails = false }
            #expect(try monitor.ask("GET", "/api/health/summary").status == 200)
        }
    }

    @Test(arguments: [
        ("history?hours=0", "hours: \"0\" is not allowed: give a whole number from 1 to 2160"),
        ("history?limit=1001", "limit: \"1001\" is not allowed: give a whole number from 1 to 1000"),
        ("history?hour=1", "\"hour\" is not a parameter of this path: there are service, hours, limit"),
        ("history?hours=1&hours=1", "hours is given twice: give it once"),
        ("history?service=%zz", "service is not allowed: % has to stand before two hexadecimal digits"),
        ("alerts?status=open", "status: \"open\" is not allowed: give one of active, resolved, all"),
        ("alerts?hours=1", "\"hours\" is not a parameter of this path: there are status, service, limit"),
        ("status?x", "\"x\" is not a parameter of this path: there are none"),
        ("summary?x=1", "\"x\" is not a parameter of this path: there are none"),
        ("uptime/%FF", "SERVICE is not allowed: its bytes are not UTF-8"),
        ("uptime/a%00", "SERVICE is not allowed: it holds a NUL"),
        ("uptime/db?limit=1", "\"limit\" is not a parameter of this path: there are hours"),
    ])
    func badParametersAreNamed(path: String, reason: String) async throws {
        try await ServedMonitor.serve { monitor throws in
            #expect(try monitor.error("GET", "/api/health/\(path)") == "400 \(reason)")
            #expect(monitor.history.questions.isEmpty)
        }
    }

    @Test func headSaysWhatGetSays() async throws {
        try await ServedMonitor.serve { monitor in
            for path in ["status", "history", "alerts", "summary", "uptime/db", "uptime/typo", "history?hours=0"] {
                let client = try RawClient(port: monitor.port)
                let key: KeyValuePairs<String, String> = ["X-API-Key": ServedMonitor.key]
                try client.request("HEAD", "/api/health/\(path)", headers: key)
                let head = try client.readResponse(head: true)
                try client.request("GET", "/api/health/\(path)", headers: key)
                let get = try client.readResponse()
                #expect(head.status == get.status)
                #expect(head.headers["Content-Length"] == get.headers["Content-Length"])
                #expect(get.headers["Content-Type"] == "application/json")
                #expect(get.headers["Cache-Control"] == "no-store")
            }
        }
    }

    @Test func whatIsNotThereIsSaid() async throws {
        try await ServedMonitor.serve { monitor in
            for path in [
                "/api", "/api/health", "/api/health/status/", "/api/health/uptime/",
                "/api/health/test", "/restart", "/api/push/", "/metrics/",
            ] {
                #expect(try monitor.error("GET", path).hasPrefix("404 no such path; use one of /, /health"), "\(path)")
            }
            for path in ["/api/health/status", "/api/health/uptime/db"] {
                let answer = try monitor.ask("POST", path)
                #expect(answer.status == 405)
                #expect(answer.headers["Allow"] == "GET, HEAD")
                #expect(try monitor.ask("DELETE", path).status == 405)
            }
        }
    }

    /// A client that sends all its requests at once gets the answers in that order.
    @Test func pipelinedCallsKeepTheirOrder() async throws {
        try await ServedMonitor.serve { monitor in
            let client = try RawClient(port: monitor.port)
            let key: KeyValuePairs<String, String> = ["X-API-Key": ServedMonitor.key]
            let paths = ["/api/health/summary", "/ping", "/api/health/uptime/db", "/api/health/status"]
            for path in paths { try client.request("GET", path, headers: key) }
            let keys = ["total_services", "pong", "uptime_percent", "services"]
            for key in keys { #expect(try client.readResponse().json()[key] != nil, "\(key)") }
        }
    }

    /// Polls until the condition holds, on a thread that may wait.
    private func wait(_ isMet: () -> Bool) throws {
        for _ in 0..<3000 {
            if isMet() { return }
            OSThread.rest(milliseconds: 10)
        }
        throw SystemFailure("waiting")
    }
}
