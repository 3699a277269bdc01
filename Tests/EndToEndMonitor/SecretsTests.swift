import Foundation
import KeepAliveTestSupport
import Testing

/// Searches all output of the monitor for secrets.
@Suite(.timeLimit(.minutes(2)))
struct SecretsTests {
    @Test func noOutputHoldsASecret() async throws {
        let secrets = [
            "api": "api-key-51c1", "discord": "discord-token-51c1", "hook": "hook-path-51c1", "push": "push-token-51c1",
            "bearer": "bearer-51c1", "user": "url-password-51c1", "query": "query-key-51c1",
            "bot": "654321:AAH-51c1-watched-token-0123456789abc",
            "routing": "0123456789abcdef0123456789ab51c1", "chat": "123456:AAH-51c1-telegram-token-0123456789ab",
        ]
        // It echoes everything it receives, like careless services.
        let parrot = try PeerServer { request in
            let all =
                request.headers.values("Authorization") + [
                    request.target, String(decoding: request.body, as: UTF8.self),
                ]
            let body = try? JSONSerialization.data(
                withJSONObject: ["error": all.joined(separator: " ")], options: .withoutEscapingSlashes)
            return .status(403, body: String(decoding: body ?? Data(), as: UTF8.self))
        }
        let port = parrot.url.split(separator: ":").last.map(String.init) ?? ""
        let configuration = MonitorProcess.configuration(
            targets: [
                """
                { name: "web", type: "http", failureThreshold: 1, headers: { Authorization: "Bearer $BEARER" },
                  url: "http://user:\(secrets["user"] ?? "")@127.0.0.1:\(port)/x?key=\(secrets["query"] ?? "")" }
                """.replacing("Bearer $BEARER", with: "Bearer \(secrets["bearer"] ?? "")"),
                "{ name: \"cron\", type: \"push\", token: \"$PUSH\", maxSilence: 1, failureThreshold: 1 }",
                "{ name: \"bot\", type: \"telegram\", token: \"$BOT\", apiUrl: \"\(parrot.url)\", failureThreshold: 1 }",
            ],
            channels: [
                "{ type: \"discord\", token: \"$DISCORD\", channel: \"#alerts\", apiUrl: \"\(parrot.url)\" }",
                "{ type: \"slack\", url: \"\(parrot.url)/services/\(secrets["hook"] ?? "")\" }",
                "{ type: \"telegram\", token: \"$CHAT\", chatId: \"1\", apiUrl: \"\(parrot.url)\" }",
                "{ type: \"webhook\", url: \"\(parrot.url)/\", headers: { Authorization: \"$DISCORD\" } }",
                "{ type: \"pagerduty\", routingKey: \"$ROUTING\", url: \"\(parrot.url)/v2/enqueue\" }",
            ], key: "$API")
        let environment = [
            "DISCORD": secrets["discord"] ?? "", "PUSH": secrets["push"] ?? "", "API": secrets["api"] ?? "",
            "CHAT": secrets["chat"] ?? "", "BOT": secrets["bot"] ?? "", "ROUTING": secrets["routing"] ?? "",
            "LOG_LEVEL": "debug",
        ]
        let daemon = try MonitorProcess(configuration, environment: environment)
        for name in ["discord", "slack", "telegram", "webhook", "pagerduty"] {
            try await daemon.child.waitForLine(containing: "not delivered to \(name): ")
        }
        var said = ""
        // What the channels were sent leaves the monitor, too: without the tokens that they ask for themselves.
        #expect(parrot.requests.elements.contains { String(decoding: $0.body, as: UTF8.self).contains("HTTP 403") })
        for request in parrot.requests.elements {
            let body = String(decoding: request.body, as: UTF8.self)
            for name in ["api", "push", "bearer", "user", "query", "bot"] {
                #expect(!body.contains(secrets[name] ?? ""), "\(name) in \(body)")
            }
        }
        let paths = [
            "/", "/health", "/api/health/status", "/api/health/history", "/api/health/alerts", "/api/health/summary",
            "/api/health/uptime/web", "/api/health/nonsense", "/metrics", "/services/bot",
        ]
        for path in paths { said += try await daemon.ask("GET", path, key: secrets["api"]).text }
        said += try await daemon.ask("POST", "/api/health/test/web", key: secrets["api"]).text
        #expect(said.contains("HTTP 403 (expected"))
        #expect(await daemon.stop() == .exited(0))
        said += daemon.output
        said += String(decoding: try Data(contentsOf: URL(fileURLWithPath: daemon.database)), as: UTF8.self)
        for arguments in [["--once"], ["--once", "--json"], ["--test-alert"], ["--check-config"]] {
            said += try await MonitorProcess(configuration, arguments, environment: environment).end().output
        }
        for (name, secret) in secrets {
            #expect(!said.contains(secret), "\(name) in \(said)")
        }
    }
}
