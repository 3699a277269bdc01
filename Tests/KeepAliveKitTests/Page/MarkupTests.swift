import Testing

@testable import KeepAliveKit

struct MarkupTests {
    @Test(
        arguments: [
            ("plain", "plain"), ("<script>", "&lt;script&gt;"), ("a & b", "a &amp; b"), ("\"'", "&quot;&#39;"),
            ("&lt;", "&amp;lt;"), ("a\u{0}b\u{1B}[31mc", "ab[31mc"), ("a\r\nb\tc", "a  b c"),
            ("\u{FFFE}x\u{FFFF}", "x"), ("\u{85}x\u{7F}", "x"), ("x\u{7F}y", "xy"), ("x\u{1F}y", "xy"),
            ("x ~y", "x ~y"), ("مرحبا", "مرحبا"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("", ""),
            // A mark after it merges both into one Character, but the bracket still counts.
            ("<\u{301}script>", "&lt;\u{301}script&gt;"),
        ])
    func textIsMadeHarmless(text: String, safe: String) {
        let markup: Markup = "<p title=\"\(text)\">\(text)</p>"
        #expect(markup.text == "<p title=\"\(safe)\">\(safe)</p>")
    }

    @Test func markupStaysMarkup() {
        let inner: Markup = "<b>\("<")</b>"
        let none: Markup? = nil
        #expect(("<p>\(inner)\(none)\(7)</p>" as Markup).text == "<p><b>&lt;</b>7</p>")
        #expect(Markup(each: ["a", "&"]) { "<i>\($0)</i>" }.text == "<i>a</i><i>&amp;</i>")
    }
}
