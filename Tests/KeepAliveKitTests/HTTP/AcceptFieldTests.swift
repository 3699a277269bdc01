import Testing

@testable import KeepAliveKit

struct AcceptFieldTests {
    @Test(arguments: [
        ("text/html", true), ("TEXT/HTML", true), (" text/html ; charset=utf-8 ", true), ("", false), ("*/*", false),
        ("application/json", false), ("text/*", false), ("text/html;q=0", false), ("text/html;q=0.001", true),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true), ("application/json,text/html", true),
        ("application/json,text/html;q=0.9", false), ("application/json;q=0.5,text/html;q=0.5", true),
        ("text/html;q=0.4,*/*;q=0.5", false), ("text/html;q=0.4,application/*;q=0.5", false),
        ("text/html;q=0.6,*/*,application/*;q=0.5", true), ("text/html;q=0.6,application/json;q=0.5,*/*", true),
        ("text/html;q=x", true), ("text/html;q=9", true), ("text/html;q=-1", false), ("text/html;q=nan", false),
        ("text/html;q", true), (",,;;,", false), (";q=1", false), ("text/htmlx", false), ("xtext/html", false),
        // What a type is worth that is no JSON does not matter.
        ("text/html;q=0.9,image/png", true), ("image/png,text/html;q=0.1", true),
    ])
    func prefersHTML(field: String, prefers: Bool) {
        #expect(AcceptField.prefers("text/html", in: Array(field.utf8)) == prefers)
    }

    @Test func bytesThatAreNoTextPreferNothing() {
        #expect(!AcceptField.prefers("text/html", in: [0xFF, 0x2C, 0x80, 0x3B]))
    }
}
