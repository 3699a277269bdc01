import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The results for the bodies of real services.
@Suite(.timeLimit(.minutes(2)))
struct HTTPBodyTests {
    /// One answer, byte by byte.
    private struct Answer: Sendable {
        var status = 200
        var body: [UInt8]
        var fields = "Content-Type: application/json\r\n"

        init(_ body: String, status: Int = 200, type: String = "application/json") {
            self.init(Array(body.utf8), status: status, type: type)
        }

        init(_ body: [UInt8], status: Int = 200, type: String = "application/json") {
            self.status = status
            self.body = body
            fields = "Content-Type: \(type)\r\n"
        }
    }

    private func look(_ answer: Answer, _ keys: [String: JSONValue] = [:]) async throws -> ProbeResult {
        let server = try ScriptedServer { peer in
            guard peer.readHead() != nil else { return }
            peer.send(
                "HTTP/1.1 \(answer.status) Status\r\n\(answer.fields)Content-Length: \(answer.body.count)\r\n\r\n")
            peer.send(answer.body)
            peer.waitForEnd()
        }
        let url = JSONValue.string("http://127.0.0.1:\(server.port)/")
        return await probeOnce(try makeProbe(HTTPProbe.self, keys.merging(["url": url]) { $1 }))
    }

    private static func utf16(_ text: String, bigEndian: Bool = false) -> [UInt8] {
        text.utf16.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit))
            return bigEndian ? [high, low] : [low, high]
        }
    }

    private static let kit = """
        {"status":"unhealthy","uptime_seconds":1.5,"last_update_ago":1,"total_updates":2,"total_errors":0,"error_rate":0,
        "timestamp":"2026-01-19T16:07:27.123456Z","bot_version":"1","reasons":["The body does not run."]}
        """

    @Test func marksAndCharsets() async throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        #expect(try await look(Answer(mark + Array(Self.kit.utf8))).status == .unhealthy)
        let wide = [0xFF, 0xFE] + Self.utf16(Self.kit)
        #expect(try await look(Answer(wide)).status == .unhealthy)
        let up: [String: JSONValue] = ["jsonPath": .string("$.status"), "equals": .string("UP")]
        #expect(try await look(Answer(mark + Array(#"{"status":"UP"}"#.utf8)), up).status == .healthy)
        let words: [String: JSONValue] = ["expectBody": .string("größer")]
        let latin: [UInt8] = [0x67, 0x72, 0xF6, 0xDF, 0x65, 0x72]
        for (body, type) in [
            (latin, "text/html; charset=ISO-8859-1"), (latin, "text/plain; charset=\"windows-1252\""),
            (latin, "text/html"), (Array("größer".utf8), "text/html; charset=UTF-8"),
            (Array("größer".utf8), "text/html"),
            // The charset is wrong, but the bytes are those of the text.
            (Array("größer".utf8), "text/html; charset=ISO-8859-1"),
            ([0xFE, 0xFF] + Self.utf16("größer", bigEndian: true), "text/plain"),
            (Self.utf16("größer"), "text/plain; charset=utf-16le"),
        ] {
            #expect(try await look(Answer(body, type: type), words).status == .healthy, "\(type)")
        }
        #expect(try await look(Answer("gr", type: "text/html; charset=no-such//thing"), words).status == .unhealthy)
    }

    /// Without a mark UTF-16 is little-endian; the mark of UTF-32 begins like that of UTF-16.
    @Test func wideCharacters() {
        let text = Array("größer".utf8)
        #expect(BodyText.utf8(Self.utf16("größer"), contentType: "text/plain; charset=utf-16") == text)
        let little = "größer".unicodeScalars.flatMap { scalar -> [UInt8] in
            [UInt8(truncatingIfNeeded: scalar.value), UInt8(truncatingIfNeeded: scalar.value >> 8), 0, 0]
        }
        let big = "größer".unicodeScalars.flatMap { scalar -> [UInt8] in
            [0, 0, UInt8(truncatingIfNeeded: scalar.value >> 8), UInt8(truncatingIfNeeded: scalar.value)]
        }
        #expect(BodyText.utf8([0xFF, 0xFE, 0, 0] + little, contentType: nil) == text)
        #expect(BodyText.utf8([0, 0, 0xFE, 0xFF] + big, contentType: nil) == text)
    }

    @Test(
        arguments: [
            ("text/html; charset", nil), ("text/html; charset=", nil), ("text/html;charset= \"UTF-8\" ", "utf-8"),
            ("text/html; boundary=x; charset='y'", "y"), ("charset=x", nil),
        ] as [(String, String?)])
    func aCharsetIsAParameterWithAValue(type: String, charset: String?) {
        #expect(BodyText.charset(type) == charset)
    }

    /// A long body may be cut within its last character, and is UTF-8 all the same.
    @Test func aCutCharacterIsNoOtherCharset() {
        for last in ["ö", "接", "😀"] {
            let body = Array("größer \(last)".utf8)
            for missing in 0..<last.utf8.count {
                let cut = Array(body.dropLast(missing))
                #expect(BodyText.utf8(cut, contentType: nil) == cut, "\(last) without \(missing)")
            }
        }
    }

    @Test func aCodingThatIsNone() async throws {
        var answer = Answer("all is well")
        answer.fields = "Content-Encoding: utf-8\r\n"
        #expect(try await look(answer, ["expectBody": .string("all is well")]).status == .healthy)
    }

    @Test func whatTheTargetExpectsWins() async throws {
        let jsend = Answer(#"{"status":"fail","message":"token missing"}"#, status: 401)
        let expected: [String: JSONValue] = ["expectStatus": .integer(401)]
        #expect(try await look(jsend, expected).message == "HTTP 401")
        #expect(try await look(jsend).message == "HTTP 401 (expected 200–299): token missing")
        let draft = Answer(#"{"status":"fail","output":"no database"}"#, type: "application/health+json")
        #expect(try await look(draft, ["expectStatus": .integer(200)]).status == .healthy)
        #expect(try await look(draft, ["expectBody": .string("no database")]).status == .healthy)
        #expect(try await look(draft, ["jsonPath": .string("$.status"), "equals": .string("fail")]).status == .healthy)
        #expect(try await look(draft, ["expectBody": .string("absent")]).status == .unhealthy)
        #expect(try await look(draft).message == "HTTP 200: no database")
        let silent = Answer(#"{"status":"fail","version":"1"}"#)
        #expect(try await look(silent).message == "HTTP 200, but the body reports unhealthy")
    }

    /// A number is expected by its value, not by its notation; ids of chats and messages need all their digits.
    @Test(
        arguments: [
            ("3.0", .integer(3), true), ("1e3", .integer(1000), true), ("5e-1", .number(0.5), true),
            ("9007199254740993", .integer(9_007_199_254_740_993), true),
            ("9007199254740993", .integer(9_007_199_254_740_992), false), ("3", .string("3"), false),
        ] as [(String, JSONValue, Bool)])
    func aValueIsExpected(found: String, expected: JSONValue, isMet: Bool) {
        let body = Array(#"{"a":\#(found)}"#.utf8)
        let response = HTTPClientResponse(status: 200, headers: [], body: body, elapsed: .zero)
        let expectations = HTTPExpectations(reading: ConfigurationSection(["jsonPath": "$.a", "equals": expected]))
        #expect(expectations.findings(response, text: body).isEmpty == isMet)
    }

    @Test(
        arguments: [
            (
                #"{"name":"influxdb","message":"query engine not ready","status":"fail","checks":[],"version":"v2"}"#,
                "query engine not ready"
            ),
            (
                #"{"type":"about:blank","title":"Unavailable","status":503,"detail":"no database"}"#,
                "no database; Unavailable"
            ),
            (#"{"error":{"code":503,"message":"overloaded"}}"#, "overloaded"),
            (#"{"errors":[{"message":"shard lost"}]}"#, "shard lost"),
            (#"[{"message":"shard lost"}]"#, "shard lost"), (#"{"errors":["a","b","c","d"]}"#, "a; b; c"),
            (#"{"error":{"error":{"message":"deep"}}}"#, "deep"),
            (#"{"error":{"error":{"error":{"message":"too deep"}}}}"#, nil),
            (#"{"errors":[{"errors":[{"errors":[{"message":"too deep"}]}]}]}"#, nil),
            (
                #"{"status":"DOWN","components":{"db":{"status":"DOWN","details":{"error":"refused"}},"ping":{"status":"UP"}}}"#,
                "db: refused"
            ),
            (#"{"status":"Unhealthy","entries":{"queue":{"status":"Unhealthy","description":"full"}}}"#, "queue: full"),
            (#"{"message":"turn\u202Eed\nover"}"#, "turn ed over"), ("<html>", nil), (#"{"a":1}"#, nil), ("[1]", nil),
        ] as [(String, String?)])
    func aServicesOwnWords(body: String, words: String?) async throws {
        let message = try await look(Answer(body, status: 503)).message
        #expect(message == "HTTP 503 (expected 200–299)" + (words.map { ": \($0)" } ?? ""))
    }

    @Test func aPartOfALongBody() async throws {
        let long = Answer([UInt8](repeating: 0x20, count: HTTPProbe.mostBytes + 1) + Array("end".utf8))
        let text = try await look(long, ["expectBody": .string("end")])
        #expect(text.message.contains("the body lacks the expected text in its first 1024 KiB"))
        let path = try await look(long, ["jsonPath": .string("$.a")])
        #expect(path.message.contains("only its first 1024 KiB were read"))
        #expect(try await look(long).status == .healthy)
    }
}

/// The parts of a request that follow a redirect.
@Suite(.timeLimit(.minutes(2)))
struct HTTPRedirectTests {
    private func look(_ url: String, _ keys: [String: JSONValue] = [:]) async throws -> ProbeResult {
        await probeOnce(try makeProbe(HTTPProbe.self, keys.merging(["url": .string(url)]) { $1 }))
    }

    private static func redirect(_ status: Int, _ location: String, _ more: String = "") -> String {
        "HTTP/1.1 \(status) Moved\r\nLocation: \(location)\r\n\(more)Content-Length: 0\r\n\r\n"
    }

    @Test func cookiesAndCredentialsStayWithTheirHost() async throws {
        let other = try ScriptedServer { _ in ScriptedServer.answer("{}") }
        let server = try ScriptedServer { path in
            switch path {
            case "/login": Self.redirect(302, "/in", "Set-Cookie: t=1; Path=/\r\n")
            case "/away": Self.redirect(307, "http://localhost:\(other.port)/")
            default: ScriptedServer.answer("{}")
            }
        }
        #expect(try await look("http://u:p@127.0.0.1:\(server.port)/login").status == .healthy)
        let inside = try #require(server.requests.elements.last)
        #expect(inside.contains("Cookie: t=1\r\n"))
        #expect(inside.contains("Authorization: Basic dTpw\r\n"))
        let keys: [String: JSONValue] = [
            "method": .string("POST"), "body": .string("hidden words"),
            "headers": .object(["X-Own": .string("abc"), "Authorization": .string("Bearer abc")]),
        ]
        #expect(try await look("http://127.0.0.1:\(server.port)/away", keys).status == .healthy)
        let away = try #require(other.requests.elements.last)
        #expect(away.hasPrefix("POST / "))
        #expect(!away.contains("abc"))
        #expect(away.contains("Content-Length: 0\r\n"))
    }

    @Test(arguments: [300, 304, 305])
    func answersThatAreNoRedirects(status: Int) async throws {
        let server = try ScriptedServer { _ in Self.redirect(status, "/elsewhere") }
        let result = try await look(
            "http://127.0.0.1:\(server.port)/", ["expectStatus": .integer(Int64(status))])
        #expect(result.message == "HTTP \(status)")
        #expect(server.requests.elements.count == 1)
    }

    @Test(arguments: [(1, ProbeStatus.unhealthy), (2, .healthy)])
    func soManyRedirectsAreFollowed(most: Int, status: ProbeStatus) async throws {
        let server = try ScriptedServer { path in
            switch path {
            case "/a": Self.redirect(302, "/b")
            case "/b": Self.redirect(302, "/c")
            default: ScriptedServer.answer("{}")
            }
        }
        let result = try await look("http://127.0.0.1:\(server.port)/a", ["maxRedirects": .integer(Int64(most))])
        #expect(result.status == status)
    }

    @Test(arguments: ["http://0x7f.1/", "http://a|b/", "http://127.0.0.1:0/", "http://a\\b/", "ftp://127.0.0.1/"])
    func redirectsToNowhere(location: String) async throws {
        let server = try ScriptedServer { _ in Self.redirect(302, location) }
        let result = try await look("http://127.0.0.1:\(server.port)/")
        #expect(result.status == .unhealthy)
        #expect(result.message.hasPrefix("HTTP 302 redirects to something that is not a web address: "))
    }

    @Test func anotherScheme() throws {
        var request = HTTPClientRequest(url: "http://a/", method: "PUT", body: [1])
        request.headers = [("Authorization", "x"), ("Cookie", "x"), ("X-Own", "x"), ("X-Api-Key", "x")]
        let (plain, secure) = (try Endpoint(url: "http://a/"), try Endpoint(url: "https://A:8443/"))
        RedirectRule.follow(&request, from: plain, to: secure, status: 307)
        #expect(request.headers.map(\.name) == ["X-Own", "X-Api-Key"])
        #expect(request.body == [1])
        RedirectRule.follow(&request, from: secure, to: plain, status: 307)
        #expect(request.headers.map(\.name) == ["X-Own"])
        RedirectRule.follow(&request, from: plain, to: try Endpoint(url: "http://a:81/"), status: 307)
        #expect(request.headers.isEmpty && request.body == nil)
    }
}
