import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Opsgenie and Twilio.
struct PagingChannelTests {
    @Test func opsgenieCreatesAndClosesByAlias() async throws {
        let peer = try PeerServer { _ in .status(202, body: #"{"result":"Request will be processed"}"#) }
        let config = "{type: \"opsgenie\", apiKey: \"eb243592-faa2\", url: \"\(peer.url)/\"}"
        let long = String(repeating: "x", count: 20_000)
        #expect(
            try await ChannelScene.send(ChannelScene.event(service: "a/b ü", message: long), by: config) == .delivered)
        #expect(
            try await ChannelScene.send(ChannelScene.event(.resolved, service: "a/b ü", after: 60), by: config)
                == .delivered)
        let created = try await peer.waitForRequest(1)
        #expect(created.method == "POST" && created.target == "/v2/alerts")
        #expect(created.headers["Authorization"] == "GenieKey eb243592-faa2")
        #expect(created.json["alias"] == "a/b ü/1768838847500000")
        let message = created.json["message"]?.string ?? ""
        #expect(message.utf16.count == 130)
        #expect(message.hasPrefix("a/b ü is failing: xxx"))
        #expect(created.json["description"]?.string?.utf16.count == 15_000)
        #expect(created.json["priority"] == "P1")
        #expect(created.json["details"]?["Severity"] == "critical")
        let closed = try await peer.waitForRequest(2)
        #expect(closed.method == "POST")
        #expect(closed.target == "/v2/alerts/a%2Fb%20%C3%BC%2F1768838847500000/close?identifierType=alias")
        #expect(closed.headers["Authorization"] == "GenieKey eb243592-faa2")
        // A test wakes nobody for long.
        #expect(try await ChannelScene.send(ChannelScene.event(.test), by: config) == .delivered)
        #expect(try await peer.waitForRequest(3).json["priority"] == "P5")
        #expect(try await peer.waitForRequest(4).target.hasSuffix("close?identifierType=alias"))
        #expect(try await ChannelScene.send(ChannelScene.event(severity: .warning), by: config) == .delivered)
        #expect(try await peer.waitForRequest(5).json["priority"] == "P3")
    }

    /// An account of the European region is unknown to the other.
    @Test(arguments: [("us", "https://api.opsgenie.com"), ("eu", "https://api.eu.opsgenie.com")])
    func opsgenieHasTwoRegions(region: String, address: String) {
        #expect(OpsgenieChannel.address(of: region) == address)
    }

    /// E.164: up to 15 digits after the plus sign.
    @Test(arguments: [
        ("+1", false), ("+12", true), ("+123456789012345", true), ("+1234567890123456", false), ("12345678", false),
        ("+1555 867", false), ("+1555a67", false),
    ])
    func aPhoneNumberHasUpToFifteenDigits(number: String, isOne: Bool) throws {
        let found = try ChannelScene.channel(
            "{type: \"twilio\", accountSid: \"AC1\", authToken: \"t\", from: \"a\", to: \"\(number)\"}"
        ).findings
        #expect(found.map { $0.hasPrefix("to: it is not a phone number") } == (isOne ? [] : [true]), "\(found)")
    }

    /// GSM's extended characters take two places, and one character of another alphabet changes the whole text.
    @Test(arguments: [
        ("", 0), ("abc @£é\n", 8), ("€", 2), ("a[b]", 6), ("^{}\\[~]|€", 18), ("ab界", 3), ("[🚀]", 4),
    ])
    func howLongAShortMessageIs(text: String, length: Int) {
        #expect(ShortMessage.length(text) == length)
    }

    @Test func twilioSendsAShortMessage() async throws {
        let peer = try PeerServer { _ in .status(201, body: #"{"sid":"SM1","status":"queued"}"#) }
        let config =
            "{type: \"twilio\", accountSid: \"AC0123\", authToken: \"secret-token\", from: \"+15005550006\", "
            + "to: \"+15558675310\", apiUrl: \"\(peer.url)\"}"
        let event = ChannelScene.event(
            message: "HTTP 503 (expected 200–299) & more" + String(repeating: ".", count: 400))
        #expect(try await ChannelScene.send(event, by: config) == .delivered)
        let request = try await peer.waitForRequest()
        #expect(request.method == "POST" && request.target == "/2010-04-01/Accounts/AC0123/Messages.json")
        #expect(request.headers["Authorization"] == "Basic QUMwMTIzOnNlY3JldC10b2tlbg==")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded")
        let form = try Parameters(request.body, allowed: ["To", "From", "Body"])
        #expect(form.text("To") == "+15558675310" && form.text("From") == "+15005550006")
        let body = try #require(form.text("Body"))
        #expect(ShortMessage.length(body) == 160 && body.count <= 160)
        #expect(body.hasPrefix("casino is failing: HTTP 503 (expected 200-299) & more..."))
        #expect(body.hasSuffix("... (since 2026-01-19 16:07:27 UTC)"))
        let made = try ChannelScene.channel(config)
        #expect(made.channel?.secrets == ["secret-token"])
    }

    @Test func aKeyAndAServiceSendToo() async throws {
        let peer = try PeerServer { _ in .status(201) }
        let config =
            "{type: \"twilio\", accountSid: \"AC0123\", apiKey: \"SK1\", apiSecret: \"s\", messagingServiceSid: \"MG1\", "
            + "to: \"+15558675310\", apiUrl: \"\(peer.url)/\"}"
        #expect(try await ChannelScene.send(ChannelScene.event(), by: config) == .delivered)
        let request = try await peer.waitForRequest()
        #expect(request.headers["Authorization"] == "Basic U0sxOnM=")
        #expect(String(decoding: request.body, as: UTF8.self).contains("MessagingServiceSid=MG1&"))
    }

    private static let kinds = [
        "type: \"opsgenie\", apiKey: \"k-secret\", url: \"$\"",
        "type: \"twilio\", accountSid: \"AC1\", authToken: \"k-secret\", from: \"+1500555\", to: \"+1555867\", apiUrl: \"$\"",
        "type: \"webhook\", url: \"$\", template: {headers: {\"X-Key\": \"k-secret\"}, body: \"{{text}}\"}",
    ]

    /// An event that counts as failed is resent, and seen twice.
    @Test(arguments: kinds, [.status(200), .status(202, body: "{\"ok\": false}"), .status(204)] as [PeerServer.Answer])
    func any2xxIsSuccess(kind: String, answer: PeerServer.Answer) async throws {
        let peer = try PeerServer { _ in answer }
        let config = "{\(kind.replacing("$", with: peer.url))}"
        #expect(try await ChannelScene.send(ChannelScene.event(), by: config) == .delivered)
        #expect(peer.requests.count == 1)
    }

    /// The peer has taken the event, although its answer breaks off.
    @Test(arguments: kinds) func anAnswerThatBreaksOffIsSuccess(kind: String) async throws {
        let peer = try ScriptedServer(answering: { _ in "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{" })
        let config = "{\(kind.replacing("$", with: "http://127.0.0.1:\(peer.port)"))}"
        #expect(try await ChannelScene.send(ChannelScene.event(), by: config) == .delivered)
        #expect(peer.requests.count == 1)
    }

    @Test(arguments: kinds) func refusalsAndPausesAreHonoured(kind: String) async throws {
        let busy = try PeerServer { _ in .status(429, headers: ["Retry-After": "30"], body: "slow down, k-secret") }
        let later = try await ChannelScene.send(
            ChannelScene.event(), by: "{\(kind.replacing("$", with: busy.url))}")
        #expect(later.pause == .seconds(30))
        guard case .failed(let reason) = later.outcome else {
            Issue.record("\(later)")
            return
        }
        #expect(!reason.contains("k-secret"))
        let wrong = try PeerServer { _ in .status(401, body: "no such key k-secret") }
        let never = try await ChannelScene.send(
            ChannelScene.event(), by: "{\(kind.replacing("$", with: wrong.url))}")
        guard case .refused(let words) = never.outcome else {
            Issue.record("\(never)")
            return
        }
        #expect(words.contains("answered 401") && !words.contains("k-secret"))
    }

    @Test(
        arguments: [
            ("{type: \"opsgenie\"}", ["apiKey: is missing"]),
            ("{type: \"opsgenie\", apiKey: \"k\", region: \"us\", url: \"http://h\"}", ["region: there is a url too"]),
            ("{type: \"opsgenie\", apiKey: \"k\", region: \"asia\"}", ["region: \"asia\" is not allowed"]),
            (
                "{type: \"twilio\", accountSid: \"X\", to: \"0151\"}",
                ["accountSid: it is not", "authToken: is missing", "to: it is not a phone number", "from: is missing"]
            ),
            (
                "{type: \"twilio\", accountSid: \"AC1\", authToken: \"t\", to: \"+1555867\", from: \"a\", "
                    + "messagingServiceSid: \"b\"}", ["from: there is a messagingServiceSid too"]
            ),
            (
                "{type: \"twilio\", accountSid: \"AC1\", apiKey: \"k\", to: \"+1555867\", from: \"a\"}",
                ["apiSecret: is missing"]
            ),
            (
                "{type: \"twilio\", accountSid: \"AC1\", apiSecret: \"s\", to: \"+1555867\", from: \"a\"}",
                ["apiKey: is missing"]
            ),
            (
                "{type: \"twilio\", accountSid: \"AC1\", apiKey: \"k\", apiSecret: \"s\", authToken: \"t\", "
                    + "to: \"+1555867\", from: \"a\"}", ["authToken: there is an apiKey too"]
            ),
        ] as [(String, [String])])
    func aWrongSectionIsNamed(json: String, findings: [String]) throws {
        let found = try ChannelScene.channel(json).findings
        #expect(found.count == findings.count, "\(found)")
        for (text, start) in zip(found, findings) { #expect(text.hasPrefix(start)) }
    }

    @Test(
        arguments: [
            (
                "casino", "HTTP 503 (expected 200–299)",
                "casino is failing: HTTP 503 (expected 200-299) (since 2026-01-19 16:07:27 UTC)"
            ),
            ("café №1", "“x” őű…", nil), ("Ω{}", "€ [~]", "Ω{} is failing: € [~] (since 2026-01-19 16:07:27 UTC)"),
            ("予約ボット", "接続できません", "予約ボット is failing: 接続できません (since 2026-01-19 16:07:27 UTC)"),
            ("café", "“é” ő‘ç’", "café is failing: \"é\" o'c' (since 2026-01-19 16:07:27 UTC)"),
        ]) func aShortMessageIsPlain(service: String, message: String, text: String?)
    {
        let plain = ShortMessage.text(ChannelScene.event(service: service, message: message))
        if let text { #expect(plain == text) }
        #expect(ShortMessage.length(plain) <= 160)
    }

    @Test func aShortMessageIsNeverLonger() {
        for filler in ["x", "[", "…", "é", "ő", "界", "👨‍👩‍👧"] {
            for count in [0, 1, 50, 100, 3000] {
                let filling = String(repeating: filler, count: count)
                for event in [
                    ChannelScene.event(service: "casino", message: filling),
                    ChannelScene.event(service: filling + "!", message: "refused"),
                    ChannelScene.event(.resolved, service: filling + "!", message: filling, after: 1_000_000),
                ] {
                    let text = ShortMessage.text(event)
                    #expect((1...160).contains(ShortMessage.length(text)), "\(filler) \(count)")
                    #expect(text.utf16.count <= 160)
                }
            }
        }
    }

    /// Opsgenie takes 512 characters, of which a long name could need three each in an address.
    @Test(arguments: [(133, false), (134, true), (400, true)])
    func aLongAliasIsShortened(length: Int, isShort: Bool) async throws {
        let peer = try PeerServer { _ in .status(202) }
        let config = "{type: \"opsgenie\", apiKey: \"k\", url: \"\(peer.url)\"}"
        let service = String(repeating: "s", count: length)
        for kind in [.opened, .resolved] as [AlertEvent.Kind] {
            #expect(try await ChannelScene.send(ChannelScene.event(kind, service: service), by: config) == .delivered)
        }
        let key = ChannelScene.event(service: service).alertKey
        let alias = isShort ? Digest.hexadecimal(key) : key
        #expect(try await peer.waitForRequest(1).json["alias"] == .string(alias))
        let closed = try await peer.waitForRequest(2).target
        #expect(closed == "/v2/alerts/\(TemplateEscape.percent(alias))/close?identifierType=alias")
    }

    /// PagerDuty takes 255 characters, and nobody is woken by a test.
    @Test(arguments: [(238, false), (239, true)])
    func aTestOfPagerDutyIsResolvedByItsKey(length: Int, isShort: Bool) async throws {
        let peer = try PeerServer { _ in .status(202) }
        let config =
            "{type: \"pagerduty\", routingKey: \"0123456789abcdef0123456789abcdef\", url: \"\(peer.url)\"}"
        let event = ChannelScene.event(.test, service: String(repeating: "s", count: length))
        #expect(try await ChannelScene.send(event, by: config) == .delivered)
        let (trigger, resolve) = (try await peer.waitForRequest(1).json, try await peer.waitForRequest(2).json)
        #expect(trigger["event_action"] == "trigger")
        #expect(trigger["payload"]?["severity"] == "info")
        #expect(resolve["event_action"] == "resolve")
        let key = isShort ? Digest.hexadecimal(event.alertKey) : event.alertKey
        #expect(trigger["dedup_key"] == .string(key))
        #expect(resolve["dedup_key"] == .string(key))
    }

    /// What a refusal means stands in its status, however long its page is.
    @Test(arguments: kinds) func aLongRefusalIsARefusal(kind: String) async throws {
        let peer = try PeerServer { _ in .status(401, body: String(repeating: "x", count: 200_000)) }
        let delivery = try await ChannelScene.send(
            ChannelScene.event(), by: "{\(kind.replacing("$", with: peer.url))}")
        guard case .refused(let words) = delivery.outcome else {
            Issue.record("\(delivery)")
            return
        }
        #expect(words.contains("answered 401: xxx"))
    }

    /// The account and its token in one word are as secret as the token.
    @Test func anEchoOfTheCredentialsIsHidden() async throws {
        let peer = try PeerServer { request in .status(400, body: request.headers["Authorization"] ?? "") }
        let config =
            "{type: \"twilio\", accountSid: \"AC0123\", authToken: \"secret-token\", from: \"a\", "
            + "to: \"+15558675310\", apiUrl: \"\(peer.url)\"}"
        let delivery = try await ChannelScene.send(ChannelScene.event(), by: config)
        #expect(delivery == .refused(reason: "Twilio answered 400: Basic [hidden]"))
    }

    /// PagerDuty takes 255 characters of a source, and shows since when the incident lasts.
    @Test func anIncidentHasItsSourceAndItsBeginning() async throws {
        let peer = try PeerServer { _ in .status(202) }
        let config = "{type: \"pagerduty\", routingKey: \"0123456789abcdef0123456789abcdef\", url: \"\(peer.url)\"}"
        let event = ChannelScene.event(.repeated, service: String(repeating: "s", count: 300), after: 60)
        #expect(try await ChannelScene.send(event, by: config) == .delivered)
        let payload = try await peer.waitForRequest().json["payload"]
        #expect(payload?["source"]?.string?.utf16.count == 255)
        #expect(payload?["component"]?.string?.utf16.count == 255)
        #expect(payload?["timestamp"] == "2026-01-19T16:07:27.500000Z")
    }
}
