import Testing

@testable import KeepAliveHealthCheck

/// The arithmetic of rows and columns.
struct LayoutTests {
    private static let style = Style(colour: false, unicode: false)

    /// The chosen bot stands in the middle, but the list has no empty rows at its ends.
    @Test(arguments: [(0, 0), (4, 0), (5, 0), (6, 1), (50, 45), (94, 89), (95, 90), (96, 90), (99, 90)])
    func theChosenBotStaysInSight(selected: Int, first: Int) {
        let bots = (0..<100).map { (state: BotState(address: "h:\($0)"), name: "h:\($0)") }
        let list = BotList(bots: bots, selected: selected, style: Self.style)
        #expect(list.first(height: 10) == first)
        let lines = list.lines(width: 80, height: 10).map(\.plain)
        #expect(lines.count == 10)
        #expect(lines.count { $0.contains("h:\(selected) ") } == 1)
        #expect(lines.first?.contains("h:\(first) ") == true)
    }

    @Test func aListIsNoLongerThanItsBots() {
        let bots = (0..<3).map { (state: BotState(address: "h:\($0)"), name: "h:\($0)") }
        let list = BotList(bots: bots, selected: 2, style: Self.style)
        #expect(list.lines(width: 80, height: 10).count == 3)
        #expect(list.lines(width: 80, height: 0).isEmpty)
        #expect(BotList(bots: [], selected: 0, style: Self.style).lines(width: 80, height: 10).isEmpty)
    }

    @Test(arguments: [(71, 1, 7), (72, 2, 4), (149, 2, 4), (150, 3, 3)])
    func fieldsStandInAsManyColumnsAsFit(width: Int, columns: Int, rows: Int) {
        let fields = Fields(fields: (1...7).map { Fields.Field(name: "n\($0)", value: "v\($0)") }, style: Self.style)
        #expect(fields.columns(width: width) == columns && fields.rows(width: width) == rows)
        let text = fields.lines(width: width, height: 9).map(\.plain)
        #expect(text.count == rows)
        for field in 1...7 { #expect(text.count { $0.contains("n\(field) ") && $0.contains("v\(field)") } == 1) }
        // The second field stands below the first.
        #expect(text.dropFirst().first?.contains("n2 ") == true)
    }

    /// A figure without its last digits would be wrong.
    @Test(arguments: [(71, false), (72, true)])
    func aRateIsShownWhereItFits(width: Int, isShown: Bool) throws {
        let bot = try #require(Situation.watching().bot)
        let list = BotList(bots: [(state: bot, name: "b")], selected: 0, style: Self.style)
        let line = try #require(list.lines(width: width, height: 1).first).plain
        #expect(line.contains(" 10.0/s ") == isShown)
        #expect(line.contains("/s") == isShown)
    }
}
