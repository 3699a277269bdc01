import Testing

@testable import KeepAliveKit

/// Each kind of invalid request has its status, however the bytes are split on the network.
struct BadRequestTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let status: HTTPStatus
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ status: HTTPStatus = .badRequest) {
            self.init(name, bytes: Array(text.utf8), status)
        }

        init(_ name: String, bytes: [UInt8], _ status: HTTPStatus = .badRequest) {
            self.name = name
            self.bytes = bytes
            self.status = status
        }

        /// A request that is valid except for the given lines.
        static func fields(_ name: String, _ lines: String, _ status: HTTPStatus = .badRequest) -> Case {
            Case(name, "GET /ping HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", status)
        }

        static func line(_ name: String, _ line: String, _ status: HTTPStatus = .badRequest) -> Case {
            Case(name, "\(line)\r\nHost: a\r\n\r\n", status)
        }
    }

    static let requestLines: [Case] = [
        .line("no spaces", "GARBAGE"),
        .line("no version", "GET /ping"),
        .line("two spaces", "GET  /ping HTTP/1.1"),
        .line("a space at the front", " GET /ping HTTP/1.1"),
        .line("a space at the end", "GET /ping HTTP/1.1 "),
        .line("a space in the target", "GET /a b HTTP/1.1"),
        .line("a tab for a space", "GET\t/ping HTTP/1.1"),
        .line("a method that is no token", "GE(T /ping HTTP/1.1"),
        .line("a method over 32 characters", String(repeating: "A", count: 33) + " / HTTP/1.1"),
        .line("a method that never ends", String(repeating: "A", count: 500)),
        .line("a relative target", "GET ping HTTP/1.1"),
        .line("a target of another scheme", "GET ftp://a/ HTTP/1.1"),
        .line("a target without a host", "GET http:///ping HTTP/1.1"),
        .line("a target whose port is none", "GET http://localhost:http/ping HTTP/1.1"),
        .line("a target with a user", "GET http://a@localhost/ping HTTP/1.1"),
        .line("a target whose bracket is open", "GET http://[::1/ping HTTP/1.1"),
        .line("CONNECT to no authority", "CONNECT /ping HTTP/1.1"),
        .line("a target beyond ASCII", "GET /é HTTP/1.1"),
        .line("DEL in the target", "GET /\u{7F} HTTP/1.1"),
        .line("NUL in the target", "GET /\0 HTTP/1.1"),
        .line("a version in small letters", "GET / http/1.1"),
        .line("a version without digits", "GET / HTTP/1.x"),
        .line("a version of three parts", "GET / HTTP/1.1.1"),
        .line("HTTP/0.9", "GET /"),
        .line("HTTP/3", "GET / HTTP/3.0", .versionNotSupported),
        .line("a bare CR in the line", "GET /\rping HTTP/1.1"),
        Case("a bare LF after the line", "GET /ping HTTP/1.1\nHost: a\r\n\r\n"),
        Case("a bare LF at the front", "\nGET /ping HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Case("TLS client hello", bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]),
        Case("bytes of no protocol", bytes: [0xFF, 0x00, 0x80, 0x0D, 0x0A]),
    ]

    static let headerLines: [Case] = [
        .fields("no colon", "Accept"),
        .fields("an empty name", ": x"),
        .fields("a space before the colon", "Accept : x"),
        .fields("a tab before the colon", "Accept\t: x"),
        .fields("a space in the name", "Ac cept: x"),
        .fields("a name beyond ASCII", "Accépt: x"),
        .fields("a folded line", "Accept: a\r\n b"),
        .fields("a line folded by a tab", "Accept: a\r\n\tb"),
        Case("a folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        .fields("a bare LF in a value", "Accept: a\nb"),
        .fields("a bare CR in a value", "Accept: a\rb"),
        .fields("a bare CR in a name", "Acc\rept: a"),
        .fields("CR CR LF", "Accept: a\r"),
        .fields("NUL in a value", "Accept: a\0b"),
        .fields("a control character in a value", "Accept: a\u{1}b"),
        .fields("DEL in a value", "Accept: a\u{7F}"),
        Case("no Host", "GET / HTTP/1.1\r\nAccept: a\r\n\r\n"),
        Case("no field at all", "GET / HTTP/1.1\r\n\r\n"),
        .fields("two Hosts", "Host: a"),
        Case("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
        Case("a space in the Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        Case("a path in the Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        Case("a user in the Host", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        Case("a Host whose port is none", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
        Case("a Host whose port is signed", "GET / HTTP/1.1\r\nHost: a:+80\r\n\r\n"),
        Case("a Host whose port is too large", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"),
        Case("a Host with a port beyond Int64", "GET / HTTP/1.1\r\nHost: a:99999999999999999999\r\n\r\n"),
        Case("a Host with two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"),
        Case("a Host whose bracket is open", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        Case("a Host whose bracket is closed only", "GET / HTTP/1.1\r\nHost: ::1]\r\n\r\n"),
        Case("a Host with empty brackets", "GET / HTTP/1.1\r\nHost: []:80\r\n\r\n"),
        Case("a Host with one colon in brackets", "GET / HTTP/1.1\r\nHost: [a:1]\r\n\r\n"),
        Case("a Host with one colon before a zone", "GET / HTTP/1.1\r\nHost: [a:%1]\r\n\r\n"),
        Case("a Host with a name in brackets", "GET / HTTP/1.1\r\nHost: [localhost]\r\n\r\n"),
        Case("a Host with something behind the bracket", "GET / HTTP/1.1\r\nHost: [::1]80\r\n\r\n"),
        Case("an IPv6 Host without brackets", "GET / HTTP/1.1\r\nHost: ::1\r\n\r\n"),
        Case("a list of Hosts", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"),
        .fields("an unknown expectation", "Expect: a miracle", .expectationFailed),
    ]

    static let lengths: [Case] = [
        .fields("two different lengths", "Content-Length: 1\r\nContent-Length: 2"),
        .fields("two different lengths of one size", "Content-Length: 12\r\nContent-Length: 13"),
        .fields(
            "two different lengths beyond Int64",
            "Content-Length: 99999999999999999999998\r\nContent-Length: 99999999999999999999999"),
        .fields("a list of lengths", "Content-Length: 1, 2"),
        .fields("an empty length", "Content-Length:"),
        .fields("a negative length", "Content-Length: -1"),
        .fields("a length with a sign", "Content-Length: +1"),
        .fields("a hexadecimal length", "Content-Length: 0x1"),
        .fields("a length with a fraction", "Content-Length: 1.0"),
        .fields("a length beyond Int64", "Content-Length: 99999999999999999999999", .contentTooLarge),
        .fields("a body over 8 KiB", "Content-Length: 8193", .contentTooLarge),
        .fields("chunked", "Transfer-Encoding: chunked", .notImplemented),
        .fields("another coding", "transfer-encoding: identity", .notImplemented),
        .fields("an empty coding", "Transfer-Encoding:", .notImplemented),
        Case("chunked in HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .notImplemented),
        .fields("length, then coding", "Content-Length: 3\r\nTransfer-Encoding: chunked"),
        .fields("coding, then length", "Transfer-Encoding: chunked\r\nContent-Length: 3"),
    ]

    static let tooLong: [Case] = [
        .line("a target over 2 KiB", "GET /" + String(repeating: "a", count: 2048) + " HTTP/1.1", .targetTooLong),
        Case("a target that never ends", "GET /" + String(repeating: "a", count: 2048), .targetTooLong),
        .fields("a head over 8 KiB", "X: " + String(repeating: "a", count: 8192), .headTooLarge),
        .fields("many fields over 8 KiB", String(repeating: "A: b\r\n", count: 1400) + "C: d", .headTooLarge),
        Case("a field that never ends", "GET / HTTP/1.1\r\nX:" + String(repeating: "a", count: 8190), .headTooLarge),
        Case("only line ends", String(repeating: "\r\n", count: 4097), .headTooLarge),
    ]

    @Test(arguments: requestLines + headerLines + lengths)
    func isRefusedWhereverTheBytesAreCut(_ bad: Case) {
        let expected = Exchange.Outcome(answers: [.rejected(bad.status)], phase: .lingering)
        #expect(Exchange.outcome(of: bad.bytes) == expected)
        #expect(Exchange.outcome(of: bad.bytes, cutAt: 1..<bad.bytes.count) == expected, "one byte at a time")
        for cut in 1..<bad.bytes.count where Exchange.outcome(of: bad.bytes, cutAt: [cut]) != expected {
            Issue.record("another answer when cut at \(cut)")
        }
    }

    @Test(arguments: tooLong)
    func isTooLongWhereverTheBytesAreCut(_ bad: Case) {
        let expected = Exchange.Outcome(answers: [.rejected(bad.status)], phase: .lingering)
        #expect(Exchange.outcome(of: bad.bytes) == expected)
        // Coarser than above, because each cut reads kilobytes again.
        for step in [7, 509, 1021, 2048] {
            #expect(
                Exchange.outcome(of: bad.bytes, cutAt: stride(from: step, to: bad.bytes.count, by: step)) == expected,
                "in pieces of \(step)")
        }
    }

    /// Bytes after a refused request must not count as another request: that would allow smuggling.
    @Test(arguments: requestLines + headerLines + lengths)
    func nothingBehindItIsServed(_ bad: Case) {
        var exchange = Exchange()
        exchange.receive("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
        exchange.receive(bad.bytes + Array("\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        exchange.receive("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(exchange.answers == [.served(.get, path: "/first", body: 0), .rejected(bad.status)])
    }

    @Test func theLimitsThemselvesAreAllowed() {
        let target = "/" + String(repeating: "a", count: 2047)
        #expect(served("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n") == [.served(.get, path: target, body: 0)])

        let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        let head = start + String(repeating: "a", count: 8192 - start.utf8.count - 4) + "\r\n\r\n"
        #expect(head.utf8.count == 8192)
        #expect(served(head) == [.served(.get, path: "/", body: 0)])
        #expect(served(head.replacing("X: ", with: "X: a")) == [.rejected(.headTooLarge)])

        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8192\r\n\r\n" + String(repeating: "b", count: 8192)
        #expect(served(post) == [.served(.post, path: "/", body: 8192)])
        let method = String(repeating: "A", count: 32)
        #expect(served("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n") == [.served(.other, path: "/", body: 0)])
    }

    private func served(_ text: String) -> [Exchange.Answer] {
        Exchange.outcome(of: Array(text.utf8)).answers
    }
}
