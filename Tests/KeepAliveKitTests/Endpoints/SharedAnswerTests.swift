import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Requests of one turn share what takes long to make; the form of each answer belongs to its request.
struct SharedAnswerTests {
    /// One turn of the server.
    private struct Turn {
        private var endpoints: Endpoints

        init(_ body: BodyState) {
            self.init(HealthMonitor(body: body) { "\($0)" })
        }

        init(_ health: HealthMonitor) {
            endpoints = Endpoints(name: "Bot", version: "1", port: 1, health: health)
        }

        init(givenUp health: HealthMonitor) {
            endpoints = Endpoints(
                name: "Bot", version: "1", port: 1, health: health,
                access: RestartAccess(token: nil, isProduction: true), restart: nil, isCondemned: { true })
        }

        /// Whoever has the token restarts the bot.
        init(_ health: HealthMonitor, token: String, onRestart: @escaping @Sendable () -> Bool) {
            endpoints = Endpoints(
                name: "Bot", version: "1", port: 1, health: health,
                access: RestartAccess(token: token, isProduction: true), restart: onRestart)
        }

        /// - Parameter field: a header line without its end.
        mutating func answer(_ path: String, version: String = "1.1", field: String) throws -> String {
            let bytes = Array("GET \(path) HTTP/\(version)\r\nHost: a\r\n\(field)\r\n\r\n".utf8)
            var parser = HTTPRequestParser()
            guard case .head(let request) = parser.parse(bytes.span) else { throw SystemFailure("parse") }
            var output: [UInt8] = []
            _ = endpoints.respond(
                to: request, bytes: bytes.span, from: HTTPPeer(isLoopback: true), output: &output)
            return String(decoding: output, as: UTF8.self)
        }
    }

    @Test(arguments: [
        ("/readyz", "*/*"), ("/health", "*/*"), ("/health", "application/json"), ("/health", "application/health+json"),
    ])
    func eachIsToldTheFailure(path: String, accept: String) throws {
        var turn = Turn(.starting)
        for _ in 0..<2 {
            let answer = try turn.answer(path, field: "Accept: \(accept)")
            #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            let type = accept == "*/*" ? "application/json" : accept
            #expect(answer.contains("\r\nContent-Type: \(type)\r\n"))
        }
    }

    /// HTTP/1.0 closes the connection unless the answer says otherwise, HTTP/1.1 keeps it.
    @Test(arguments: [["1.1", "1.0"], ["1.0", "1.1"]])
    func eachIsToldInItsVersionWhetherTheConnectionStays(versions: [String]) throws {
        var turn = Turn(.running)
        for version in versions {
            let answer = try turn.answer("/health", version: version, field: "Connection: keep-alive")
            #expect(answer.contains("\r\nConnection: keep-alive\r\n") == (version == "1.0"))
        }
    }

    /// Whoever restarts the bot and asks for its health next must not get the health from before.
    @Test func aRestartEndsTheSharing() throws {
        let health = HealthMonitor()
        var turn = Turn(health, token: "a-token-of-16-and-more") {
            health.body = .restarting
            return true
        }
        let before = try turn.answer("/health", field: "Accept: */*")
        #expect(before.hasPrefix("HTTP/1.1 200 OK\r\n"))
        let restart = try turn.answer("/restart", field: "Authorization: Bearer a-token-of-16-and-more")
        #expect(restart.hasPrefix("HTTP/1.1 202 Accepted\r\n"))
        let after = try turn.answer("/health", field: "Accept: */*")
        #expect(after.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
    }

    @Test func everyReasonAgainstTheBotsReadinessIsNamed() throws {
        let health = HealthMonitor()
        health.note(trouble: "a", "One.", isCritical: true)
        health.note(trouble: "b", "Two.")
        var turn = Turn(health)
        let answer = try turn.answer("/readyz", field: "Accept: */*")
        #expect(answer.contains(#""reasons":["One.","Two."]"#))
    }

    /// A bot that has just begun to connect is in order, but not ready.
    @Test func aBotThatIsOnlyNotConnectedSaysSo() throws {
        var turn = Turn(HealthMonitor(gateway: GatewayHeartbeat()))
        let answer = try turn.answer("/readyz", field: "Accept: */*")
        #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(answer.contains(#""reasons":["The bot is not connected."]"#))
    }

    /// Kubernetes ends what is not alive; a bot that is only unhealthy stays.
    @Test func aBotThatTheWatchdogGaveUpIsNotAlive() throws {
        var turn = Turn(givenUp: HealthMonitor())
        let answer = try turn.answer("/livez", field: "Accept: */*")
        #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(answer.contains(#"{"error":"the watchdog gave up this bot, and its process is ending","#))
        let health = try turn.answer("/health", field: "Accept: */*")
        #expect(health.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
}
