import Testing

@testable import KeepAliveHealthCheck

extension WatchModelTests {
    /// A bot may be too busy to say its name each time.
    @Test func aNameStaysUntilAnotherIsSaid() {
        var model = Situation.model()
        for (name, shown) in [("Casino", "Casino"), (nil, "Casino"), ("Raffle", "Raffle")] as [(String?, String)] {
            model.see("healthy", name: name)
            #expect(model.bot?.name == shown)
        }
    }
}
