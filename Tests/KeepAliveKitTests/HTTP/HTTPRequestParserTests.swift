import Testing

@testable import KeepAliveKit

struct HTTPRequestParserTests {
    private func parse(_ text: String) throws -> HTTPRequest {
        var parser = HTTPRequestParser()
        let bytes = Array(text.utf8)
        let outcome = parser.parse(bytes.span)
        guard case .head(let request) = outcome else { throw Unexpected(outcome: outcome) }
        return request
    }

    private struct Unexpected: Error {
        let outcome: HTTPRequestParser.Outcome
    }

    private func head(_ fields: String = "", line: String = "GET /ping HTTP/1.1") -> String {
        "\(line)\r\nHost: localhost:8001\r\n\(fields)\r\n"
    }

    @Test func notesWhatTheServerNeeds() throws {
        let text = head(
            "ACCEPT:text/html\r\nAuthorization: \t Bearer x \t\r\nContent-Length: 3\r\nContent-Length: 3\r\n"
                + "Expect: 100-Continue\r\nX-Unknown: é\r\n", line: "POST /restart?now HTTP/1.1")
        let request = try parse(text + "abc")
        let bytes = Array(text.utf8)
        func value(_ range: Range<Int>?) -> String? { range.map { String(decoding: bytes[$0], as: UTF8.self) } }
        #expect(request.method == .post)
        #expect(value(request.path) == "/restart")
        #expect(value(request.host) == "localhost:8001")
        #expect(value(request.accept) == "text/html")
        #expect(value(request.authorization) == "Bearer x")
        #expect(!request.hasManyAuthorizations)
        #expect(request.contentLength == 3)
        #expect(request.expectsContinue)
        #expect(request.headLength == bytes.count)
        #expect(request.length == bytes.count + 3)
        #expect(request.markers.isEmpty)
    }

    @Test func emptyLinesBeforeTheRequestAreSkipped() throws {
        let request = try parse("\r\n\r\n" + head())
        #expect(request.method == .get)
        #expect(request.path == 8..<13)
    }

    @Test(arguments: [
        ("Origin: null", HTTPRequest.Markers.origin), ("sec-fetch-SITE: none", .secFetch),
        ("Sec-Fetch-Mode: navigate", .secFetch), ("Sec-Fetch-Dest: image", .secFetch), ("Sec-Fetch-: a", .secFetch),
        ("Sec-Fetch: a", .init()), ("Forwarded:", .forwarded),
        ("X-Forwarded-For: 127.0.0.1", .xForwarded), ("x-forwarded-proto: http", .xForwarded),
        ("X-Forwarded-Anything:", .xForwarded), ("X-Forwarded: for", .xForwarded), ("Referer: a", .referer),
        ("COOKIE: a=b", .cookie), ("X-Real-IP: 1.2.3.4", .realIP), ("cf-connecting-ip: 1.2.3.4", .connectingIP),
        ("Via: 1.1 a", .via), ("Vias: 1.1 a", .init()), ("X-Via: b", .init()), ("Sec-WebSocket-Key: a", .init()),
        ("X-Forward: a", .init()), ("Cookies: a", .init()),
    ])
    func marksBrowsersAndProxies(field: String, marker: HTTPRequest.Markers) throws {
        #expect(try parse(head("\(field)\r\n")).markers == marker)
    }

    @Test func aSecondAuthorizationIsNoticed() throws {
        #expect(try parse(head("Authorization: a\r\nAuthorization: b\r\n")).hasManyAuthorizations)
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "close", false), ("HTTP/1.1", "Upgrade, CLOSE", false),
        ("HTTP/1.1", "closed", true), ("HTTP/1.1", ",, ,", true), ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Keep-Alive", true), ("HTTP/1.0", "keep-alive, close", false), ("HTTP/1.9", "", true),
    ])
    func keepsTheConnection(version: String, connection: String, keepsAlive: Bool) throws {
        let field = connection.isEmpty ? "" : "Connection: \(connection)\r\n"
        #expect(try parse(head(field, line: "GET / \(version)")).keepsAlive == keepsAlive)
    }

    @Test(arguments: [
        ("/", "/"), ("/health", "/health"), ("/health?a=/b", "/health"), ("/?", "/"), ("/a%20b", "/a%20b"),
        ("//", "//"), ("http://a/ping", "/ping"), ("HTTP://A:80/ping?x", "/ping"), ("https://a/", "/"),
        ("http://a", ""), ("http://a?x", ""), ("http://[::1]:80/livez", "/livez"), ("http://a:/ping", "/ping"),
    ])
    func findsThePath(target: String, path: String) throws {
        let text = head(line: "GET \(target) HTTP/1.1")
        let request = try parse(text)
        #expect(String(decoding: Array(text.utf8)[request.path], as: UTF8.self) == path)
    }

    @Test(
        arguments: [
            ("/", nil), ("/?", ""), ("/a?b=c", "b=c"), ("/a?b?c", "b?c"), ("//?%00", "%00"), ("http://a", nil),
            ("http://a?x", "x"), ("http://a/b?x=/?", "x=/?"), ("/#?a", "a"),
        ] as [(String, String?)])
    func findsTheQuery(target: String, query: String?) throws {
        let text = head(line: "GET \(target) HTTP/1.1")
        let request = try parse(text)
        #expect(request.query.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) } == query)
    }

    @Test(arguments: [
        ("X-Api-Key: a", ["a"]), ("x-api-key:a", ["a"]), ("X-API-KEY: \t a b \t", ["a b"]), ("X-API-Key:", [""]),
        ("X-API-Key: \t ", [""]), ("X-API-Key: a\r\nB: c\r\nx-api-key: d", ["a", "d"]), ("X-API-Keys: a", []),
        ("Y-X-API-Key: a", []), ("B: X-API-Key: a", []), ("X-API-Key: a:b", ["a:b"]), ("B: c", []),
    ])
    func fieldsAreFoundByName(lines: String, values: [String]) throws {
        let text = "\r\n" + head("\(lines)\r\n", line: "POST /x-api-key:z HTTP/1.1")
        // The body is not part of the head, whatever it looks like.
        let bytes = Array((text + "X-API-Key: body\r\n").utf8)
        let request = try parse(String(decoding: bytes, as: UTF8.self))
        let found = request.fields("x-api-key", in: bytes.span).map { String(decoding: bytes[$0], as: UTF8.self) }
        #expect(found == values)
    }

    @Test(arguments: ["", "\r\n"])
    func theFirstFieldIsFoundToo(before: String) throws {
        let text = "\(before)GET / HTTP/1.1\r\nX-API-Key: a\r\nHost: b\r\n\r\n"
        let request = try parse(text)
        let bytes = Array(text.utf8)
        let found = request.fields("x-api-key", in: bytes.span).map { String(decoding: bytes[$0], as: UTF8.self) }
        #expect(found == ["a"])
    }

    @Test func theBodyFollowsTheHead() throws {
        let text = head("Content-Length: 3\r\n", line: "POST / HTTP/1.1") + "abcGET"
        let request = try parse(text)
        #expect(String(decoding: Array(text.utf8)[request.body], as: UTF8.self) == "abc")
        #expect(try parse(head()).body.isEmpty)
    }

    @Test(arguments: [
        ("GET", HTTPRequest.Method.get), ("HEAD", .head), ("POST", .post), ("DELETE", .delete),
        ("get", .other), ("delete", .other), ("PATCH", .other),
    ])
    func methodsAreCaseSensitive(word: String, method: HTTPRequest.Method) throws {
        #expect(try parse(head(line: "\(word) / HTTP/1.1")).method == method)
    }

    @Test func targetsOfOtherMethods() throws {
        for line in ["OPTIONS * HTTP/1.1", "CONNECT a:443 HTTP/1.1", "CONNECT [::1]:1 HTTP/1.1"] {
            let request = try parse(head(line: line))
            #expect(request.method == .other)
            #expect(!request.namesPath)
        }
        #expect(try parse(head(line: "OPTIONS /ping HTTP/1.1")).namesPath)
        #expect(throws: Unexpected.self) { try parse(head(line: "GET * HTTP/1.1")) }
    }

    @Test(arguments: ["http://localhost:8001/restart", "http://[::1]", "https://localhost?a"])
    func aWholeAddressHasItsHost(target: String) throws {
        let text = head(line: "GET \(target) HTTP/1.1")
        let request = try parse(text)
        let authority = try #require(request.authority.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) })
        #expect(["localhost:8001", "[::1]", "localhost"].contains(authority))
        #expect(try parse(head()).authority == nil)
    }

    @Test(arguments: [
        "a", "a:80", "a:", "a.b.example:65535", "127.0.0.1:1", "[::1]", "[::1]:8001", "[fe80::1%25eth0]:80", "a_b",
        "[::ffff:127.0.0.1]:0", "xn--a", "a%20b", "",
    ])
    func hostsThatAreWellFormed(host: String) throws {
        #expect(try parse("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").host != nil)
    }

    @Test func hostIsOptionalInHTTP10AndMayBeEmpty() throws {
        #expect(try parse("GET / HTTP/1.0\r\n\r\n").host == nil)
        #expect(try parse("GET / HTTP/1.1\r\nHost:\r\n\r\n").host?.isEmpty == true)
    }

    @Test func looksNoFurtherThanTheHead() throws {
        var parser = HTTPRequestParser()
        let bytes = Array((head() + "\nGET broken").utf8)
        let part = parser.parse(bytes.span.extracting(0..<20))
        #expect(part == .incomplete)
        guard case .head(let request) = parser.parse(bytes.span) else {
            Issue.record("what follows the head is the next request's")
            return
        }
        #expect(request.headLength == head().utf8.count)
    }

    /// A token allows exactly the characters of RFC 9110, section 5.6.2.
    @Test func tokenCharacters() {
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let allowed = Set("!#$%&'*+-.^_`|~0123456789\(letters)\(letters.uppercased())".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(isToken(byte) == allowed.contains(byte), "\(byte)")
        }
    }
}
