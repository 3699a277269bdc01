import Testing

@testable import KeepAliveTestSupport

struct ManualPageTests {
    private let page = ManualPage(
        path: "/docs/man/tool.1",
        text: """
            .Sh NAME
            .Sh EXIT STATUS
            .Op Fl -all | Fl q
            .It Fl -port Ar N , Fl -
            The text names Fl -none and Ev NONE.
            .Pq Ev PORT , LOG_LEVEL .
            .It Ev PATH
            """)

    @Test func macrosAreRead() {
        #expect(page.flags == ["--all", "-q", "--port", "--"])
        #expect(page.variables == ["PORT", "LOG_LEVEL"])
        #expect(page.sections == ["NAME", "EXIT STATUS"])
    }

    @Test func everyDifferenceIsFound() {
        let findings = page.differences(
            from: """
                Usage: tool [--all|-q] [--] [--port N] [--json] FILE
                LOG_FORMAT, PORT, \(String(repeating: "x", count: 80))
                Examples:
                  tool --other OTHER_NAME
                """)
        #expect(
            findings.prefix(3) == [
                "--help has --json, the page has not", "the page has LOG_LEVEL, --help has not",
                "--help has LOG_FORMAT, the page has not",
            ])
        #expect(findings.contains("the page has no section SIGNALS"))
        #expect(findings.contains("--help has no Exit codes"))
        #expect(findings.contains("--help has no man tool"))
        #expect(findings.contains("--help has no docs/man/tool.1"))
        #expect(findings.contains { $0.hasPrefix("--help has a line of 98 columns: ") })
        #expect(!findings.contains { $0.contains("other") || $0.contains("OTHER") })
    }

    @Test func aSummaryMayLeaveThingsOut() {
        let text = "Usage: tool [--port N]\nExit codes\nExamples:\nman tool, docs/man/tool.1"
        let all = ["--all", "-q", "--port", "--"]
        #expect(page.differences(from: text, flags: all).allSatisfy { $0.hasPrefix("the page has no section") })
        #expect(
            page.differences(from: text + " --nothing", flags: all + ["--new"]).contains(
                "--help has --new, the page has not"))
        let tall = text + String(repeating: "\n", count: 21)
        #expect(page.differences(from: tall, flags: all).contains("--help has 25 lines, a screen has 24"))
    }
}
