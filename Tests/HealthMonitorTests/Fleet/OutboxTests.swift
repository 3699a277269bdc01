import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The times of sending, with the test's own clock.
struct OutboxTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private static func after(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private static func entry(
        _ kind: AlertEvent.Kind = .opened, of service: String = "casino", on channel: String = "a", after: Int64 = 0
    ) -> Outbox.Entry {
        let event = ChannelScene.event(kind, service: service, after: after)
        return Outbox.Entry(key: event.key(for: channel), channel: channel, event: event, dueAt: start)
    }

    private var random = SystemRandomNumberGenerator()
    private var outbox = Outbox(
        pace: .init(
            first: Backoff(initial: .seconds(1), maximum: .seconds(20)), firstTries: 30,
            later: Backoff(initial: .seconds(40), maximum: .seconds(300))))

    private mutating func next(_ seconds: Double, _ channel: String = "a") -> Outbox.Next {
        outbox.next(for: channel, at: Self.after(seconds))
    }

    /// The event that is sent, or due, at a time.
    private mutating func sent(_ seconds: Double) -> AlertEvent? {
        guard case .send(let entry) = next(seconds) else { return nil }
        return entry.event
    }

    @discardableResult
    private mutating func note(_ delivery: Delivery, _ entry: Outbox.Entry, _ seconds: Double) -> Outbox.Entry? {
        outbox.note(delivery, for: entry, at: Self.after(seconds), using: &random)
    }

    private static let refused = Delivery.refused(reason: "it answered 403")

    @Test mutating func eventsOfOneServiceLeaveInOrderAndOthersGoPast() {
        let opened = Self.entry()
        let resolved = Self.entry(.resolved, after: 60)
        let other = Self.entry(of: "web")
        _ = outbox.add([opened, resolved, other])
        var isNext = next(0) == .send(opened)
        #expect(isNext)
        note(.failed(reason: "x", retryAfter: nil), opened, 0)
        isNext = next(0) == .send(other)
        #expect(isNext)
        note(.delivered, other, 0)
        isNext = next(0) == .wait(until: Self.after(1))
        #expect(isNext)
        var event = sent(1)
        #expect(event == opened.event)
        note(.delivered, opened, 1)
        // At once, however long the first event had to wait.
        event = sent(1)
        #expect(event == resolved.event)
        note(.delivered, resolved, 1)
        isNext = next(1) == .nothing
        #expect(isNext)
        #expect(outbox.count == 0)
    }

    /// A person who repairs a channel is waiting for the alert.
    @Test(arguments: [refused, .failed(reason: "x", retryAfter: nil)])
    mutating func triesAreSecondsApartForTenMinutesAndMinutesLater(delivery: Delivery) {
        _ = outbox.add([Self.entry()])
        var now = Self.start
        var waits: [Double] = []
        for _ in 0..<40 {
            guard case .send(let entry) = outbox.next(for: "a", at: now) else { break }
            let due = outbox.note(delivery, for: entry, at: now, using: &random)?.dueAt ?? now
            waits.append(due.since(now).seconds)
            now = due
        }
        #expect(waits.prefix(7) == [1, 2, 4, 8, 16, 20, 20])
        #expect(waits.suffix(11) == [20, 40, 80, 160, 300, 300, 300, 300, 300, 300, 300])
        #expect(outbox.trouble(of: "a") != nil)
    }

    @Test func theFirstTriesCoverTenMinutesHoweverShortTheyAre() {
        let pace = Outbox.Pace()
        let shortest = (0..<pace.firstTries).reduce(Duration.zero) {
            $0 + pace.first.delay($1) * (1 - pace.first.jitter)
        }
        #expect(shortest >= .seconds(600))
        #expect(pace.first.maximum + .seconds(30) < .seconds(60))
    }

    @Test mutating func theUsualPaceIsSecondsAndThenFiveMinutes() {
        let pace = Outbox.Pace()
        var seeded = SeededRandom(seed: 1)
        let delays = (0..<60).map { pace.delay($0, using: &seeded) }
        #expect((.milliseconds(750) ... .seconds(1)).contains(delays[0]))
        #expect(delays[5..<45].allSatisfy { (.seconds(15) ... .seconds(20)).contains($0) })
        #expect((.seconds(30) ... .seconds(40)).contains(delays[45]))
        #expect(delays[48...].allSatisfy { (.seconds(225) ... .seconds(300)).contains($0) })
        #expect(pace.later.delay(0) == .seconds(40) && pace.later.delay(9) == .seconds(300))
    }

    /// Two events may be at fault themselves; the third says that it is the channel.
    @Test mutating func threeDifferentRefusalsHoldTheChannel() {
        let all = (0..<4).map { Self.entry(of: "s\($0)") }
        _ = outbox.add(all)
        note(Self.refused, all[0], 0)
        note(Self.refused, all[0], 0)
        note(Self.refused, all[1], 0)
        var isNext = next(0) == .send(all[2])
        #expect(isNext)
        note(Self.refused, all[2], 0)
        isNext = next(0.9) == .wait(until: Self.after(1))
        #expect(isNext)
        isNext = next(1) == .send(all[3])
        #expect(isNext)
        note(Self.refused, all[3], 1)
        isNext = next(2.9) == .wait(until: Self.after(3))
        #expect(isNext)
    }

    /// A peer's requested delay applies to all its events, and to no other peer.
    @Test mutating func aRetryAfterStopsTheWholeChannel() {
        let first = Self.entry()
        _ = outbox.add([first, Self.entry(of: "web"), Self.entry(on: "b")])
        note(.failed(reason: "x", retryAfter: .seconds(30)), first, 0)
        let isHeld = next(29) == .wait(until: Self.after(30))
        #expect(isHeld)
        let isFree = next(0, "b") == .send(Self.entry(on: "b"))
        #expect(isFree)
        let event = sent(30)
        #expect(event != nil)
    }

    /// Discord's delay with an accepted message: the next event waits, even if it arrives at an empty queue.
    @Test mutating func aPauseAfterADeliveryHoldsTheNextEvent() {
        let first = Self.entry()
        _ = outbox.add([first])
        note(Delivery(outcome: .delivered, pause: .seconds(5)), first, 0)
        #expect(outbox.counts == [:])
        let second = Self.entry(of: "web")
        _ = outbox.add([second])
        let isHeld = next(4) == .wait(until: Self.after(5))
        #expect(isHeld)
        let isFree = next(5) == .send(second)
        #expect(isFree)
    }

    /// Thousands of events for a dead channel must not cause thousands of attempts.
    @Test mutating func aChannelThatRefusesAllIsTriedByOneAtATime() {
        _ = outbox.add((0..<1000).map { Self.entry(of: "s\($0)") })
        var tries = 0
        var (tried, second): (Set<String>, Double) = ([], 0)
        while second < 600 {
            switch next(second) {
            case .send(let entry):
                tries += 1
                tried.insert(entry.key)
                note(Self.refused, entry, second)
            case .wait(let until): second = until.since(Self.start).seconds
            case .nothing: second = 600
            }
        }
        #expect((20...60).contains(tries))
        // Not always one event, which may itself be at fault.
        #expect(tried.count > 10)
        // The channel accepts an event: all others follow within the longest delay.
        var left = outbox.count
        let mended = second
        while left > 0 {
            switch next(second) {
            case .send(let entry): note(.delivered, entry, second)
            case .wait(let until): second = until.since(Self.start).seconds
            case .nothing: break
            }
            left = outbox.count
        }
        #expect(second - mended <= 40)
        #expect(outbox.trouble(of: "a") == nil)
    }

    /// An event that is refused alone delays no other, and is not retried after each delivery.
    @Test mutating func anEventThatIsRefusedAloneHoldsUpNoOther() {
        let poison = Self.entry(of: "poison")
        _ = outbox.add([poison])
        note(Self.refused, poison, 0)
        for number in 0..<50 {
            let other = Self.entry(of: "s\(number)")
            _ = outbox.add([other])
            let isNext = next(0.5) == .send(other)
            #expect(isNext)
            note(.delivered, other, 0.5)
        }
        let event = sent(1)
        #expect(event == poison.event)
    }

    /// Events from an earlier run become due soon after the channel accepts one.
    @Test mutating func oldEventsFollowWhenTheChannelTakesANewOne() {
        var old = Self.entry(of: "old")
        old.attempts = 60
        old.lastError = "it answered 401"
        old.dueAt = Self.after(300)
        _ = outbox.add([old], first: true)
        #expect(outbox.trouble(of: "a") == "it answered 401")
        let new = Self.entry(of: "new")
        _ = outbox.add([new])
        let isNext = next(0) == .send(new)
        #expect(isNext)
        note(.delivered, new, 0)
        let event = sent(0)
        #expect(event == old.event)
    }

    @Test mutating func whatIsFoundInTheFileGoesBeforeWhatIsNew() {
        let (opened, resolved) = (Self.entry(), Self.entry(.resolved, after: 60))
        _ = outbox.add([resolved])
        _ = outbox.add([opened, Self.entry(.repeated, after: 30)], first: true)
        #expect(outbox.entries.map(\.event.kind) == [.opened, .repeated, .resolved])
        let event = sent(0)
        #expect(event == opened.event)
    }

    /// Ten thousand events of one service, or of as many services: this takes seconds if each step walks through all.
    @Test(.timeLimit(.minutes(1)), arguments: [1, Outbox.limit])
    mutating func aLongQueueIsEmptiedStepByStep(services: Int) {
        for number in 0..<Int64(Outbox.limit) {
            _ = outbox.add([Self.entry(.repeated, of: "s\(number % Int64(services))", after: number)])
        }
        var order: [Int64] = []
        while case .send(let entry) = next(0) {
            order.append(entry.event.happenedAt)
            note(.delivered, entry, 0)
        }
        #expect(order == order.sorted())
        #expect(order.count == Outbox.limit)
    }

    @Test mutating func oneEventIsThereOnce() {
        _ = outbox.add([Self.entry()])
        _ = outbox.add([Self.entry()])
        #expect(outbox.count == 1)
    }

    @Test mutating func aChannelThatIsDeadKeepsItsNewestAndLosesRepeatsFirst() {
        _ = outbox.add([Self.entry(), Self.entry(.repeated, after: 1)])
        let more = (2..<Int64(Outbox.limit + 1)).map { Self.entry(.resolved, of: "s\($0)", after: $0) }
        let gone = outbox.add(more)
        #expect(gone == [Self.entry(.repeated, after: 1)])
        #expect(outbox.count == Outbox.limit)
        #expect(outbox.dropped == 1)
    }

    @Test func aKeyIsTheSameForEachTryAndNoOtherEvents() {
        let event = ChannelScene.event()
        #expect(event.key(for: "a") == event.key(for: "a"))
        let others = [
            event.key(for: "a"), event.key(for: "b"), ChannelScene.event(.resolved).key(for: "a"),
            ChannelScene.event(after: 1).key(for: "a"), ChannelScene.event(service: "web").key(for: "a"),
        ]
        #expect(Set(others).count == others.count)
        #expect(others.allSatisfy { $0.utf8.count == 24 })
        // Stored in a file, it must stay equal in every version.
        #expect(
            event.key(for: "a") == Digest.hexadecimal("casino\0opened\0" + "1768838847500000\0" + "1768838847500000\0a")
        )
        #expect(Digest.hexadecimal("").hasPrefix("cbf29ce484222325"))
    }

    /// A peer's pause outlives the process with the entry's own time.
    @Test mutating func aPauseIsPartOfTheEntrysTime() throws {
        let entry = Self.entry()
        _ = outbox.add([entry])
        let left = note(.failed(reason: "x", retryAfter: .seconds(3600)), entry, 0)
        #expect(left?.dueAt == Self.after(3600))
    }

    /// Two refused events may be at fault themselves; three show that the channel is.
    @Test mutating func threeEventsTellOfAChannel() {
        let entries = (0..<4).map { Self.entry(of: "s\($0)") }
        _ = outbox.add(entries)
        for entry in entries.prefix(2) { note(Self.refused, entry, 0) }
        let isNext = next(0) == .send(entries[2])
        #expect(isNext)
        note(Self.refused, entries[2], 0)
        let waits = next(0) == .wait(until: Self.after(1))
        #expect(waits)
    }
}
