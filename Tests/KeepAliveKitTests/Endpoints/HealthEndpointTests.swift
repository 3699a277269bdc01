import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

@Suite(.timeLimit(.minutes(1)))
struct HealthEndpointTests {
    /// Two checks, one of them failing; its result is known when this returns.
    private func monitor(failing: Bool, critical: Bool) async throws -> HealthMonitor {
        let health = HealthMonitor()
        let runs = EventLog<Void>()
        health.check("data\"base", critical: critical, every: .milliseconds(10)) {
            runs.append(())
            if failing { throw Failure() }
        }
        health.startChecks()
        _ = try await runs.element(at: 1)
        return health
    }

    private struct Failure: Error, CustomStringConvertible {
        var description: String { "line 1\n\"quoted\" \\ \u{1}" }
    }

    @Test func theEightKeysAndTheirTypes() throws {
        let health = HealthMonitor()
        for _ in 0..<1500 { health.recordUpdate() }
        for _ in 0..<3 { health.recordError() }
        try ServedBot.serve(health: health) { port in
            let answer = try ServedBot.ask("GET", "/health", port: port)
            #expect(answer.status == 200)
            let json = try answer.json()
            #expect(json["status"] == "healthy")
            #expect(json["total_updates"] == .integer(1500))
            #expect(json["total_errors"] == .integer(3))
            #expect(json["error_rate"] == .number(0.002))
            #expect(json["bot_version"] == "2.0.1")
            #expect(json["timestamp"]?.string?.hasSuffix("Z") == true)
            #expect(json["last_heartbeat_ago"] == .null)
            #expect(json["restarts"] == 0)
            #expect(json["reasons"] == [])
            #expect(json["checks"] == [:])
            #expect(json["response_time_ms"] == ["p50": nil, "p95": nil, "p99": nil, "max": nil])
            // As text, because JSON parsers make 2.0 an integer: seconds and rates always have a point.
            for key in ["uptime_seconds", "last_update_ago", "error_rate"] {
                #expect(answer.text.firstMatch(of: try Regex("\"\(key)\":\\d+\\.\\d+[,}]")) != nil, "\(key)")
            }
        }
    }

    @Test func shardsByName() throws {
        let health = HealthMonitor()
        health.gateway("shard \"1\"").noteReady()
        health.gateway("shard 2")
        try ServedBot.serve(health: health) { port in
            let json = try ServedBot.ask("GET", "/health", port: port).json()
            #expect(json["gateway"] == nil)
            #expect(json["gateways"]?.object?.count == 2)
            let first = try #require(json["gateways"]?["shard \"1\""])
            #expect(
                Set(first.object?.keys ?? [:].keys) == [
                    "connected", "lastEventAge", "lastReadyAge", "disconnectAge", "latency", "stalled",
                ])
            #expect(first["connected"] == true && first["stalled"] == false && first["disconnectAge"] == .null)
            #expect(json["gateways"]?["shard 2"]?["connected"] == false)
            let metrics = try ServedBot.ask("GET", "/metrics", port: port).text
            for line in [
                #"keepalive_gateway_connected{gateway="shard \"1\""} 1"#,
                #"keepalive_gateway_connected{gateway="shard 2"} 0"#,
                #"keepalive_gateway_stalled{gateway="shard 2"} 0"#,
            ] {
                #expect(metrics.contains("\n\(line)\n"), "\(line)")
            }
            let page = try ServedBot.ask("GET", "/", port: port, headers: ["Accept": "text/html"]).text
            #expect(page.contains("<dt>Connection shard 2</dt><dd>Disconnected</dd>"))
            #expect(page.contains("<dt>Connection shard &quot;1&quot;</dt><dd>Connected</dd>"))
        }
    }

    /// Equal in each answer and in the page.
    @Test func sinceWhen() throws {
        try ServedBot.serve { port in
            let first = try ServedBot.ask("GET", "/health", port: port).json()
            let since = try #require(first["status_since"]?.string)
            #expect(try #require(first["timestamp"]?.string) >= since)
            #expect(try ServedBot.ask("GET", "/health", port: port).json()["status_since"]?.string == since)
            let page = try ServedBot.ask("GET", "/", port: port, headers: ["Accept": "text/html"]).text
            #expect(page.contains("Since <time datetime=\"\(since)\">"))
        }
    }

    @Test func aRateOfNothingIsZeroWithAPoint() throws {
        let text = try ServedBot.serve { try ServedBot.ask("GET", "/health", port: $0).text }
        #expect(text.contains(#""error_rate":0.0,"#))
    }

    /// They are summed at most once a second.
    @Test func theTimesFollowTheUpdates() throws {
        let health = HealthMonitor()
        try ServedBot.serve(health: health) { port in
            #expect(try ServedBot.ask("GET", "/health", port: port).json()["response_time_ms"]?["max"] == .null)
            health.recordUpdate(took: .milliseconds(12))
            var longest: JSON?
            for _ in 0..<600 where longest != 12 {
                usleep(100_000)
                longest = try ServedBot.ask("GET", "/health", port: port).json()["response_time_ms"]?["max"]
            }
            #expect(longest == 12)
        }
    }

    @Test func heartbeatsRestartsAndTimes() throws {
        let health = HealthMonitor()
        health.heartbeat()
        health.recordRestart()
        health.recordUpdate(took: .milliseconds(12))
        try ServedBot.serve(health: health) { port in
            let json = try ServedBot.ask("GET", "/health", port: port).json()
            #expect(json["last_heartbeat_ago"] != .null)
            #expect(json["restarts"] == 1)
            #expect(json["response_time_ms"]?["max"] == 12)
        }
    }

    @Test(arguments: [
        (false, false, 200, "healthy", "pass"), (true, false, 200, "degraded", "warn"),
        (false, true, 200, "healthy", "pass"), (true, true, 503, "unhealthy", "fail"),
    ])
    func statusCodeAndWords(failing: Bool, critical: Bool, code: Int, word: String, draft: String) async throws {
        let health = try await monitor(failing: failing, critical: critical)
        defer { health.stopChecks() }
        try ServedBot.serve(health: health) { port in
            let answer = try ServedBot.ask("GET", "/health", port: port)
            #expect(answer.status == code)
            let json = try answer.json()
            #expect(json["status"]?.string == word)
            #expect(json["reasons"]?.array?.isEmpty == !failing)
            let check = try #require(json["checks"]?["data\"base"])
            #expect(check["status"] == (failing ? "unhealthy" : "healthy"))
            #expect(check["critical"] == .bool(critical))
            #expect(check["age_seconds"] != .null)
            #expect(check["error"] == (failing ? .string("\(Failure())") : .null))

            let draftAnswer = try ServedBot.ask(
                "GET", "/health", port: port, headers: ["Accept": "application/health+json"])
            #expect(draftAnswer.status == code)
            #expect(draftAnswer.headers["Content-Type"] == "application/health+json")
            let other = try draftAnswer.json()
            #expect(other["status"]?.string == draft)
            #expect(other["releaseId"] == "2.0.1")
            #expect(other["checks"]?["data\"base"]?[0]?["status"]?.string == (failing ? draft : "pass"))
            #expect(other["checks"]?["uptime"]?[0]?["observedUnit"] == "s")
        }
    }

    @Test(arguments: [
        BodyState.starting, .backingOff(reason: "no \"network\""), .restarting, .stopped, .failed(reason: "x"),
    ])
    func aBodyThatDoesNotRunIsUnhealthy(body: BodyState) throws {
        let health = HealthMonitor(body: body) { "\($0)" }
        try ServedBot.serve(health: health) { port in
            let answer = try ServedBot.ask("GET", "/health", port: port)
            #expect(answer.status == 503)
            #expect(try answer.json()["reasons"]?[0]?.string == body.sentence)
            let draft = try ServedBot.ask("GET", "/health", port: port, headers: ["Accept": "application/health+json"])
            #expect(try draft.json()["checks"]?["body"]?[0]?["status"] == "fail")
        }
    }

    /// JSON parsers disagree on duplicate keys.
    @Test func checksOfOneNameGiveOneKeyEach() throws {
        let health = HealthMonitor()
        health.check("uptime") {}
        health.check("body") {}
        try ServedBot.serve(health: health) { port in
            let text = try ServedBot.ask("GET", "/health", port: port, headers: ["Accept": "application/health+json"])
                .text
            #expect(text.split(separator: "\"uptime\":").count == 2)
            #expect(text.split(separator: "\"body\":").count == 2)
        }
    }
}
