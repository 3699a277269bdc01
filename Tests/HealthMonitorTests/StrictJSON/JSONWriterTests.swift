import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        String(decoding: JSONWriter.document(write), as: UTF8.self)
    }

    @Test func nesting() {
        let json = text { json in
            json.field("a", 1)
            json.object("b") { $0.field("c", nil as String?) }
            json.array("d", 0..<2) { json, item in json.object { $0.field("e", item) } }
            json.array("f", [Int]()) { _, _ in }
            json.field("g", json: "[1]")
            json.field("h", true)
            json.field("i", WallTime(microseconds: 0))
        }
        #expect(
            json == #"{"a":1,"b":{"c":null},"d":[{"e":0},{"e":1}],"f":[],"g":[1],"h":true,"#
                + #""i":"1970-01-01T00:00:00.000000Z"}"# + "\n")
    }

    @Test(
        arguments: [
            (1.0, "1.0"), (12.3456, "12.346"), (99.9999, "100.0"), (1e300, "1e+300"),
            (.infinity, "null"), (.nan, "null"), (nil, "null"),
        ] as [(Double?, String)])
    func numbers(number: Double?, expected: String) {
        #expect(text { $0.field("n", number) } == "{\"n\":\(expected)}\n")
    }

    @Test func textsAreEscaped() throws {
        let nasty = "\"\\\u{0}\u{1F}\u{7F}\r\n é 🎲 \u{2028}"
        #expect(try JSON(parsing: text { $0.field("t", nasty) })["t"]?.string == nasty)
    }
}
