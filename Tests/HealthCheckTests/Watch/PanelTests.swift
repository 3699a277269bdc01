import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthCheck

/// The parts of the frame: what a colour says, and which rows stay if there are few.
struct PanelTests {
    private static let style = Style(colour: true, unicode: true)

    private func figures(_ changes: [String: JSON]) throws -> [Line] {
        let bot = try #require(Situation.watching("healthy", looks: 1, changes).bot)
        return BotPanel(bot: bot, style: Self.style).panel.draw(80, 20)
    }

    /// The paint of what stands beside a name.
    private func paint(_ lines: [Line], beside name: String) -> Style.Paint? {
        for line in lines {
            guard let place = line.pieces.firstIndex(where: { $0.text == name }) else { continue }
            return line.pieces[(place + 1)...].first { !$0.text.allSatisfy { $0 == " " } }?.paint
        }
        return nil
    }

    @Test(
        arguments: [(0, .plain), (0.009, .plain), (0.01, .warning), (0.04, .warning), (0.05, .bad), (1, .bad)]
            as [(Double, Style.Paint)])
    func errorsAreATroubleFromOnePercent(rate: Double, expected: Style.Paint) throws {
        #expect(try paint(figures(["error_rate": .number(rate)]), beside: "Errors") == expected)
    }

    @Test func restartsAreNoticed() throws {
        #expect(try paint(figures(["restarts": 0]), beside: "Restarts") == .plain)
        #expect(try paint(figures(["restarts": 1]), beside: "Restarts") == .warning)
    }

    /// A lost shard loses a part of the chats, a stalled one or the only connection needs a person.
    @Test func connectionsAreATroubleByWhatIsLost() throws {
        #expect(try paint(figures([:]), beside: "Gateway") == .plain)
        #expect(try paint(figures(["gateway": ["connected": false]]), beside: "Gateway") == .bad)
        let lost: JSON = ["a": ["connected": true, "stalled": false], "b": ["connected": false, "stalled": false]]
        #expect(try paint(figures(["gateways": lost]), beside: "Gateway") == .warning)
        let stalled: JSON = ["a": ["connected": true, "stalled": true], "b": ["connected": false, "stalled": false]]
        #expect(try paint(figures(["gateways": stalled]), beside: "Gateway") == .bad)
    }

    @Test(
        arguments: [("responsive", .plain), ("late", .warning), ("stopped", .bad)] as [(String, Style.Paint)])
    func anExecutorThatRunsNothingIsBad(word: String, expected: Style.Paint) throws {
        #expect(try paint(figures(["executor": .string(word)]), beside: "Executor") == expected)
    }

    @Test func aCriticalCheckIsWorseThanAnother() throws {
        func checks(_ status: JSON, isCritical: JSON) -> [String: JSON] {
            ["checks": ["database": ["status": status, "critical": isCritical]]]
        }
        #expect(try paint(figures(checks("healthy", isCritical: true)), beside: "Checks") == .plain)
        #expect(try paint(figures(checks("unhealthy", isCritical: false)), beside: "Checks") == .warning)
        #expect(try paint(figures(checks("unhealthy", isCritical: true)), beside: "Checks") == .bad)
    }

    /// A bot that has just started has no mean yet.
    @Test func withoutAnUptimeThereIsNoRate() throws {
        func updates(_ uptime: Double) throws -> String? {
            try figures(["uptime_seconds": .number(uptime), "total_updates": 6]).map(\.plain).first
        }
        #expect(try updates(0)?.contains("6 · –/s ") == true)
        #expect(try updates(3)?.contains("6 · 2.0/s on average") == true)
    }

    @Test(
        arguments: [(84, .plain), (85, .warning), (94, .warning), (95, .bad), (100, .bad)]
            as [(UInt64, Style.Paint)])
    func aFullMachineIsATrouble(used: UInt64, expected: Style.Paint) {
        let system = SystemSample(memory: .init(used: used, total: 100))
        let lines = SystemPanel(system: system, folder: "", style: Self.style).panel.draw(80, 3)
        #expect(lines.count == 3)
        #expect(paint(lines, beside: "Memory") == expected)
    }

    @Test func aBarIsAsFullAsItsMeter() throws {
        let system = SystemSample(memory: .init(used: 1, total: 2))
        let lines = SystemPanel(system: system, folder: "", style: Self.style).panel.draw(78, 3)
        let bar = try #require(lines.map(\.plain).first { $0.contains("Memory") })
        #expect(bar.count { $0 == "█" } == 13)
        #expect(bar.count { $0 == "░" } == 13)
    }

    @Test func stalledAndLostConnectionsAreNamed() throws {
        let shards: JSON = [
            "a": ["connected": true, "stalled": false], "b": ["connected": true, "stalled": true],
            "c": ["connected": false, "stalled": false],
        ]
        let bot = try #require(Situation.watching("degraded", looks: 1, ["gateway": .null, "gateways": shards]).bot)
        let lines = BotPanel(bot: bot, style: Self.style).panel.draw(70, 20).map(\.plain)
        #expect(lines.contains { $0.hasSuffix(" STALLED: b, disconnected: c, 2 of 3 connected") }, "\(lines)")
    }

    @Test func aBarIsNoLongerThanItHelps() throws {
        let system = SystemSample(memory: .init(used: 1, total: 2))
        let lines = SystemPanel(system: system, folder: "", style: Self.style).panel.draw(300, 3)
        let bar = try #require(lines.map(\.plain).first { $0.contains("Memory") })
        #expect(bar.count { $0 == "█" } == 20)
        #expect(bar.count { $0 == "░" } == 20)
    }

    // MARK: Rows

    /// The status has a row, and each of the five plots has six.
    @Test(arguments: [(1, 1), (2, 2), (6, 6), (11, 11), (100, 31)])
    func plotsAreNoHigherThanTheyHelp(height: Int, rows: Int) throws {
        let bot = try #require(Situation.watching().bot)
        #expect(TrendPanel(bot: bot, style: Self.style).panel.draw(80, height).count == rows)
    }

    @Test func theNewestLineOfALogStays() {
        let log = WatchModel.LauncherLog(bot: 0, lines: ["one", "two", "three"])
        let panel = LogPanel(log: log, style: Self.style)
        #expect(panel.lines(width: 40, height: 1).isEmpty)
        #expect(panel.lines(width: 40, height: 2).dropFirst().map(\.plain) == [" three"])
        #expect(panel.lines(width: 40, height: 9).dropFirst().map(\.plain) == [" one", " two", " three"])
    }

    /// A standby does its duty. The words are a sentence, whether or not they were one.
    @Test(
        arguments: [
            (.standby("beta leads"), "beta leads.", .plain), (.unreachable("no answer."), "no answer.", .bad),
            (.stranger("another program"), "another program.", .bad),
        ] as [(Finding, String, Style.Paint)])
    func whoDoesNotAnswerSaysWhy(finding: Finding, words: String, paint: Style.Paint) throws {
        var model = Situation.model()
        model.apply(.looked(bot: 0, Look(finding: finding, name: nil, took: .zero)))
        let banner = Banner(bot: try #require(model.bot), now: model.now, style: Self.style)
        let reasons = banner.reasons
        #expect(reasons.map(\.0) == [words])
        #expect(reasons.map(\.1) == [paint])
    }

    /// The failing check comes first, and the last row counts only what has no row.
    @Test func checksThatFailStayInSight() throws {
        let bot = try #require(Situation.watching(looks: 1).bot)
        let panel = ChecksPanel(bot: bot, style: Self.style).panel
        let both = panel.draw(80, 2).map(\.plain)
        try #require(both.count == 2)
        #expect(both[0].contains("payments") && both[0].contains("refused"))
        #expect(both[1].contains("database") && both[1].contains("passes"))
        #expect(panel.draw(80, 1).map(\.plain) == [" and 2 more"])
    }

    /// If rows are short, the bot's own process is shown before its launcher.
    @Test func theBotsProcessStaysInSight() throws {
        let bot = try #require(Situation.watching(looks: 1).bot)
        let panel = ProcessPanel(bot: bot, style: Self.style).panel
        let all = panel.draw(100, 4).map(\.plain)
        try #require(all.count == 4)
        for (line, name) in zip(all.dropFirst(), ["launcher", "casino-bot", "ffmpeg"]) { #expect(line.contains(name)) }
        let few = panel.draw(100, 3).map(\.plain)
        try #require(few.count == 3)
        #expect(few[1].contains("casino-bot"))
        #expect(few[2] == " and 2 more")
    }

    /// Its title has a row too; what only repeats another part comes last.
    @Test func aPanelHasItsLeastRowsOrNone() {
        func panel(_ title: String, isExtra: Bool = false) -> Panel {
            Panel(title: title, least: 2, wanted: 2, isExtra: isExtra) { width, height in
                (0..<height).map { Line(width, Self.style, "\(title) \($0)") }
            }
        }
        func rows(_ panels: [Panel], _ height: Int) -> [String] {
            Panel.stack(panels, width: 40, height: height, style: Self.style).dropFirst().map(\.plain)
        }
        #expect(rows([panel("A")], 3) == ["A 0", "A 1"])
        #expect(Panel.stack([panel("A")], width: 40, height: 2, style: Self.style).isEmpty)
        #expect(rows([panel("B", isExtra: true), panel("A")], 5) == ["A 0", "A 1"])
    }

    /// A plot over half a screen shows no more than one over a quarter.
    @Test func aPanelGrowsNoFurtherThanItHelps() {
        let plot = Panel(title: "P", least: 1, wanted: 3, grows: true) { width, height in
            (0..<height).map { Line(width, Self.style, "\($0)") }
        }
        #expect(Panel.stack([plot], width: 40, height: 100, style: Self.style).count == 1 + 3 + 24)
    }

    @Test func whatHasNothingToSayHasNoTitle() {
        let empty = Panel(title: "E", least: 0, wanted: 0) { _, _ in [] }
        #expect(Panel.stack([empty], width: 40, height: 9, style: Self.style).isEmpty)
    }

    /// Beside large letters the facts need 28 cells; HEALTHY has 32.
    @Test(arguments: [(59, 1), (60, 3)])
    func theWordIsLargeWhereItFits(width: Int, rows: Int) throws {
        let model = Situation.watching(looks: 1)
        let banner = Banner(bot: try #require(model.bot), now: model.now, style: Self.style)
        #expect(banner.lines(width: width, isLarge: true, reasons: 0).count == rows)
        #expect(banner.lines(width: width, isLarge: false, reasons: 0).count == 1)
    }

    /// It is whole or missing.
    @Test(arguments: [(41, false), (42, true)])
    func aFactIsShownWhereItFits(width: Int, isShown: Bool) throws {
        let model = Situation.watching(looks: 1)
        let banner = Banner(bot: try #require(model.bot), now: model.now, style: Self.style)
        let line = try #require(banner.lines(width: width, isLarge: false, reasons: 0).first).plain
        #expect(line.contains("up 1 h 0 min, version 2.0.1") == isShown)
        #expect(line.contains("up ") == isShown)
    }
}
