import Foundation
import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// Which channels get an alert's events while reloads change them.
struct TargetStateChannelsTests {
    /// Checks a minute apart, each with the target's channels at that time; the recipients of each check with an event.
    private func recipients(
        _ checks: [(ProbeStatus, [String]?)], from state: TargetState = .init()
    ) -> [[String]] {
        var state = state
        var rules = TargetState.Rules()
        (rules.failureThreshold, rules.alertInterval) = (1, .seconds(60))
        return checks.compactMap { status, channels in
            let time = (state.lastCheck ?? 0) + 60_000_000
            let events = state.record(status, at: time, rules: rules)
            let recipients = state.recipients(of: events, among: channels, of: ["a", "b", "pager"])
            return events.contains { $0.isQuiet != true } ? recipients : nil
        }
    }

    @Test func theEndGoesToThoseThatKnowTheAlert() {
        #expect(
            recipients([
                (.unhealthy, ["a", "pager"]), (.healthy, ["b"]), (.unhealthy, ["b"]), (.unhealthy, nil),
                (.healthy, ["a"]), (.unhealthy, []), (.healthy, nil),
            ]) == [["a", "pager"], ["a", "pager"], ["b"], ["a", "b", "pager"], ["a", "b", "pager"], [], []])
    }

    /// Nobody could deliver its events.
    @Test func aChannelThatIsGoneGetsNoEnd() {
        var state = TargetState()
        state.toldChannels = ["gone", "a"]
        #expect(state.told(among: ["a", "b"]) == ["a"])
    }

    @Test func theEndOfAnEarlierVersionsAlertGoesToTheTargetsChannels() throws {
        let text = """
            {"status":"unhealthy","failures":3,"successes":0,"failuresOfAlert":3,"isFlapping":false,"recent":[true],\
            "alert":{"severity":"warning","openedAt":5,"toldAt":5},"lastAlertOpenedAt":5,"lastCheck":5}
            """
        let state = try JSONDecoder().decode(TargetState.self, from: Data(text.utf8))
        #expect(recipients([(.unhealthy, ["a"]), (.healthy, ["b"])], from: state) == [["a"], ["b"]])
    }
}
