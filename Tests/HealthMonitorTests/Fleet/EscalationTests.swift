import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// When a channel with `after` learns of an alert.
struct EscalationTests {
    private let now = MonotonicTime.now()

    private func step(_ kind: AlertEvent.Kind, attempts: Int, isHeld: Bool = false) -> Escalation.Step {
        var waiting = Outbox.Entry(
            key: "k", channel: "late", event: ChannelScene.event(), dueAt: now.advanced(by: .seconds(60)))
        waiting.attempts = attempts
        return Escalation.step(
            for: ChannelScene.event(kind, after: 90), after: .seconds(600), waiting: waiting, isHeld: isHeld, at: now)
    }

    /// A failed attempt may have reached the peer, so what follows is sent too.
    @Test func whoMayHaveTheEventGetsWhatFollows() {
        for isHeld in [false, true] {
            #expect(step(.escalated, attempts: 0, isHeld: isHeld) == .replace)
            #expect(step(.resolved, attempts: 0, isHeld: isHeld) == .drop)
            #expect(step(.escalated, attempts: 1, isHeld: isHeld) == .add)
            #expect(step(.resolved, attempts: 1, isHeld: isHeld) == .add)
        }
    }

    /// An alert that is older than the channel's `after` is told at once.
    @Test(
        arguments: [(0, 600), (90, 510), (599, 1), (600, 0), (601, 0), (-5, 600)] as [(Int64, Int64)])
    func theFirstEventWaitsForTheRestOfTheTime(passed: Int64, left: Int64) {
        var event = ChannelScene.event(.repeated, after: passed)
        event.isFirst = true
        #expect(
            Escalation.step(for: event, after: .seconds(600), waiting: nil, isHeld: false, at: now)
                == .wait(until: now.advanced(by: .seconds(left))))
    }

    @Test func whoKnowsTheAlertGetsWhatFollows() {
        for kind in [AlertEvent.Kind.repeated, .resolved] {
            #expect(
                Escalation.step(
                    for: ChannelScene.event(kind), after: .seconds(600), waiting: nil, isHeld: false, at: now) == .add)
        }
    }

    /// From then on an attempt may be running.
    @Test func anEventThatIsDueIsNotReplaced() {
        let waiting = Outbox.Entry(key: "k", channel: "late", event: ChannelScene.event(), dueAt: now)
        func step(isHeld: Bool) -> Escalation.Step {
            Escalation.step(
                for: ChannelScene.event(.escalated, after: 90), after: .seconds(600), waiting: waiting, isHeld: isHeld,
                at: now)
        }
        #expect(step(isHeld: false) == .add)
        #expect(step(isHeld: true) == .replace)
    }
}
