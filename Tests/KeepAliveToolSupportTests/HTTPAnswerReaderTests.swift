import Testing

@testable import KeepAliveToolSupport

struct HTTPAnswerReaderTests {
    typealias Outcome = HTTPAnswerReader.Outcome

    static func complete(_ status: Int, _ body: String) -> Outcome {
        .complete(.init(status: status, body: Array(body.utf8)))
    }

    /// The outcome of the bytes, followed by the end of the stream if they are incomplete.
    static func read(_ text: String) -> Outcome {
        var reader = HTTPAnswerReader()
        let outcome = reader.read(Array(text.utf8))
        return outcome == .incomplete ? reader.end() : outcome
    }

    static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    static let complete: [(String, Outcome)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", complete(200, "hello")),
        ("HTTP/1.0 503 Service Unavailable\r\ncontent-LENGTH:2\r\n\r\nno", complete(503, "no")),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", complete(200, "")),
        ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", complete(200, "ok")),
        ("HTTP/1.1 200 OK\r\nContent-Length: \t 2 \t\r\n\r\nok", complete(200, "ok")),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", complete(200, "ok")),
        ("HTTP/1.1 200 OK\r\n\r\nuntil the end", complete(200, "until the end")),
        ("HTTP/1.1 204 No Content\r\n\r\n", complete(204, "")),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", complete(304, "")),
        (chunked + "5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n", complete(200, "hello!")),
        (chunked + "A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", complete(200, "0123456789")),
        (chunked + "00005\r\nhel\r\n\r\n0\r\n\r\n", complete(200, "hel\r\n")),
        (chunked + "0\r\n\r\n", complete(200, "")),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n2\r\nab\r\n0\r\n\r\n",
            complete(200, "ab")
        ),
        // RFC 9110, section 15.2: interim answers precede the final one, requested or not.
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", complete(200, "ok")),
        ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nok", complete(200, "ok")),
    ]

    @Test(arguments: complete)
    func whole(text: String, expected: Outcome) {
        #expect(Self.read(text) == expected)
    }

    @Test(arguments: complete)
    func inTwoPiecesSplitAnywhere(text: String, expected: Outcome) {
        let bytes = Array(text.utf8)
        for split in 0...bytes.count {
            var reader = HTTPAnswerReader()
            var outcome = reader.read(bytes[..<split])
            if outcome == .incomplete { outcome = reader.read(bytes[split...]) }
            if outcome == .incomplete { outcome = reader.end() }
            #expect(outcome == expected, "split at \(split)")
        }
    }

    @Test(arguments: complete)
    func byteByByte(text: String, expected: Outcome) {
        var reader = HTTPAnswerReader()
        var outcome = Outcome.incomplete
        for byte in text.utf8 where outcome == .incomplete { outcome = reader.read([byte]) }
        if outcome == .incomplete { outcome = reader.end() }
        #expect(outcome == expected)
    }

    @Test(arguments: [
        "", "H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", chunked, chunked + "5", chunked + "5\r\nhello",
        chunked + "5\r\nhello\r\n", chunked + "7fffffffffffffff\r\nx", "HTTP/1.1 100 Continue\r\n\r\n",
    ])
    func cutOff(text: String) {
        #expect(Self.read(text) == .incomplete)
    }

    @Test(arguments: [
        "220 smtp ready\r\n", "SSH-2.0-x", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.x 200 OK\r\n\r\n", "HTTP/1. 200 OK\r\n\r\n", "HTTP/1.+ 200 OK\r\n\r\n",
        "HTTP/1.10 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 8 3 5\r\n\r\nhello",
        // RFC 9110, section 8.6: only digits; two different lengths are an error.
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\nhello",
        chunked + "x\r\n", chunked + "\r\n", chunked + "-1\r\n", chunked + "-0\r\n\r\n",
        chunked + "+5\r\nhello\r\n0\r\n\r\n", chunked + "0x5\r\nhello\r\n0\r\n\r\n",
        chunked + "ffffffffffffffffff\r\n", chunked + "5\r\nhelloX\r\n0\r\n\r\n", chunked + "3\r\nhello\r\n0\r\n\r\n",
    ])
    func malformed(text: String) {
        #expect(Self.read(text) == .malformed)
    }

    @Test func aHeadWithoutEnd() {
        var reader = HTTPAnswerReader()
        let start = Array("HTTP/1.1 200 OK\r\nX: ".utf8)
        #expect(reader.read(start) == .incomplete)
        #expect(reader.read([UInt8](repeating: 0x61, count: 64 * 1024 - start.count)) == .incomplete)
        #expect(reader.read([0x61]) == .malformed)
    }

    @Test func aChunkThatNeverEndsItsSize() {
        var reader = HTTPAnswerReader()
        #expect(reader.read(Array((Self.chunked + "5;").utf8)) == .incomplete)
        #expect(reader.read([UInt8](repeating: 0x61, count: 2048)) == .incomplete)
    }
}
