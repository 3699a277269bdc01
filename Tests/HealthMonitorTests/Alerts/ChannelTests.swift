import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct ChannelTests {
    @Test func slackShowsPlainTextAndItsThreeCharactersEscaped() async throws {
        let peer = try PeerServer { _ in .status(200, body: "ok") }
        let event = ChannelScene.event(service: "<!channel>", message: "a & b *c*")
        #expect(
            try await ChannelScene.send(event, by: "{type: \"slack\", url: \"\(peer.url)/services/T/B/x\"}")
                == .delivered)
        let request = try await peer.waitForRequest()
        #expect(request.target == "/services/T/B/x")
        #expect(
            request.json["text"]
                == "&lt;!channel&gt; is failing: a &amp; b *c* (since 2026-01-19 16:07:27 UTC)")
        #expect(request.json["mrkdwn"] == false)
        let attachment = request.json["attachments"]?[0]
        #expect(attachment?["color"] == "danger")
        #expect(attachment?["text"] == "a &amp; b *c*")
        #expect(attachment?["mrkdwn_in"] == [])
        #expect(attachment?["fields"]?[0] == ["title": "Severity", "value": "critical", "short": true])
    }

    @Test func telegramGetsPlainTextInItsChat() async throws {
        let peer = try PeerServer { _ in .status(200, body: #"{"ok":true,"result":{}}"#) }
        let config = "{type: \"telegram\", token: \"12:AB\", chatId: \"-1001\", apiUrl: \"\(peer.url)\"}"
        let event = ChannelScene.event(.resolved, message: "recovered after 3 failed checks", failures: nil, after: 90)
        #expect(try await ChannelScene.send(event, by: config) == .delivered)
        let request = try await peer.waitForRequest()
        #expect(request.target == "/bot12:AB/sendMessage")
        #expect(request.json["chat_id"] == -1001)
        #expect(request.json["parse_mode"] == nil)
        #expect(request.json["link_preview_options"] == ["is_disabled": true])
        #expect(
            request.json["text"] == """
                🟢 casino recovered after 3 failed checks (1 min 30 s); failing since 2026-01-19 16:07:27 UTC
                Severity: critical
                Since: 2026-01-19 16:07:27 UTC
                Until: 2026-01-19 16:08:57 UTC (1 min 30 s)
                """)
    }

    @Test(
        arguments: [
            (
                kinds[0], .status(429, headers: ["Retry-After": "30"]),
                .failed(reason: "Slack answered 429", retryAfter: .seconds(30))
            ),
            (kinds[0], .status(404, body: "no_service"), .refused(reason: "Slack answered 404: no_service")),
            (
                kinds[1], .status(429, body: #"{"parameters":{"retry_after":7}}"#),
                .failed(reason: #"Telegram answered 429: {"parameters":{"retry_after":7}}"#, retryAfter: .seconds(7))
            ),
        ] as [(String, PeerServer.Answer, Delivery)])
    func aPeerSaysHowLongToWaitAndWhatIsGone(kind: String, answer: PeerServer.Answer, delivery: Delivery) async throws {
        let peer = try PeerServer { _ in answer }
        let config = "{\(kind.replacing("$", with: peer.url))}"
        #expect(try await ChannelScene.send(ChannelScene.event(), by: config) == delivery)
    }

    @Test func aWebhookGetsTheEventWithItsKeyAndFields() async throws {
        let peer = try PeerServer { _ in .status(204) }
        let config = "{type: \"webhook\", url: \"\(peer.url)/hook\", headers: {Authorization: \"Bearer abcdef\"}}"
        #expect(try await ChannelScene.send(ChannelScene.event(after: 60), by: config, key: "k1") == .delivered)
        let request = try await peer.waitForRequest()
        #expect(request.headers["Authorization"] == "Bearer abcdef")
        #expect(request.headers["Idempotency-Key"] == "k1")
        #expect(
            request.json == [
                "id": "k1", "alert_id": "casino/1768838847500000", "event": "opened", "service": "casino",
                "severity": "critical", "status": "active", "title": "casino is failing",
                "message": "connection refused",
                "text": "casino is failing: connection refused (since 2026-01-19 16:07:27 UTC, 1 min)",
                "triggered_at": "2026-01-19T16:07:27.500000Z",
                "happened_at": "2026-01-19T16:08:27.500000Z", "failed_checks": 3,
            ])
        #expect(try ChannelScene.channel(config).channel?.secrets.contains("abcdef") == true)
    }

    /// One alert is one incident: its opening and its resolution share a key.
    @Test func pagerDutyTriggersAndResolvesByOneKey() async throws {
        let peer = try PeerServer { _ in .status(202, body: #"{"status":"success"}"#) }
        let routing = "0123456789abcdef0123456789abcdef"
        let config = "{type: \"pagerduty\", routingKey: \"\(routing)\", url: \"\(peer.url)/v2/enqueue\"}"
        let long = String(repeating: "x", count: 3000)
        #expect(try await ChannelScene.send(ChannelScene.event(message: long), by: config) == .delivered)
        #expect(try await ChannelScene.send(ChannelScene.event(.resolved, after: 60), by: config) == .delivered)
        let trigger = try await peer.waitForRequest(1).json
        #expect(trigger["routing_key"] == .string(routing))
        #expect(trigger["event_action"] == "trigger")
        let summary = trigger["payload"]?["summary"]?.string ?? ""
        #expect(summary.utf16.count == 1024)
        #expect(summary.hasPrefix("casino is failing: xxx") && summary.hasSuffix("x… (since 2026-01-19 16:07:27 UTC)"))
        #expect(trigger["payload"]?["severity"] == "critical")
        #expect(trigger["payload"]?["source"] == "casino")
        #expect(trigger["payload"]?["timestamp"] == "2026-01-19T16:07:27.500000Z")
        let resolve = try await peer.waitForRequest(2).json
        #expect(resolve["event_action"] == "resolve")
        #expect(resolve["dedup_key"] == trigger["dedup_key"])
        #expect(trigger["dedup_key"] == "casino/1768838847500000")
    }

    private static let kinds = [
        "type: \"slack\", url: \"$/services/x\"", "type: \"telegram\", token: \"12:AB\", chatId: 1, apiUrl: \"$\"",
        "type: \"pagerduty\", routingKey: \"0123456789abcdef0123456789abcdef\", url: \"$\"",
        "type: \"webhook\", url: \"$\"", "type: \"discord\", token: \"t\", channelId: 1, apiUrl: \"$\"",
        "type: \"discord-webhook\", url: \"$/api/webhooks/1/x\"",
    ]

    /// An event that counts as failed is resent, and seen twice.
    @Test(
        arguments: kinds,
        [
            .status(200), .status(201), .status(204), .status(299, body: "<html>"),
            .status(200, body: "{\"ok\":false}"),
            .status(202, body: String(repeating: "[", count: 200_000)),
            .status(202, body: String(repeating: "x", count: 3 << 20)),
        ] as [PeerServer.Answer])
    func any2xxIsSuccess(kind: String, answer: PeerServer.Answer) async throws {
        let peer = try PeerServer { _ in answer }
        let config = "{\(kind.replacing("$", with: peer.url))}"
        #expect(try await ChannelScene.send(ChannelScene.event(), by: config) == .delivered)
        #expect(peer.requests.count == 1)
    }

    @Test func telegramFollowsAGroupThatBecameASupergroup() async throws {
        let moved =
            #"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","#
            + #""parameters":{"migrate_to_chat_id":-1001234567890123}}"#
        let peer = try PeerServer { request in
            request.json["chat_id"] == -42 ? .status(400, body: moved) : .status(200, body: #"{"ok":true}"#)
        }
        let made = try ChannelScene.channel(
            "{type: \"telegram\", token: \"12:AB\", chatId: -42, apiUrl: \"\(peer.url)\"}")
        let channel = try #require(made.channel)
        #expect(channel.advice == nil)
        for key in ["a", "b"] {
            #expect(await channel.send(ChannelScene.event(), key: key, with: .init()) == .delivered)
        }
        #expect(
            peer.requests.elements.map { $0.json["chat_id"] } == [-42, -1_001_234_567_890_123, -1_001_234_567_890_123])
        #expect(
            channel.advice
                == "the Telegram group -42 became the supergroup -1001234567890123: alerts go there; "
                + "set chatId to \"-1001234567890123\"")
    }

    /// A peer that redirects endlessly gets at most two requests.
    @Test func telegramIsNotFollowedInCircles() async throws {
        let peer = try PeerServer { request in
            let id = request.json["chat_id"] == -1 ? -2 : -1
            return .status(400, body: "{\"ok\":false,\"parameters\":{\"migrate_to_chat_id\":\(id)}}")
        }
        let config = "{type: \"telegram\", token: \"12:AB\", chatId: -1, apiUrl: \"\(peer.url)\"}"
        guard case .refused = try await ChannelScene.send(ChannelScene.event(), by: config).outcome else {
            Issue.record("it was delivered")
            return
        }
        #expect(peer.requests.count == 2)
    }

    @Test func aPeerThatIsNotThereIsTriedAgain() async throws {
        let peer = try PeerServer { _ in .close }
        guard
            case .failed = try await ChannelScene.send(
                ChannelScene.event(), by: "{type: \"webhook\", url: \"\(peer.url)\"}"
            ).outcome
        else {
            Issue.record("it is not tried again")
            return
        }
    }

    @Test(
        arguments: [
            ("{type: \"discord\"}", ["token: is missing: give a text", "channelId: is missing"]),
            ("{type: \"discord\", token: \"a b\", channelId: \"x\"}", ["token: it holds a blank", "channelId: \"x\""]),
            ("{type: \"slack\", url: \"hooks.slack.com/x\"}", ["url: it is not a web address"]),
            ("{type: \"telegram\", token: \"1:A\", chatId: \"me\"}", ["chatId: \"me\" is not allowed"]),
            ("{type: \"telegram\", token: \"1:A\", chatId: \"@\"}", ["chatId: \"@\" is not allowed"]),
            ("{type: \"telegram\", token: \"1:A\", chatId: \"+5\"}", ["chatId: \"+5\" is not allowed"]),
            ("{type: \"telegram\", token: \"1:A\", chatId: \"9223372036854775808\"}", ["chatId: \"92233720"]),
            (
                "{type: \"discord\", token: \"t\", channelId: 1, channel: \"#a\"}",
                ["channel: there is a channelId too"]
            ),
            (
                "{type: \"email\", url: \"smtp://x\", from: \"a@b\", to: \"c@d\", username: \"u\"}",
                ["password: is missing"]
            ),
            (
                "{type: \"email\", url: \"smtp://x\", from: \"a@b\", to: \"c@d\", password: \"p\"}",
                ["username: is missing"]
            ),
            (
                "{type: \"webhook\", url: \"http://h\", headers: {\"Content-Length\": \"0\"}}",
                ["headers.Content-Length"]
            ),
            ("{type: \"pagerduty\", routingKey: \"short\"}", ["routingKey: it has 5 characters"]),
            ("{type: \"email\", url: \"http://x\", from: \"a\", to: [\"b\"]}", ["url: ", "from: ", "to: "]),
            (
                "{type: \"email\", url: \"smtp://x\", from: \"a@b\", to: \"c@d\", username: \"u\", password: \"p\", "
                    + "tls: \"opportunistic\"}", ["tls: opportunistic would"]
            ),
            ("{type: \"slack\", url: \"http://h\", colour: 1}", ["colour: unknown key"]),
            ("{type: \"pigeon\"}", ["type: \"pigeon\" is not allowed"]),
        ] as [(String, [String])])
    func aWrongSectionIsNamed(json: String, findings: [String]) throws {
        let found = try ChannelScene.channel(json).findings
        #expect(found.count == findings.count, "\(found)")
        for (text, start) in zip(found, findings) { #expect(text.hasPrefix(start)) }
    }

    @Test func aRetryAfterIsSecondsOrADate() {
        let now = ChannelScene.time
        let read = { Delivery.retryAfter($0, now: .init(microseconds: now)) }
        #expect(read("12") == .seconds(12))
        #expect(read("Mon, 19 Jan 2026 16:08:27 GMT") == .seconds(60))
        #expect(read("Mon, 19 Jan 2026 16:00:00 GMT") == .zero)
        #expect(read("99999999999999999999") == .seconds(3600))
        #expect(read("-5") == nil)
        #expect(read("soon") == nil)
        #expect(read(nil) == nil)
    }

    /// With the well-known host, path and query suffice to send. A short path could be any word.
    @Test(
        arguments: [
            ("https://hooks.example.com/services/T1/B2", "services/T1/B2"), ("http://h/12345678", "12345678"),
            ("http://h?token=abc", "token=abc"), ("http://h/1234567", nil), ("http://h", nil), ("no address", nil),
        ] as [(String, String?)])
    func theSecretPartOfAnAddressIsASecretToo(url: String, part: String?) {
        #expect(WebAddress.secrets(url) == [url] + (part.map { [$0] } ?? []))
    }
}
