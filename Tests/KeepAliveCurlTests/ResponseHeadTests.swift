import Testing

@testable import KeepAliveCurl

struct ResponseHeadTests {
    private func head(_ lines: [String]) -> ResponseHead {
        var head = ResponseHead()
        let taken = lines.map { head.take(Array($0.utf8)) }
        #expect(!taken.contains(false))
        return head
    }

    @Test func foldedLinesBecomeOneValue() {
        let head = head([
            " before any field\r\n", "HTTP/1.1 200 OK\r\n", " before any field\r\n", "A: one\r\n", " \r\n",
            "\ttwo \r\n",
            "B:\r\n", "  x\r\n", "C: y\r\n",
        ])
        #expect(head.fields.map(\.name) == ["A", "B", "C"])
        #expect(head.fields.map(\.value) == ["one two", "x", "y"])
    }

    /// As many lines as a head may have: with a copy of the value for each, they would take minutes.
    @Test(.timeLimit(.minutes(1))) func manyFoldedLinesTakeNoTime() {
        let count = ResponseHead.maximumBytes / 4 - 10
        let head = head(["A: a\r\n"] + Array(repeating: " a\r\n", count: count))
        #expect(head.fields.map { $0.value.utf8.count } == [2 * count + 1])
        var full = head
        let isTaken = full.take([UInt8](repeating: 0x41, count: 100))
        #expect(!isTaken)
    }

    @Test func interimAnswersAndTrailersAreDropped() {
        let head = head([
            "HTTP/1.1 100 Continue\r\n", "A: interim\r\n", "\r\n", "HTTP/1.1 103 Early Hints\r\n", "B: early\r\n",
            "\r\n", "B: not a field of any head\r\n", "HTTP/1.1  200 OK\r\n", "C: 1\r\n",
        ])
        #expect(head.fields.map(\.name) == ["C"])
        let whole = self.head([
            "HTTP/1.1 103 Early Hints\r\n", "A: early\r\n", "\r\n", "HTTP/1.1 200 OK\r\n", "B: 1\r\n", "\r\n",
            "C: a trailer\r\n", "HTTP/1.1 100 is a trailer too\r\n", "D: 2\r\n",
        ])
        #expect(whole.fields.map(\.name) == ["B"])
        #expect(whole.fields.map(\.value) == ["1"])
    }

    @Test func aHeadMayHaveExactlyItsLimit() {
        var head = ResponseHead()
        let taken = [ResponseHead.maximumBytes - 1, 1, 1].map { head.take([UInt8](repeating: 0x41, count: $0)) }
        #expect(taken == [true, true, false])
        #expect(ResponseHead.maximumBytes == 262_144)
    }
}
