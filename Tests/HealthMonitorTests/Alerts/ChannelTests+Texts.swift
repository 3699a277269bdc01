import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The signs, times and lengths of what channels show.
extension ChannelTests {
    @Test(
        arguments: [
            (.opened, .warning, "warning"), (.opened, .critical, "danger"), (.flapping, .warning, "warning"),
            (.resolved, .critical, "good"), (.removed, .critical, "#3498db"), (.test, .warning, "#3498db"),
        ] as [(AlertEvent.Kind, Severity, String)])
    func slackShowsAnEventsColourAndTime(kind: AlertEvent.Kind, severity: Severity, color: String) {
        let long = String(repeating: "x", count: 3000)
        let json = SlackChannel.json(ChannelScene.event(kind, severity: severity, message: long, after: 60))
        #expect(json["text"]?.text?.utf16.count == 600)
        let attachment = json["attachments"]?.elements?.first
        #expect(attachment?["color"]?.text == color)
        #expect(attachment?["text"]?.text?.utf16.count == 2000)
        #expect(attachment?["fallback"]?.text?.utf16.count == 2000)
        // When it happened, in seconds.
        #expect(attachment?["ts"]?.integer == 1_768_838_907)
    }

    /// With them `<!channel>` would be one Character at each end, and still notify everybody.
    @Test func noMarkHidesASignFromSlackAndDiscord() {
        let text = SlackChannel.escaped("\u{600}<!channel>\u{301} &\u{301}")
        #expect(text == "\u{600}&lt;!channel&gt;\u{301} &amp;\u{301}")
        #expect(DiscordMessage.escaped("\u{600}@all *\u{301}") == "\u{600}@\u{200B}all \\*\u{301}")
    }

    /// A notification shows the first line; a message that is longer follows in full.
    @Test func telegramRepeatsOnlyALongMessage() async throws {
        let peer = try PeerServer { _ in .status(200, body: #"{"ok":true,"result":{}}"#) }
        let config = "{type: \"telegram\", token: \"12:AB\", chatId: 7, apiUrl: \"\(peer.url)\"}"
        let messages = [10, 2000, 5000].map { String(repeating: "x", count: $0) }
        for message in messages {
            #expect(try await ChannelScene.send(ChannelScene.event(message: message), by: config) == .delivered)
        }
        let texts = peer.requests.elements.map { $0.json["text"]?.string ?? "" }
        let lines = texts.map { $0.split(separator: "\n").map(String.init) }
        #expect(lines.map(\.count) == [4, 5, 5])
        #expect(lines.allSatisfy { $0.first?.hasPrefix("🔴 casino is failing: x") == true })
        #expect(lines[1][0].utf16.count == "🔴 ".utf16.count + 500)
        #expect(lines[1][1] == messages[1])
        #expect(lines[2][1].utf16.count == 3000)
    }

    /// Its line is short, and its message whole.
    @Test func aWebhooksLineIsCut() {
        let event = ChannelScene.event(message: String(repeating: "x", count: 3000))
        let json = WebhookChannel.json(event, key: "k")
        #expect(json["text"]?.text?.utf16.count == 1000)
        #expect(json["message"]?.text?.utf16.count == 3000)
        #expect(TemplateValues(event, key: "k")[.text].utf16.count == 1000)
    }

    @Test func aDiscordIDHasUpToTwentyDigits() {
        let digits = String(repeating: "7", count: 20)
        #expect(["1", digits].filter(\.isSnowflake).count == 2)
        #expect(["", digits + "7", "+1", "1a", "٣"].filter(\.isSnowflake).isEmpty)
    }
}
