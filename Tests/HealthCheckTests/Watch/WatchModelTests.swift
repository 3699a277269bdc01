import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthCheck

struct WatchModelTests {
    @Test func quits() {
        var model = Situation.model()
        #expect(model.press(.character("q")) == [.quit])
        #expect(model.press(.character("?"), .character("q")) == [.quit])
    }

    @Test func choosesWithinTheList() {
        var model = Situation.model(["a:1", "b:2", "c:3"])
        let steps: [(Key, Int)] = [
            (.up, 0), (.down, 1), (.character("j"), 2), (.down, 2), (.character("k"), 1), (.home, 0), (.end, 2),
            (.pageUp, 0),
            (.pageDown, 2), (.character("g"), 0), (.character("G"), 2), (.enter, 2), (.other, 2), (.character("z"), 2),
        ]
        for (key, expected) in steps {
            #expect(model.press(key).isEmpty)
            #expect(model.selected == expected, "\(key)")
        }
        var nobody = Situation.model([])
        #expect(nobody.press(.down, .up, .end, .character("r"), .character("y")).isEmpty)
        #expect(nobody.bot == nil)
    }

    @Test(arguments: [Key.character("y"), .character("Y")])
    func restartsWhenAskedTwice(key: Key) {
        var model = Situation.model(["a:1", "b:2"])
        #expect(model.press(.down, .character("r")).isEmpty)
        #expect(model.dialog == .restart(bot: 1))
        #expect(model.press(key) == [.restart(bot: 1)])
        #expect(model.dialog == .none)
        #expect(model.notice?.isPending == true)
        // No second restart before the first is answered.
        #expect(model.press(.character("r"), key).isEmpty)
        model.apply(.restartAnswer(bot: 1, accepted: true, words: "Restart signal received"))
        #expect(model.notice?.words == "b:2: Restart signal received")
        #expect(model.press(.character("r"), key) == [.restart(bot: 1)])
    }

    @Test(arguments: [Key.character("n"), .enter, .escape, .character("q"), .up, .other])
    func everythingElseIsNo(key: Key) {
        var model = Situation.model()
        #expect(model.press(.character("r"), key).isEmpty)
        #expect(model.dialog == .none)
        #expect(model.notice?.words == "not restarted")
    }

    @Test func anUnreadableTokenIsSaidInsteadOfAsking() {
        var model = WatchModel(
            addresses: ["a:1"], token: .unreadable(".env line 3: no"), now: MonotonicTime(nanoseconds: 0),
            clock: Situation.noon)
        #expect(model.press(.character("r"), .character("y")).isEmpty)
        #expect(model.notice?.words.contains(".env line 3") == true)
    }

    @Test func anAnswerGoesAfterAWhile() {
        var model = Situation.model()
        model.apply(.restartAnswer(bot: 0, accepted: false, words: "no"))
        model.pass(20)
        #expect(model.notice != nil)
        model.pass(1)
        #expect(model.notice == nil)
    }

    @Test func troubleFirst() {
        var model = Situation.model(["a:1", "b:2", "c:3", "d:4"])
        for (bot, status) in [(0, "healthy"), (1, "degraded"), (2, "unhealthy")] { model.see(status, bot: bot) }
        // Until a person chooses, the first one is shown.
        #expect(model.selected == 2)
        model.press(.end)
        model.apply(.looked(bot: 3, Situation.silence))
        #expect(model.order == [3, 2, 1, 0])
        // The chosen bot stays chosen, whatever its row.
        #expect(model.selected == 0)
        #expect(model.row == 3)
        model.press(.up)
        #expect(model.selected == 1)
        model.press(.home)
        #expect(model.selected == 3)
        model.see("healthy", bot: 3)
        #expect(model.selected == 3)
        #expect(model.order == [2, 1, 0, 3])
        model.press(.character("s"))
        #expect(model.order == [0, 1, 2, 3])
    }

    @Test func aFilterListsSome() {
        var model = Situation.model(["a:1", "b:2", "c:3"])
        for (bot, name) in ["Casino", "Raffle", "Café"].enumerated() { model.see("healthy", bot: bot, name: name) }
        model.press(.character("/"), .character("A"), .character("F"), .character("q"))
        #expect(model.isTyping && model.filter == "AFq")
        #expect(model.order == [])
        #expect(Situation.text(model).contains("0 of 0"))
        model.press(.backspace)
        #expect(model.order == [1, 2])
        model.press(.down, .enter, .character("G"))
        #expect(!model.isTyping && model.selected == 2)
        #expect(Situation.text(model).contains("/AF: 2 of 2"))
        model.press(.escape)
        #expect(model.order == [0, 1, 2])
        model.press(.character("/"), .character("8"), .escape)
        #expect(model.filter == "" && !model.isTyping)
    }

    @Test func aFilterMayBeAWholeName() {
        var model = Situation.model(["abc:1", "b:2"])
        model.press(.character("/"))
        for letter in "ABC:1" { model.press(.character(letter)) }
        #expect(model.order == [0] && model.selected == 0)
        model.press(.character("0"))
        #expect(model.order == [])
        for _ in 0..<100 { model.press(.character("x")) }
        #expect(model.filter.count == 60)
    }

    /// Bots of one name are told apart by their places.
    @Test func copiesAreNamedWithTheirPlaces() {
        var model = Situation.model(["a:1", "b:2", "c:3"])
        for (bot, name) in ["Casino", "Casino", "Raffle"].enumerated() { model.see("healthy", bot: bot, name: name) }
        #expect(model.bots.map { model.isNameShared($0) } == [true, true, false])
        #expect(model.bots.map { model.label($0) }.last == "Raffle")
        #expect(model.label(model.bots[0]) == "Casino at \(model.bots[0].place)")
        // Two addresses without a name are their own places.
        let silent = Situation.model(["a:1", "a:1"])
        #expect(!silent.isNameShared(silent.bots[0]))
    }

    @Test func theMouseChooses() {
        var model = Situation.model((0..<9).map { "\($0):1" })
        model.press(.wheelDown)
        #expect(model.selected == 3)
        model.press(.wheelUp, .wheelUp)
        #expect(model.selected == 0)
        model.press(.bot(5))
        #expect(model.selected == 5 && !model.isAlone)
        model.press(.bot(5))
        #expect(model.isAlone)
    }

    @Test func theLaunchersLastLines() {
        var model = Situation.watching()
        #expect(model.press(.character("l")) == [.readLog(bot: 0, launcher: 100)])
        #expect(Situation.text(model).contains("reading the log"))
        model.apply(.log(bot: 7, ["another"]))
        model.apply(.log(bot: 0, (1...99).map { "line \($0) \u{1B}[31m" }))
        let text = Situation.text(model)
        #expect(text.contains("line 99 ") && text.contains("line 80 ") && !text.contains("line 1 "))
        #expect(!text.contains("\u{1B}") && !text.contains("another"))
        model.press(.character("l"))
        #expect(!Situation.text(model).contains("line 99"))
        var alone = Situation.model()
        #expect(alone.press(.character("l")).isEmpty)
        #expect(Situation.text(alone).contains("no launcher on this machine runs this bot"))
        alone.press(.escape)
        #expect(alone.log == nil)
    }

    /// Whether trouble, a key or a filter has chosen the bot.
    @Test func theLogIsThatOfTheChosenBot() {
        typealias Log = WatchModel.LauncherLog
        var model = Situation.model(["a:1", "b:2"])
        for bot in 0...1 { model.apply(.processes(bot: bot, Situation.processes)) }
        #expect(model.press(.character("l")) == [.readLog(bot: 0, launcher: 100)])
        model.see("unhealthy", bot: 1)
        #expect(model.selected == 1 && model.log == Log(bot: 1))
        let next = model.apply(.processes(bot: 1, Situation.processes))
        #expect(next == .readLog(bot: 1, launcher: 100))
        model.apply(.log(bot: 1, ["of the second"]))
        model.press(.down)
        #expect(model.selected == 0 && model.log == Log(bot: 0))
        #expect(Situation.text(model).contains("reading the log"))
        model.press(.character("/"), .character("u"), .character("n"), .character("h"))
        #expect(model.selected == 1 && model.log == Log(bot: 1))
    }

    @Test func oneBotAlone() {
        var model = Situation.model(["a:1", "b:2"])
        for bot in 0...1 { model.see("healthy", bot: bot, name: "Bot \(bot)") }
        #expect(Situation.text(model).contains("▶ ● Bot 0"))
        model.press(.enter)
        #expect(!Situation.text(model).contains("▶"))
        #expect(Situation.text(model).contains("── Bot 0 ─"))
        model.press(.down)
        #expect(Situation.lines(model)[1].hasSuffix(" 2 of 2, trouble first ──"))
        model.press(.escape)
        #expect(Situation.text(model).contains("▶ ● Bot 1"))
        model.press(.enter, .enter)
        #expect(!model.isAlone)
        // A single bot has no list.
        var single = Situation.model()
        single.press(.enter, .character("s"))
        #expect(!single.isAlone && !single.isByTrouble)
    }

    @Test func memoryIsThatOfTheBotItself() {
        var model = Situation.watching()
        model.see("healthy")
        #expect(model.bot?.history.last?.memory == Double(28 << 20))
        model.apply(.looked(bot: 0, Situation.silence))
        #expect(model.bot?.history.last?.memory == nil)
    }

    @Test func helpOpensAndCloses() {
        var model = Situation.model()
        model.press(.character("?"))
        #expect(model.dialog == .help)
        #expect(Situation.text(model).contains("restart the bot (asks first)"))
        model.press(.escape)
        #expect(model.dialog == .none)
    }

    @Test func rates() {
        var model = Situation.model()
        model.see("healthy")
        #expect(model.bot?.updatesPerSecond == nil)
        model.see("healthy", ["uptime_seconds": 3604.5, "total_updates": 1520, "total_errors": 5])
        #expect(model.bot?.updatesPerSecond == 5)
        #expect(model.bot?.history.last?.errorsPerSecond == 0.5)
        // A quiet time is a rate too.
        model.see("healthy", ["uptime_seconds": 3606.5, "total_updates": 1520, "total_errors": 5])
        #expect(model.bot?.updatesPerSecond == 0)
        #expect(model.bot?.history.last?.errorsPerSecond == 0)
        // After a restart its counts are not comparable.
        model.see("healthy", ["uptime_seconds": 1.0, "total_updates": 3])
        #expect(model.bot?.updatesPerSecond == nil)
        // A repeated answer, as from a cache, has no time in between.
        model.see("healthy", ["uptime_seconds": 1.0, "total_updates": 9])
        #expect(model.bot?.updatesPerSecond == nil)
    }

    /// The dashboard was started later.
    @Test func sinceIsWhatTheBotSays() throws {
        var model = Situation.model()
        let changes: [String: JSON] = [
            "timestamp": "2026-01-19T16:07:29.5Z", "status_since": "2026-01-19T15:07:29.25Z",
        ]
        model.see("degraded", changes)
        let bot = try #require(model.bot)
        #expect(bot.sinceClock == "15:07:29")
        #expect(bot.since == model.now.advanced(by: .seconds(-3600.25)))
        // For an unreachable bot, the time of the dashboard's own poll counts.
        model.pass(2)
        model.apply(.looked(bot: 0, Situation.silence))
        #expect(model.bot?.sinceClock == "16:07:31")
        #expect(model.bot?.since == model.now)
    }

    @Test func shardsAreCountedAndTheLostOnesNamed() {
        let shards: JSON = [
            "shard 1": ["connected": true, "stalled": false], "shard 2": ["connected": true, "stalled": true],
            "shard 3": ["connected": false, "stalled": false],
        ]
        let model = Situation.watching("degraded", looks: 1, ["gateway": .null, "gateways": shards])
        let wide = Situation.text(model, 160, 40)
        #expect(wide.contains("Gateway       STALLED: shard 2"))
    }

    @Test func sinceIsTheFirstLookWithTheStatus() {
        var model = Situation.model()
        model.see("healthy", looks: 3)
        #expect(model.bot?.sinceClock == "16:07:29")
        model.see("degraded", looks: 2)
        #expect(model.bot?.sinceClock == "16:07:35")
        model.apply(.looked(bot: 0, Situation.silence))
        #expect(model.bot?.status == .unreachable)
        #expect(model.bot?.name == "Casino Bot")
        #expect(model.bot?.report?.totalUpdates == 1520)
    }

    @Test func historyIsBounded() {
        var model = Situation.model()
        for _ in 0..<BotState.longestHistory + 100 { model.apply(.looked(bot: 0, Situation.silence)) }
        #expect(model.bot?.history.count == BotState.longestHistory)
    }

    @Test func eventsOfNoBotChangeNothing() {
        var model = Situation.model()
        for bot in [-1, 1, .max, .min] {
            model.apply(.looked(bot: bot, Situation.silence))
            model.apply(.processes(bot: bot, Situation.processes))
            model.apply(.restartAnswer(bot: bot, accepted: true, words: "x"))
        }
        #expect(model.bots == Situation.model().bots)
    }
}
