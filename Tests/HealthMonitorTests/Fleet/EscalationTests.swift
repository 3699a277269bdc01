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
}
