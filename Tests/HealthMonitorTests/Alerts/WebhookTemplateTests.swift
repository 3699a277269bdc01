import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The `template` of a webhook: where each value is escaped how, and which errors it has.
struct WebhookTemplateTests {
    private static let event: AlertEvent = {
        var event = ChannelScene.event(
            .repeated, service: "a&b=\"c\" ü", message: "x\ny: {\"q\": \\}", after: 17_100)
        event.url = "https://example.com/?q=1"
        return event
    }()

    private func request(_ template: String, _ more: String = "", path: String = "/") async throws -> PeerServer.Request
    {
        let peer = try PeerServer { _ in .status(200) }
        let config = "{type: \"webhook\", url: \"\(peer.url)\(path)\", template: \(template) \(more)}"
        #expect(try await ChannelScene.send(Self.event, by: config, key: "k1") == .delivered)
        return try await peer.waitForRequest()
    }

    private func body(_ template: String) async throws -> String {
        String(decoding: try await request(template).body, as: UTF8.self)
    }

    @Test func valuesAreEscapedInsideJSON() async throws {
        let asValue = try await request(
            #"{body: {a: "{{service}}: {{ message }}", n: [1, {b: "{{duration}}"}], c: null}}"#)
        #expect(
            asValue.json == ["a": "a&b=\"c\" ü: x y: {\"q\": \\}", "n": [1, ["b": "4 h 45 min"]], "c": nil])
        #expect(asValue.headers["Content-Type"] == "application/json")
        let asText = try await request(#"'{"a": "{{service}}: {{message}}", "e": "{{event}}"}'"#)
        #expect(asText.json == ["a": "a&b=\"c\" ü: x y: {\"q\": \\}", "e": "repeated"])
        #expect(asText.headers["Content-Type"] == "application/json")
    }

    @Test func otherBodiesAreTextOrForms() async throws {
        let text = try await request(#""{{severity}} {{status}} since {{since}} at {{url}}""#)
        #expect(text.headers["Content-Type"] == "text/plain; charset=utf-8")
        #expect(
            String(decoding: text.body, as: UTF8.self)
                == "critical active since 2026-01-19 16:07:27 UTC at https://example.com/?q=1")
        let line = try await request(#""[{{severity}}] {{status}} ""#)
        #expect(line.headers["Content-Type"] == "text/plain; charset=utf-8")
        #expect(String(decoding: line.body, as: UTF8.self) == "[critical] active ")
        let list = try await request(#"' ["{{service}}"] '"#)
        #expect(list.headers["Content-Type"] == "application/json")
        #expect(list.json == ["a&b=\"c\" ü"])
        let form =
            #"{headers: {"Content-Type": "application/x-www-form-urlencoded"}, body: "s={{service}}&m={{message}}"}"#
        #expect(
            try await body(form)
                == "s=a%26b%3D%22c%22%20%C3%BC&m=x%20y%3A%20%7B%22q%22%3A%20%5C%7D")
        #expect(try await body(#"{headers: {"Content-Type": "text/csv"}, body: "{\"{{service}}"}"#) == "{\"a&b=\"c\" ü")
    }

    @Test func anyMethodAndFieldsAreSent() async throws {
        let put = try await request(
            #"{method: "PUT", headers: {Title: "{{message}}", "X-Name": "{{service}}", "Idempotency-Key": "{{alert}}"}}"#,
            #", headers: {Authorization: "Bearer abcdefgh"}"#, path: "/{{service}}/{{key}}")
        #expect(put.method == "PUT")
        #expect(put.target == "/a%26b%3D%22c%22%20%C3%BC/k1")
        #expect(put.headers["Title"] == #"x y: {"q": \}"#)
        #expect(put.headers["X-Name"] == "=?utf-8?B?YSZiPSJjIiDDvA==?=")
        #expect(put.headers["Authorization"] == "Bearer abcdefgh")
        #expect(put.headers["Idempotency-Key"] == Digest.hexadecimal(Self.event.alertKey))
        #expect(put.headers["Content-Type"] == nil)
        #expect(put.body == [])
    }

    @Test(
        arguments: [
            (
                #"{body: {a: {b: ["x", "{{servce}}"]}}}"#,
                [
                    "template.body.a.b[1]: unknown placeholder {{servce}}; did you mean service? allowed are service, severity, event, message, since, duration, url,"
                ]
            ),
            (#"{headers: {Title: "{{title"}}"#, ["template.headers.Title: a placeholder is not closed"]),
            (#""{\"a\": {{service}}}""#, ["template: it is not well-formed JSON"]),
            (#""[{{service}}]""#, ["template: it is not well-formed JSON"]),
            (#"{body: "{", headers: {"Content-Type": "application/JSON"}}"#, ["template.body: it is not well-formed"]),
            (
                #"{body: {a: [{"{{service}}": "{{event}}"}]}}"#,
                ["template.body.a[0].{{service}}: a key cannot hold a placeholder"]
            ),
            (#"{body: {a: NaN}}"#, ["template.body.a: NaN is not JSON"]),
            (#"{body: {a: [1.5, -Infinity]}}"#, ["template.body.a[1]: -Infinity is not JSON"]),
            (#"{method: "A B"}"#, ["template.method: \"A B\" is not a supported method"]),
            (#"{headers: {"Content-Length": "1"}}"#, ["template.headers.Content-Length: it is not the name"]),
            (#"{bdy: "x"}"#, ["template.bdy: unknown key; did you mean body?"]),
            (#"7"#, ["template: 7 is not allowed: give an object"]),
        ]) func aWrongTemplateIsNamed(template: String, findings: [String]) throws
    {
        let found = try ChannelScene.channel("{type: \"webhook\", url: \"http://h/\", template: \(template)}").findings
        #expect(found.count == findings.count, "\(found)")
        for (text, start) in zip(found, findings) { #expect(text.hasPrefix(start), "\(text)") }
    }

    /// A service's words cannot lead to another path.
    @Test(arguments: [(".", "%2E"), ("..", "%2E%2E"), ("...", "..."), ("a/..", "a%2F..")])
    func dotsStayInTheirSegment(service: String, segment: String) async throws {
        let peer = try PeerServer { _ in .status(200) }
        let config = "{type: \"webhook\", url: \"\(peer.url)/a/{{service}}?m={{event}}\", template: \"x\"}"
        #expect(try await ChannelScene.send(ChannelScene.event(service: service), by: config) == .delivered)
        #expect(try await peer.waitForRequest().target == "/a/\(segment)?m=opened")
    }

    @Test func aWrongAddressIsNamed() throws {
        func found(_ url: String) throws -> [String] {
            try ChannelScene.channel("{type: \"webhook\", url: \"\(url)\", template: \"x\"}").findings
        }
        #expect(try found("http://h/{{key}}") == [])
        #expect(try found("ftp://h/{{key}}").first?.hasPrefix("url: it is not a web address") == true)
        #expect(try found("http://h/{{ky}}").first?.hasPrefix("url: unknown placeholder {{ky}}") == true)
    }

    @Test(
        arguments: [
            (#"url: "http://h/{{key}}""#, "url: placeholders need template"),
            (#"url: "http://h/", headers: {Title: "{{service}}"}"#, "headers.Title: it is sent as it is"),
            (
                #"url: "http://h/", headers: {Title: "{{service}}"}, template: "x""#,
                "headers.Title: it is sent as it is"
            ),
            (#"url: "http://h/", headers: {A: "1", a: "2"}"#, "headers.a: another name of this object"),
            (
                #"url: "http://h/", template: {headers: {A: "1", a: "2"}}"#,
                "template.headers.a: another name of this object"
            ),
            (
                #"url: "http://h/", headers: {title: "1"}, template: {headers: {Title: "2"}}"#,
                "headers.title: template.headers has this field too"
            ),
        ]) func whatWouldBeSentLiterallyOrTwiceIsNamed(keys: String, finding: String) throws
    {
        let found = try ChannelScene.channel("{type: \"webhook\", \(keys)}").findings
        #expect(found.count == 1 && found.first?.hasPrefix(finding) == true, "\(found)")
    }

    /// A text with braces that name no placeholder is a text.
    @Test func otherBracesAreText() throws {
        let keys = #"url: "http://h/", headers: {Authorization: "{{abc"}"#
        #expect(try ChannelScene.channel("{type: \"webhook\", \(keys)}").findings == [])
    }

    /// Secret fields are hidden in every log; others, such as a priority, are words like any other.
    @Test func onlySecretFieldsAreHidden() throws {
        let made = try ChannelScene.channel(
            #"{type: "webhook", url: "http://h/", template: {headers: {Priority: "high", "X-Api-Key": "sesame-open"}}}"#
        )
        let secrets = try #require(made.channel?.secrets)
        #expect(secrets.contains("sesame-open"))
        #expect(!secrets.contains("high"))
    }

    @Test func aValueIsWhatTheEventSays() async throws {
        #expect(try await body(#"{body: {a: 1.5, b: [true, null]}}"#) == #"{"a":1.5,"b":[true,null]}"#)
        let values = TemplateValues(ChannelScene.event(.removed, after: 60), key: "k1")
        #expect(values[.status] == "resolved" && values[.duration] == "1 min" && values[.key] == "k1")
        #expect(values[.triggeredAt] == "2026-01-19T16:07:27.500000Z")
        #expect(values[.happenedAt] == "2026-01-19T16:08:27.500000Z")
        #expect(values[.url] == "", "nobody knows it")
        // Under a second is a duration too.
        #expect(TemplateValues(ChannelScene.event(), key: "k1")[.duration] == "0 s")
    }

    /// Servers refuse a header field that is too long.
    @Test func aFieldIsCut() {
        let text = String(repeating: "x", count: 1000)
        #expect(TemplateEscape.header(text) == text)
        #expect(EncodedWords.decode(TemplateEscape.header(text + "x")) == String(text.dropLast()) + "…")
        #expect(TemplateEscape.header("=?utf-8?B?eA==?=") != "=?utf-8?B?eA==?=", "it is no encoded word of ours")
    }
}
