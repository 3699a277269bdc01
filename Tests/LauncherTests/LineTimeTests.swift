import Testing

@testable import KeepAliveLauncher

struct LineTimeTests {
    private func begins(_ text: String) -> Bool {
        LineTime.begins(Array("\(text)\n".utf8)[...])
    }

    @Test(arguments: [
        "2026-01-19T16:07:27.123456Z INFO x", "2026-01-19 16:07:27,123 - root", "[2026-01-19 16:07:27] x",
        "2026/01/19 16:07:27 x", "2026-1-9 6:07 x", "19.01.2026 16:07:27 x", "01/19/2026, 16:07:27 x",
        "16:07:27 x", "16:07:27.123 x", "[16:07:27] x", "9:07 x", "Jan 19 16:07:27 host x", "Jan  9 16:07:27 x",
        "Mon Jan 19 16:07:27 2026", "Mon, 19 Jan 2026 16:07:27".replacing("19 Jan 2026 ", with: "Jan 19 "),
        "I0119 16:07:27.123456   1 x.go:1] x", "1768838847 x", "1768838847.123 x", "1768838847123 x",
        "[19/Jan/2026:16:07:27 +0000] x", "2026-01-19_16:07:27 x", "{\"level\":\"info\"}", "{}",
    ])
    func times(text: String) {
        #expect(begins(text))
    }

    @Test(arguments: [
        "", "x", "   2026-01-19 16:07:27", "INFO 2026-01-19 16:07:27", "2026-01-19 x", "2026-01-19", "12 players",
        "16:0 x", "16:075 x", "100:00 x", "January is cold", "Jan is here", "May 3 apples", "12345678901 x",
        "17688388470x", "{ not closed", "[x] 16:07", "[", "-1", "2026-01", "1.2.3 released", "192.168.0.1:80 x", "é",
        "Idle", "I0119", "\u{1B}[1m16:07:27",
    ])
    func others(text: String) {
        #expect(!begins(text))
    }
}
