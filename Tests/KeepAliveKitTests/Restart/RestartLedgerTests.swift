import Testing

@testable import KeepAliveKit

struct RestartLedgerTests {
    static let example = RestartLedger(
        record: .init(consecutive: 3, failures: 2), delay: .seconds(20), nextStart: 1_768_838_847_123_456)
    static let text =
        #"{"version":1,"consecutive":3,"failures":2,"delay_ms":20000,"next_start_us":1768838847123456}"# + "\n"

    @Test func theFormat() {
        #expect(Self.example.json == Self.text)
        #expect(RestartLedger(json: Self.text) == Self.example)
        #expect(RestartLedger(json: " { \"version\" : 1 ,\n" + Self.text.dropFirst(13)) == Self.example)
    }

    @Test(arguments: [
        (0, 0, Duration.zero, Int64(0)), (Int.max, Int.max, .seconds(300), .max), (1, 0, .milliseconds(1), 1),
        (7, 7, .milliseconds(9_223_372_036_854), 42),
    ])
    func roundTrip(consecutive: Int, failures: Int, delay: Duration, nextStart: Int64) {
        let ledger = RestartLedger(
            record: .init(consecutive: consecutive, failures: failures), delay: delay, nextStart: nextStart)
        #expect(RestartLedger(json: ledger.json) == ledger)
    }

    @Test func delaysBeyondTheScaleAreStillReadBack() {
        let ledger = RestartLedger(record: .init(), delay: .seconds(Int64.max), nextStart: .max)
        #expect(RestartLedger(json: ledger.json)?.nextStart == .max)
    }

    @Test(arguments: [
        "", "\n", "{}", "null", "[]", "x", "\0\0\0\0", "🙂", "{\"version\":1}", String(text.dropLast(2)),
        String(text.dropFirst()), text + text, text + "x", text.replacing("\"version\":1", with: "\"version\":2"),
        text.replacing("failures", with: "Failures"), text.replacing("3", with: "-3"), text.replacing("3", with: "3.0"),
        text.replacing("3", with: "03"), text.replacing("3", with: "\"3\""), text.replacing("3", with: "1e3"),
        text.replacing("20000", with: "99999999999999999999"), text.replacing("20000", with: "9223372036854775807"),
        text.replacing("1768838847123456", with: "99999999999999999999"), text.replacing(",\"failures\":2", with: ""),
        text.replacing("}", with: ",\"more\":1}"), text.replacing("{", with: "[").replacing("}", with: "]"),
        text.replacing("3", with: "٣"), String(repeating: "1,", count: 2000),
    ])
    func damage(text: String) {
        #expect(RestartLedger(json: text) == nil)
    }

    @Test func aDelayIsNeverNegative() {
        let ledger = RestartLedger(record: .init(), delay: .seconds(-1), nextStart: 1)
        #expect(RestartLedger(json: ledger.json)?.delay == .zero)
    }

    @Test(arguments: [
        (Int64(-20_000_000), Duration.seconds(20)), (-1, .microseconds(1)), (0, .zero), (1, .zero),
        // After the wall clock was set back, the delay applies once, not for years.
        (-86_400_000_000, .seconds(20)), (86_400_000_000, .zero),
    ])
    func whatIsLeft(after: Int64, left: Duration) {
        #expect(Self.example.remaining(at: Self.example.nextStart + after) == left)
    }

    @Test func whatIsLeftAtTheEndsOfTheScale() {
        #expect(Self.example.remaining(at: .min) == .zero)
        #expect(Self.example.remaining(at: .max) == .zero)
        var late = Self.example
        late.nextStart = .max
        #expect(late.remaining(at: 0) == .seconds(20))
        late.nextStart = .min
        #expect(late.remaining(at: .max) == .zero)
    }

    @Test(arguments: [
        (Int64(-1_000_000), true), (0, true), (300_000_000, true), (300_000_001, false), (86_400_000_000, false),
        (-86_400_000_000, true),
    ])
    func recent(after: Int64, isRecent: Bool) {
        #expect(Self.example.isRecent(at: Self.example.nextStart + after, resetAfter: .seconds(300)) == isRecent)
    }

    @Test func recentAtTheEndsOfTheScale() {
        var ledger = Self.example
        ledger.nextStart = .min
        #expect(!ledger.isRecent(at: .max, resetAfter: .seconds(300)))
        ledger.nextStart = .max
        #expect(ledger.isRecent(at: .min, resetAfter: .seconds(300)))
    }
}
