import KeepAliveCurl
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveHealthMonitor

struct DiscordChannelTests {
    private static func config(_ peer: PeerServer, _ place: String = "channelId: \"42\"") -> String {
        "{type: \"discord\", token: \"secret.token\", \(place), mention: \"77\", apiUrl: \"\(peer.url)/api/v10\"}"
    }

    private static let message = PeerServer.Answer.status(200, body: #"{"id":"9001"}"#)

    @Test func aMessageHasEveryFieldThatDiscordReads() async throws {
        let peer = try PeerServer { _ in Self.message }
        let event = ChannelScene.event(.repeated, after: 3725)
        #expect(try await ChannelScene.send(event, by: Self.config(peer)) == .delivered)
        let request = try await peer.waitForRequest()
        #expect(request.method == "POST")
        #expect(request.target == "/api/v10/channels/42/messages")
        #expect(request.headers["Authorization"] == "Bot secret.token")
        #expect(request.headers.values("User-Agent").count == 1)
        #expect(request.headers["User-Agent"]?.hasPrefix("DiscordBot (https://") == true)
        #expect(request.headers["Content-Type"] == "application/json")
        let json = request.json
        #expect(
            json["content"]
                == "<@77> casino is still failing: connection refused (since 2026-01-19 16:07:27 UTC, 1 h 2 min)")
        #expect(json["allowed_mentions"] == ["parse": [], "users": ["77"]])
        #expect(json["nonce"] == "0123456789abcdef01234567")
        #expect(json["enforce_nonce"] == true)
        let embed = json["embeds"]?[0]
        #expect(embed?["title"] == "casino is still failing")
        #expect(embed?["description"] == "connection refused")
        #expect(embed?["color"] == 0xE74C3C)
        #expect(embed?["timestamp"] == "2026-01-19T17:09:32.500000Z")
        let facts = embed?["fields"]?.array?.map { "\($0["name"]?.string ?? ""): \($0["value"]?.string ?? "")" }
        #expect(
            facts == ["Severity: critical", "Since: 2026-01-19 16:07:27 UTC (1 h 2 min)", "Failed checks: 3"])
    }

    /// Services choose their names, and their messages may come from anywhere.
    @Test func nothingInATextIsMarkdownOrAMention() async throws {
        let peer = try PeerServer { _ in Self.message }
        let event = ChannelScene.event(service: "**@everyone**", message: "<@1> `x`\n# [a](b) ||c||")
        #expect(try await ChannelScene.send(event, by: Self.config(peer)) == .delivered)
        let json = try await peer.waitForRequest().json
        #expect(
            json["content"]?.string?.hasPrefix(
                "<@77> \\*\\*@\u{200B}everyone\\*\\* is failing: \\<@\u{200B}1\\> \\`x") == true)
        let embed = json["embeds"]?[0]
        #expect(embed?["title"] == "\\*\\*@\u{200B}everyone\\*\\* is failing")
        #expect(embed?["description"] == "\\<@\u{200B}1\\> \\`x\\` \\# \\[a\\](b) \\|\\|c\\|\\|")
    }

    @Test func longTextsKeepToDiscordsLimits() async throws {
        let peer = try PeerServer { _ in Self.message }
        let event = ChannelScene.event(
            service: String(repeating: "s", count: 400), message: String(repeating: "😀", count: 5000))
        #expect(try await ChannelScene.send(event, by: Self.config(peer)) == .delivered)
        let json = try await peer.waitForRequest().json
        let content = json["content"]?.string ?? ""
        #expect((900...2000).contains(content.utf16.count))
        #expect(content.contains("s… is failing: 😀") && content.hasSuffix("(since 2026-01-19 16:07:27 UTC)"))
        let embed = json["embeds"]?[0]
        #expect(embed?["title"]?.string == String(repeating: "s", count: 149) + "… is failing")
        #expect((4000...4096).contains(embed?["description"]?.string?.utf16.count ?? 0))
    }

    @Test func aChannelIsFoundByItsNameOnce() async throws {
        let peer = try PeerServer { request in
            switch request.target {
            case "/api/v10/users/@me/guilds?limit=200": .status(200, body: #"[{"id":"1"},{"id":"2"}]"#)
            case "/api/v10/guilds/1/channels": .status(200, body: #"[{"id":"10","type":0,"name":"general"}]"#)
            case "/api/v10/guilds/2/channels":
                // A voice channel with this name does not accept alerts.
                .status(200, body: #"[{"id":"20","type":2,"name":"alerts"},{"id":"21","type":0,"name":"alerts"}]"#)
            default: Self.message
            }
        }
        let made = try ChannelScene.channel(Self.config(peer, "channel: \"#alerts\""))
        let channel = try #require(made.channel)
        #expect(made.findings == [])
        #expect(await channel.send(ChannelScene.event(), key: "a", with: .init()) == .delivered)
        #expect(await channel.send(ChannelScene.event(), key: "b", with: .init()) == .delivered)
        let targets = peer.requests.elements.map(\.target)
        #expect(targets.count == 5)
        #expect(targets.suffix(2).allSatisfy { $0 == "/api/v10/channels/21/messages" })
    }

    @Test func aNameThatNoGuildHasIsRefused() async throws {
        let peer = try PeerServer { request in
            .status(200, body: request.target.contains("users") ? #"[{"id":"1"}]"# : "[]")
        }
        let delivery = try await ChannelScene.send(ChannelScene.event(), by: Self.config(peer, "channel: \"alerts\""))
        #expect(delivery == .refused(reason: "Discord: none of the bot's 1 guilds shows it a channel #alerts"))
    }

    /// With header fields that name the delay, or with a body.
    @Test(
        arguments: [
            (429, #"{"message":"limited","retry_after":1.5,"global":false}"#, [:], Duration.seconds(1.5) as Duration?),
            (429, "", ["Retry-After": "7", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "2"], .seconds(7)),
            (500, "", [:], nil), (502, "<html>", ["X-RateLimit-Remaining": "1", "X-RateLimit-Reset-After": "2"], nil),
            (200, "", ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "0.25"], .seconds(0.25)),
            (200, "", ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "9999"], .seconds(60)),
            (200, "", ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "soon"], nil),
        ] as [(Int, String, [String: String], Duration?)])
    func whatItAsksToWaitForIsTheOutboxesToKeep(
        status: Int, body: String, fields: [String: String], pause: Duration?
    ) async throws {
        let peer = try PeerServer { _ in .status(status, headers: fields, body: body) }
        let delivery = try await ChannelScene.send(ChannelScene.event(), by: Self.config(peer))
        #expect(delivery.isDelivered == (status == 200))
        if case .failed(let reason) = delivery.outcome { #expect(reason.hasPrefix("Discord answered \(status)")) }
        #expect(delivery.pause == pause)
    }

    @Test func aRevokedTokenIsRefusedAndNotQuoted() async throws {
        let peer = try PeerServer { _ in .status(401, body: #"{"message":"401: no secret.token"}"#) }
        let delivery = try await ChannelScene.send(ChannelScene.event(), by: Self.config(peer))
        #expect(delivery == .refused(reason: #"Discord answered 401: {"message":"401: no [hidden]"}"#))
    }

    @Test func aWebhookGetsTheSameMessageWithoutANonce() async throws {
        let peer = try PeerServer { _ in Self.message }
        let config = "{type: \"discord-webhook\", url: \"\(peer.url)/api/webhooks/1/hook-secret\"}"
        #expect(
            try await ChannelScene.send(
                ChannelScene.event(.resolved, message: "recovered after 12 failed checks", after: 17_100), by: config)
                == .delivered)
        let request = try await peer.waitForRequest()
        #expect(request.target == "/api/webhooks/1/hook-secret?wait=true")
        #expect(request.json["embeds"]?[0]?["color"] == 0x2ECC71)
        #expect(request.json["allowed_mentions"] == ["parse": [], "users": []])
        #expect(request.json["nonce"] == nil)
        #expect(
            request.json["content"]
                == "casino recovered after 12 failed checks (4 h 45 min); failing since 2026-01-19 16:07:27 UTC")
    }

    /// Text and announcement channels take messages from bots; voice, categories and forums do not.
    @Test(arguments: [(0, true), (5, true), (2, false), (4, false), (15, false)])
    func aNameMeansAChannelForTexts(type: Int, isFound: Bool) async throws {
        let peer = try PeerServer { request in
            switch request.target {
            case "/api/v10/users/@me/guilds?limit=200": .status(200, body: #"[{"id":"1"}]"#)
            case "/api/v10/guilds/1/channels": .status(200, body: #"[{"id":"20","type":\#(type),"name":"alerts"}]"#)
            default: Self.message
            }
        }
        let delivery = try await ChannelScene.send(ChannelScene.event(), by: Self.config(peer, "channel: \"#alerts\""))
        #expect(delivery.isDelivered == isFound)
    }

    /// Discord lists 200 guilds at a time.
    @Test func aChannelOfALaterGuildIsFound() async throws {
        let first = "[" + (1...200).map { "{\"id\":\"\($0)\"}" }.joined(separator: ",") + "]"
        let peer = try PeerServer { request in
            switch request.target {
            case "/api/v10/users/@me/guilds?limit=200": .status(200, body: first)
            case "/api/v10/users/@me/guilds?limit=200&after=200": .status(200, body: #"[{"id":"201"}]"#)
            case "/api/v10/guilds/201/channels": .status(200, body: #"[{"id":"30","type":0,"name":"alerts"}]"#)
            case "/api/v10/channels/30/messages": Self.message
            default: .status(200, body: "[]")
            }
        }
        let delivery = try await ChannelScene.send(ChannelScene.event(), by: Self.config(peer, "channel: \"alerts\""))
        #expect(delivery == .delivered)
        #expect(peer.requests.elements.last?.target == "/api/v10/channels/30/messages")
    }

    /// A channel that was deleted and made again has a new id.
    @Test func aChannelThatIsGoneIsSearchedAgain() async throws {
        let searches = Mutex(0)
        let peer = try PeerServer { request in
            switch request.target {
            case "/api/v10/users/@me/guilds?limit=200": return .status(200, body: #"[{"id":"1"}]"#)
            case "/api/v10/guilds/1/channels":
                let number = searches.withLock { searches in
                    searches += 1
                    return searches
                }
                return .status(200, body: #"[{"id":"2\#(number)","type":0,"name":"alerts"}]"#)
            case "/api/v10/channels/21/messages": return .status(404, body: #"{"message":"Unknown Channel"}"#)
            default: return Self.message
            }
        }
        let made = try ChannelScene.channel(Self.config(peer, "channel: \"alerts\""))
        let channel = try #require(made.channel)
        #expect(await channel.send(ChannelScene.event(), key: "a", with: .init()).isDelivered == false)
        #expect(await channel.send(ChannelScene.event(), key: "a", with: .init()) == .delivered)
        #expect(peer.requests.elements.last?.target == "/api/v10/channels/22/messages")
    }

    /// The address of a thread in a channel has a query of its own.
    @Test func aWebhooksThreadStaysInItsAddress() async throws {
        let peer = try PeerServer { _ in Self.message }
        let config = "{type: \"discord-webhook\", url: \"\(peer.url)/api/webhooks/1/hook?thread_id=7\"}"
        #expect(try await ChannelScene.send(ChannelScene.event(), by: config) == .delivered)
        #expect(try await peer.waitForRequest().target == "/api/webhooks/1/hook?thread_id=7&wait=true")
    }

    /// Escaping doubles a text, and Discord refuses a message that is too long.
    @Test func textsThatGrowKeepToDiscordsLimits() {
        let stars = String(repeating: "*", count: 5000)
        let event = ChannelScene.event(service: stars, message: stars)
        let json = DiscordMessage.json(event, mention: "12345678901234567890")
        #expect((1700...2000).contains(json["content"]?.text?.utf16.count ?? 0))
        let embed = json["embeds"]?.elements?.first
        #expect(embed?["title"]?.text?.utf16.count == 256)
        #expect(embed?["description"]?.text?.utf16.count == 4096)
    }

    /// Without a user nobody is notified, whatever a text says.
    @Test func withoutAMentionNobodyIsNotified() {
        let json = DiscordMessage.json(ChannelScene.event(message: "<@1>"), mention: nil)
        #expect(json["allowed_mentions"] == .object(["parse": .array([]), "users": .array([])]))
        #expect(json["content"]?.text?.hasPrefix("casino is failing: ") == true)
    }

    @Test(
        arguments: [
            (.opened, .critical, 0xE74C3C), (.opened, .warning, 0xF39C12), (.escalated, .critical, 0xE74C3C),
            (.resolved, .critical, 0x2ECC71), (.flapping, .critical, 0x9B59B6), (.removed, .warning, 0x3498DB),
            (.test, .warning, 0x3498DB),
        ] as [(AlertEvent.Kind, Severity, Int)])
    func anEventHasItsColour(kind: AlertEvent.Kind, severity: Severity, color: Int) {
        let json = DiscordMessage.json(ChannelScene.event(kind, severity: severity), mention: nil)
        #expect(json["embeds"]?.elements?.first?["color"]?.integer == color)
    }
}
