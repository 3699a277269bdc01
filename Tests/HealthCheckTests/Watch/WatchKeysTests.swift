import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthCheck

/// Keys and clicks with few bots and with many.
struct WatchKeysTests {
    /// Until a person chooses, the dashboard has chosen: a click chooses, and only the next one opens.
    @Test func theFirstClickShowsNoBotAlone() {
        var model = Situation.model(["a:1", "b:2"])
        model.press(.bot(0))
        #expect(model.selected == 0 && !model.isAlone)
        model.press(.bot(0))
        #expect(model.isAlone)
    }

    @Test func aPageIsTenBots() {
        var model = Situation.model((0..<30).map { "h\($0):1" })
        model.press(.pageDown)
        #expect(model.selected == 10)
        model.press(.pageDown)
        #expect(model.selected == 20)
        model.press(.pageUp)
        #expect(model.selected == 10)
    }

    @Test func aTurnOfTheWheelIsThreeBots() {
        var model = Situation.model((0..<30).map { "h\($0):1" })
        model.press(.wheelDown, .wheelDown, .wheelDown)
        #expect(model.selected == 9)
        model.press(.wheelUp)
        #expect(model.selected == 6)
    }

    /// The list is not in sight.
    @Test func aClickOnTheHelpChoosesNoBot() {
        let size = Terminal.Size(columns: 80, rows: 24)
        var model = Situation.model(["a:1", "b:2"])
        #expect(Frame.bot(at: 2, model, size) == 1)
        model.press(.character("?"))
        #expect(Frame.bot(at: 2, model, size) == nil)
    }

    /// There is nothing to filter, so that the keys keep their meaning.
    @Test func aSingleBotHasNoFilter() {
        var model = Situation.model()
        model.press(.character("/"))
        #expect(!model.isTyping)
        let actions = model.press(.character("q"))
        #expect(actions == [.quit])
    }

    @Test func theArrowsChooseWhileAFilterIsTyped() {
        var model = Situation.model(["a:1", "b:2", "c:3"])
        model.press(.character("/"), .down, .down)
        #expect(model.isTyping && model.selected == 2)
        model.press(.up)
        #expect(model.selected == 1)
    }

    /// Its answer is still to come.
    @Test func aRestartUnderWayIsNotClosed() {
        var model = Situation.model()
        model.press(.character("r"), .character("y"), .escape)
        model.pass(60)
        #expect(model.notice?.isPending == true)
        model.apply(.restartAnswer(bot: 0, accepted: true, words: "Restart signal received"))
        model.press(.escape)
        #expect(model.notice == nil)
    }

    @Test func escapeClosesOneThingAtATime() {
        var model = Situation.model(["a:1", "b:2"])
        model.press(.character("/"), .character("1"), .enter, .enter, .character("l"))
        model.apply(.restartAnswer(bot: 0, accepted: false, words: "no"))
        model.press(.escape)
        #expect(model.notice == nil && model.log != nil)
        model.press(.escape)
        #expect(model.log == nil && model.isAlone)
        model.press(.escape)
        #expect(!model.isAlone && model.filter == "1")
        model.press(.escape)
        #expect(model.filter.isEmpty)
    }
}
