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
}
