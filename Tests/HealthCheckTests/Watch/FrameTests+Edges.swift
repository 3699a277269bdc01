import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthCheck

/// The sizes from which on a part has another form.
extension FrameTests {
    @Test(arguments: [(139, false), (140, true)])
    func aWideWindowHasTwoColumns(columns: Int, hasTwo: Bool) {
        let lines = Situation.lines(Situation.watching(), columns, 40)
        #expect(lines.contains { $0.contains("── Bot ─") && $0.contains("── Processes ─") } == hasTwo)
    }

    @Test(arguments: [(19, false), (20, true)])
    func aHighWindowHasLargeLetters(rows: Int, isLarge: Bool) {
        let lines = Situation.lines(Situation.watching(), 80, rows)
        #expect(lines.contains { $0.contains("█▀▀▀") } == isLarge)
    }

    @Test(arguments: [(59, false), (60, true)])
    func theOrderIsNamedWhereItFits(columns: Int, isNamed: Bool) {
        let text = Situation.text(Situation.model(["a:1", "b:2"]), columns)
        #expect(text.contains(" 1 of 2"))
        #expect(text.contains(", trouble first") == isNamed)
    }

    /// The number of bots matters more.
    @Test(arguments: [(52, false), (53, true)])
    func theProgramIsNamedWhereItFits(columns: Int, isNamed: Bool) {
        let title = Situation.lines(Situation.model(["a:1", "b:2", "c:3"]), columns)[0]
        #expect(title.contains(" 3 bots: 3 asking "))
        #expect(title.contains("health-check watch") == isNamed)
    }

    @Test(arguments: [(80, false), (81, true)])
    func aKeyIsNamedWhereItFits(columns: Int, isNamed: Bool) {
        let footer = Situation.lines(Situation.model(["a:1", "b:2"]), columns).last
        #expect(footer?.contains(" Enter alone") == true)
        #expect(footer?.hasSuffix(" s as given") == isNamed)
    }

    /// In trouble the reasons matter most.
    @Test(arguments: [("unhealthy", 7), ("degraded", 3)])
    func ofManyReasonsABotInTroubleShowsMore(status: String, count: Int) {
        let reasons = (1...9).map { JSON.string("reason \($0)") }
        let lines = Situation.lines(Situation.watching(status, ["reasons": .array(reasons)]))
        #expect(lines.count { $0.hasPrefix(" reason ") } == count)
    }
}
