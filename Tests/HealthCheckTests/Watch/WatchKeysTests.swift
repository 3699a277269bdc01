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

    /// There is nothing to filter, so that the keys keep their meaning.
    @Test func aSingleBotHasNoFilter() {
        var model = Situation.model()
        model.press(.character("/"))
        #expect(!model.isTyping)
        let actions = model.press(.character("q"))
        #expect(actions == [.quit])
    }
}
