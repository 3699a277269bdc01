import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// Which of a channel's events is dropped, and when a channel is held, with the test's own clock.
struct OutboxQueueTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private static func after(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private static func entry(_ kind: AlertEvent.Kind = .opened, of service: String) -> Outbox.Entry {
        let event = ChannelScene.event(kind, service: service)
        return Outbox.Entry(key: event.key(for: "a"), channel: "a", event: event, dueAt: start)
    }

    private static let refused = Delivery.refused(reason: "it answered 403")

    private var random = SystemRandomNumberGenerator()
    private var outbox = OutboxQueueTests.outbox(firstTries: 30)

    private static func outbox(firstTries: Int) -> Outbox {
        Outbox(
            pace: .init(
                first: Backoff(initial: .seconds(1), maximum: .seconds(20)), firstTries: firstTries,
                later: Backoff(initial: .seconds(40), maximum: .seconds(300))))
    }

    /// Adds an event of each service; returns the entries.
    private mutating func add(_ services: String...) -> [Outbox.Entry] {
        let entries = services.map { Self.entry(of: $0) }
        _ = outbox.add(entries)
        return entries
    }

    private mutating func note(_ delivery: Delivery, _ entry: Outbox.Entry, _ seconds: Double) {
        _ = outbox.note(delivery, for: entry, at: Self.after(seconds), using: &random)
    }

    /// The services whose events leave the queue, one drop after the other.
    private static func dropped(from queue: inout OutboxQueue) -> [String] {
        var services: [String] = []
        while let entry = queue.dropOne() { services.append(entry.event.service) }
        return services
    }

    // MARK: Dropping

    @Test func repeatsAreDroppedFirstAndThenTheOldestEvents() {
        var queue = OutboxQueue()
        let entries = [
            Self.entry(.repeated, of: "s0"), Self.entry(of: "s1"), Self.entry(.repeated, of: "s2"),
            Self.entry(of: "s3"),
        ]
        for entry in entries { queue.add(entry) }
        #expect(queue.all == entries)
        let services = Self.dropped(from: &queue)
        #expect(services == ["s0", "s2", "s1", "s3"])
        #expect(queue.all == [])
    }

    /// The events that an earlier process left come first, and so do the repeats among them.
    @Test func eventsInFrontAreDroppedBeforeTheOthers() {
        var queue = OutboxQueue()
        queue.add(Self.entry(of: "s0"))
        queue.add(Self.entry(.repeated, of: "s1"))
        let gone = queue.dropOne()
        #expect(gone?.event.service == "s1")
        queue.add(Self.entry(.repeated, of: "s2"), first: true)
        queue.add(Self.entry(of: "s3"), first: true)
        #expect(queue.all.map(\.event.service) == ["s3", "s2", "s0"])
        let services = Self.dropped(from: &queue)
        #expect(services == ["s2", "s3", "s0"])
    }

    @Test func theMemoryOfAChannelHasAnEnd() {
        #expect(Outbox.limit == 10_000)
    }

    // MARK: Holding

    /// What the peer asks for and what our own pace asks for: the longer one counts.
    @Test(arguments: [(30, 30), (0.5, 1)] as [(Double, Double)])
    mutating func theLongerOfTwoHoldsCounts(pause: Double, held: Double) {
        let entries = add("s0", "s1", "s2", "s3")
        note(Self.refused, entries[0], 0)
        note(Self.refused, entries[1], 0)
        note(.failed(reason: "x", retryAfter: .seconds(pause)), entries[2], 0)
        let next = outbox.next(for: "a", at: Self.start)
        #expect(next == .wait(until: Self.after(held)))
    }

    /// A delivery says that the channel works: failures before it tell nothing any more.
    @Test mutating func aDeliveryEndsTheTrouble() {
        let entries = add("s0", "s1", "s2", "s3", "s4")
        note(Self.refused, entries[0], 0)
        note(Self.refused, entries[1], 0)
        #expect(outbox.trouble(of: "a") == "it answered 403")
        note(.delivered, entries[2], 0)
        #expect(outbox.trouble(of: "a") == nil)
        #expect(outbox.count == 4)
        note(Self.refused, entries[3], 0)
        #expect(outbox.trouble(of: "a") == "it answered 403")
        let next = outbox.next(for: "a", at: Self.start)
        #expect(next == .send(entries[4]))
    }

    /// A failed event that is no longer there tells nothing of the channel.
    @Test mutating func anEventThatWasDroppedHoldsNothing() {
        let entries = add("s0", "s1", "s2", "s3")
        note(Self.refused, entries[0], 0)
        note(Self.refused, entries[1], 0)
        outbox.drop(entries[0])
        note(Self.refused, entries[2], 0)
        let next = outbox.next(for: "a", at: Self.start)
        #expect(next == .send(entries[3]))
    }

    /// A channel that takes events for some recipients works.
    @Test mutating func aMissingRecipientHoldsNothing() {
        let entries = add("s0", "s1", "s2", "s3")
        for entry in entries.prefix(3) { note(.unfinished(missing: "b@example.com"), entry, 0) }
        let next = outbox.next(for: "a", at: Self.start)
        #expect(next == .send(entries[3]))
    }

    /// After a delivery an event with a long wait follows, but not sooner than a young one after its last attempt.
    @Test(arguments: [(5, 20), (30, 30)] as [(Double, Double)])
    mutating func anEventWithALongWaitFollowsADelivery(delivered: Double, due: Double) {
        outbox = Self.outbox(firstTries: 0)
        let entries = add("s0", "s1")
        note(Self.refused, entries[0], 0)
        #expect(outbox.entry(entries[0].key, of: "a")?.dueAt == Self.after(40))
        note(.delivered, entries[1], delivered)
        #expect(outbox.entry(entries[0].key, of: "a")?.dueAt == Self.after(due))
        let next = outbox.due("a", at: Self.after(delivered))
        #expect(next == Self.after(due))
    }

    @Test mutating func anOverdueEventIsDueNow() {
        _ = add("s0")
        let due = outbox.due("a", at: Self.after(5))
        #expect(due == Self.after(5))
        let none = outbox.due("b", at: Self.after(5))
        #expect(none == nil)
    }

    /// A pause that is running must not be forgotten, nor an event.
    @Test mutating func aQueueIsOverAfterItsLastEventAndPause() {
        var queue = OutboxQueue()
        #expect(queue.isOver(at: Self.start))
        let entry = Self.entry(of: "s0")
        queue.add(entry)
        #expect(!queue.isOver(at: Self.start))
        _ = queue.note(
            Delivery(outcome: .delivered, pause: .seconds(5)), for: entry.key, at: Self.start, outbox.pace,
            using: &random)
        #expect(!queue.isOver(at: Self.after(4.9)))
        #expect(queue.isOver(at: Self.after(5)))
    }
}
