import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthCheck

struct PlainTextTests {
    @Test(
        arguments: [
            ("", ""), ("Größe 日本 👍\nzwei", "Größe 日本 👍\nzwei"), ("\u{1B}[2J", "\\u001b[2J"),
            ("a\r\nb\t", "a\\u000d\nb\\u0009"),
            ("\u{9B}31m\u{7F}\0", "\\u009b31m\\u007f\\u0000"), ("\u{202E}x\u{2066}\u{2028}", "\\u202ex\\u2066\\u2028"),
            ("\u{200E}\u{200F}\u{61C}", "\\u200e\\u200f\\u061c"), ("\u{9F}\u{2069}", "\\u009f\\u2069"),
            ("~\u{A0}\u{61B}\u{200D}\u{2030}\u{2065}\u{206A}", "~\u{A0}\u{61B}\u{200D}\u{2030}\u{2065}\u{206A}"),
        ] as [(String, String)])
    func shows(text: String, expected: String) {
        #expect(PlainText.of(text) == expected)
    }

    /// Escape sequences in every place that prints a peer's text.
    @Test(arguments: [Options.Output.text, .nagios, .json])
    func noVerdictMovesTheCursor(output: Options.Output) throws {
        let evil = "\u{1B}]0;title\u{7}\u{9B}2J\u{202E}\r\nhealthy: all is well"
        let findings = [
            try #require(Report.finding(["reasons": [.string(evil)], "status": "unhealthy"])), .unreachable(evil),
            .stranger("is the bot \(evil)"),
        ]
        for finding in findings {
            let verdict = Verdict(finding, as: output)
            let acts = verdict.text.unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" || 0x7F...0x9F ~= $0.value }
            #expect(acts.isEmpty, "\(verdict.text.debugDescription)")
            #expect(!verdict.text.contains("\u{202E}"))
            #expect(!verdict.text.contains("\nhealthy"))
            if output == .json { #expect(throws: Never.self) { try JSON(parsing: verdict.text) } }
        }
    }

    @Test func theBotsJSONKeepsItsMeaning() throws {
        // A JSON string may contain these unescaped (RFC 8259, section 7).
        let words = "a\u{7F}\u{9B}\u{202E}\u{2028}\\u"
        let finding = try #require(Report.finding(["reasons": [.string(words)]]))
        let verdict = Verdict(finding, as: .json)
        #expect(try JSON(parsing: verdict.text)["reasons"] == [.string(words)])
        #expect(!verdict.text.unicodeScalars.contains("\u{9B}"))
    }
}
