import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// The first event of an alert for a channel with `after`: it waits, is held while the alert is acknowledged, and goes on.
struct OutboxEscalationTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private static func after(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    /// An event that is due ten minutes after the start.
    private static func waiting(
        _ kind: AlertEvent.Kind = .opened, of service: String = "casino", on channel: String = "late", attempts: Int = 0
    ) -> Outbox.Entry {
        let event = ChannelScene.event(kind, service: service)
        return Outbox.Entry(
            key: event.key(for: channel), channel: channel, event: event, attempts: attempts, dueAt: after(600),
            isEscalation: true)
    }

    private let entry = OutboxEscalationTests.waiting()
    private var alert: String { entry.event.alertKey }
    private var random = SystemRandomNumberGenerator()
    private var outbox = Outbox()

    /// The waiting entry's times: when it is due, and when it would be without the wait for a check.
    private var times: [MonotonicTime?] {
        let waiting = outbox.escalation(of: alert, for: "late")?.entry
        return [waiting?.dueAt, waiting?.dueWithoutWait]
    }

    private mutating func next(_ seconds: Double) -> Outbox.Next { outbox.next(for: "late", at: Self.after(seconds)) }

    @Test mutating func anAcknowledgedAlertIsHeldUntilThatIsTakenBack() {
        let other = Self.waiting(of: "web")
        _ = outbox.add([entry, other])
        #expect(outbox.escalation(of: alert, for: "late")?.entry == entry)
        #expect(outbox.escalation(of: alert, for: "late")?.isHeld == false)
        #expect(outbox.escalation(of: alert, for: "b")?.isHeld == nil)
        outbox.hold(alert)
        #expect(outbox.escalation(of: alert, for: "late")?.entry == entry)
        #expect(outbox.escalation(of: alert, for: "late")?.isHeld == true)
        #expect(outbox.escalation(of: alert, for: "b")?.isHeld == nil)
        #expect(outbox.entry(entry.key, of: "late") == entry)
        #expect(outbox.entries == [other, entry])
        #expect(outbox.count == 1)
        var isNext = next(700) == .send(other)
        #expect(isNext)
        // Another alert's end of waiting is not this one's.
        outbox.release(other.event.alertKey, notBefore: Self.start)
        #expect(outbox.escalation(of: alert, for: "late")?.isHeld == true)
        outbox.release(alert, notBefore: Self.after(60))
        #expect(outbox.escalation(of: alert, for: "late")?.isHeld == false)
        #expect(outbox.entries.map(\.event.service) == ["web", "casino"])
        outbox.drop(other)
        isNext = next(599) == .wait(until: Self.after(600))
        #expect(isNext)
    }

    /// An overdue event waits for the next check, which may find the service well.
    @Test mutating func anOverdueEventWaitsForTheNextCheck() {
        _ = outbox.add([entry])
        outbox.hold(alert)
        outbox.release(alert, notBefore: Self.after(730))
        #expect(times == [Self.after(730), Self.after(600)])
        // Acknowledged and taken back again: still due at its first time, but for the check.
        outbox.hold(alert)
        outbox.release(alert, notBefore: Self.after(800))
        #expect(times == [Self.after(800), Self.after(600)])
    }

    @Test(arguments: [(700, 700), (500, 600)] as [(Double, Double)])
    mutating func aCheckEndsTheWait(now: Double, due: Double) {
        _ = outbox.add([entry])
        outbox.hold(alert)
        outbox.release(alert, notBefore: Self.after(730))
        outbox.hasten(alert, dueAt: Self.after(729), to: Self.after(now))
        #expect(times == [Self.after(730), Self.after(600)], "it waits for another check")
        outbox.hasten(alert, dueAt: Self.after(730), to: Self.after(730))
        #expect(times == [Self.after(730), Self.after(600)], "it is due anyway")
        outbox.hasten(alert, dueAt: Self.after(730), to: Self.after(now))
        #expect(times == [Self.after(due), nil])
        #expect(outbox.count == 1)
    }

    /// What was due without any wait is not sent sooner.
    @Test mutating func aCheckHastensNoOtherEvent() {
        _ = outbox.add([entry])
        outbox.hasten(alert, dueAt: Self.after(600), to: Self.after(60))
        #expect(times == [Self.after(600), nil])
    }

    /// The channel may have received it already.
    @Test mutating func anEventThatWasTriedKeepsItsTime() {
        _ = outbox.add([Self.waiting(attempts: 1)])
        outbox.hold(alert)
        outbox.release(alert, notBefore: Self.after(730))
        #expect(times == [Self.after(600), nil])
    }

    @Test mutating func anAttemptMayEndWhileTheEventIsHeld() {
        _ = outbox.add([entry])
        outbox.hold(alert)
        let left = outbox.note(
            .failed(reason: "x", retryAfter: nil), for: entry, at: Self.after(601), using: &random)
        #expect(left?.attempts == 1)
        #expect(left?.triedAt == Self.after(601))
        #expect(outbox.entry(entry.key, of: "late") == left)
        let done = outbox.note(.delivered, for: entry, at: Self.after(602), using: &random)
        #expect(done == nil)
        #expect(outbox.entries == [])
    }

    @Test(arguments: [false, true])
    mutating func aNewerEventTakesThePlaceOfTheWaitingOne(isHeld: Bool) {
        _ = outbox.add([entry])
        if isHeld { outbox.hold(alert) }
        let newer = Self.waiting(.escalated)
        outbox.replace(entry, by: newer)
        #expect(outbox.entries == [newer])
        #expect(outbox.count == (isHeld ? 0 : 1))
        #expect(outbox.escalation(of: alert, for: "late")?.isHeld == isHeld)
        outbox.drop(newer)
        #expect(outbox.entries == [])
    }

    @Test mutating func heldEventsOfEachChannelAreListedInOrder() {
        let entries = [Self.waiting(on: "z"), Self.waiting(on: "b"), Self.waiting(of: "web", on: "a")]
        _ = outbox.add(entries)
        for entry in entries { outbox.hold(entry.event.alertKey) }
        #expect(outbox.entries.map(\.channel) == ["a", "b", "z"])
        #expect(outbox.counts == [:])
    }
}
