import KeepAliveKit
import Testing

@testable import health_monitor

/// What is sent when, with a clock of the test's own.
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
            failed: Backoff(initial: .seconds(5), maximum: .seconds(900)),
            refused: Backoff(initial: .seconds(900), maximum: .seconds(21_600))))

    @Test mutating func eventsOfOneServiceLeaveInOrderAndOthersGoPast() {
        let opened = Self.entry()
        let resolved = Self.entry(.resolved, after: 60)
        let other = Self.entry(of: "web")
        _ = outbox.add([opened, resolved, other])
        #expect(outbox.next(for: "a", at: Self.start) == .send(opened))
        _ = outbox.note(.failed(reason: "x", retryAfter: nil), for: opened, at: Self.start, using: &random)
        #expect(outbox.next(for: "a", at: Self.start) == .send(other))
        _ = outbox.note(.delivered, for: other, at: Self.start, using: &random)
        #expect(outbox.next(for: "a", at: Self.start) == .wait(until: Self.after(5)))
        guard case .send(let again) = outbox.next(for: "a", at: Self.after(5)) else {
            Issue.record("it is not sent again")
            return
        }
        #expect(again.key == opened.key)
        _ = outbox.note(.delivered, for: again, at: Self.after(5), using: &random)
        #expect(outbox.next(for: "a", at: Self.after(5)) == .send(resolved))
        _ = outbox.note(.delivered, for: resolved, at: Self.after(5), using: &random)
        #expect(outbox.next(for: "a", at: Self.after(5)) == .nothing)
        #expect(outbox.count == 0)
    }

    @Test mutating func waitsDoubleUpToAQuarterOfAnHour() {
        _ = outbox.add([Self.entry()])
        var now = Self.start
        var waits: [Double] = []
        for _ in 0..<10 {
            guard case .send(let entry) = outbox.next(for: "a", at: now) else { break }
            let noted = outbox.note(.failed(reason: "x", retryAfter: nil), for: entry, at: now, using: &random)
            waits.append(noted?.dueAt.since(now).seconds ?? -1)
            now = noted?.dueAt ?? now
        }
        #expect(waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900])
    }

    /// What a peer asks for holds for all that goes to it, and for nobody else.
    @Test mutating func aRetryAfterStopsTheWholeChannel() {
        let first = Self.entry()
        _ = outbox.add([first, Self.entry(of: "web"), Self.entry(on: "b")])
        _ = outbox.note(
            .failed(reason: "x", retryAfter: .seconds(30)), for: first, at: Self.start, using: &random)
        #expect(outbox.next(for: "a", at: Self.after(29)) == .wait(until: Self.after(30)))
        #expect(outbox.next(for: "b", at: Self.start) == .send(Self.entry(on: "b")))
        guard case .send = outbox.next(for: "a", at: Self.after(30)) else {
            Issue.record("it does not go on")
            return
        }
    }

    @Test mutating func whatWasRefusedIsTriedSlowly() {
        let entry = Self.entry()
        _ = outbox.add([entry])
        let noted = outbox.note(.refused(reason: "gone"), for: entry, at: Self.start, using: &random)
        #expect(noted?.dueAt == Self.after(900))
        #expect(noted?.lastError == "gone")
        #expect(noted?.attempts == 1)
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
        // Kept in a file, it must be the same in every version.
        #expect(
            event.key(for: "a") == Digest.hexadecimal("casino\0opened\0" + "1768838847500000\0" + "1768838847500000\0a")
        )
        #expect(Digest.hexadecimal("").hasPrefix("cbf29ce484222325"))
    }
}
