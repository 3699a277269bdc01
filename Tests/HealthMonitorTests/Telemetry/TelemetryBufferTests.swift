import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct TelemetryBufferTests {
    private let start = MonotonicTime.now()
    private var generator = SystemRandomNumberGenerator()

    private func items(_ range: Range<Int>) -> [TelemetryItem] {
        range.map { TelemetryItem(name: "\($0)", content: .event, properties: [:], time: WallTime(microseconds: 0)) }
    }

    private func buffer() -> TelemetryBuffer {
        TelemetryBuffer(backoff: Backoff(initial: .seconds(15), maximum: .seconds(900)))
    }

    @Test func afterSomeTimeOrOnceAHundredWait() {
        var buffer = buffer()
        #expect(buffer.due(at: start) == nil)
        buffer.add([], at: start)
        #expect(buffer.due(at: start) == nil)
        buffer.add(items(0..<1), at: start)
        let later = start.advanced(by: .seconds(5))
        buffer.add(items(1..<99), at: later)
        #expect(buffer.due(at: later) == start.advanced(by: .seconds(15)))
        buffer.add(items(99..<150), at: later)
        #expect(buffer.due(at: later) == later)
        #expect(buffer.take(at: later) == items(0..<100))
        #expect(buffer.due(at: later) == later.advanced(by: .seconds(15)))
    }

    @Test mutating func whatFailedIsSentAgainFirstAndLater() {
        var buffer = buffer()
        buffer.add(items(0..<130), at: start)
        let taken = buffer.take(at: start)
        buffer.note(.again([3, 5, 1000, -1], after: nil), of: taken, at: start, using: &generator)
        #expect(buffer.count == 32)
        #expect(buffer.due(at: start) == start.advanced(by: .seconds(15)))
        buffer.add(items(130..<300), at: start)
        #expect(buffer.due(at: start) == start.advanced(by: .seconds(15)), "it has asked for silence")
        let second = buffer.take(at: start)
        #expect(second.prefix(3).map(\.name) == ["3", "5", "100"])
        buffer.note(.again(Array(0..<100), after: .seconds(100)), of: second, at: start, using: &generator)
        #expect(buffer.due(at: start) == start.advanced(by: .seconds(100)))
        let third = buffer.take(at: start)
        buffer.note(.again([0], after: .seconds(1)), of: third, at: start, using: &generator)
        #expect(buffer.due(at: start) == start.advanced(by: .seconds(60)), "the third failure in a row")
        buffer.note(.done, of: buffer.take(at: start), at: start, using: &generator)
        #expect(buffer.due(at: start) == start.advanced(by: .seconds(15)), "all is well again: the three that are left")
    }

    @Test func aHundredAreABatch() {
        var buffer = buffer()
        buffer.add(items(0..<99), at: start)
        #expect(buffer.due(at: start) == start.advanced(by: .seconds(15)))
        buffer.add(items(99..<100), at: start)
        #expect(buffer.due(at: start) == start)
    }

    /// Nothing else waits, and nothing comes later: what failed must be due by itself.
    @Test mutating func theLastItemsAreSentAgainToo() {
        var buffer = buffer()
        buffer.add(items(0..<2), at: start)
        let taken = buffer.take(at: start)
        #expect(buffer.due(at: start) == nil)
        buffer.note(.again([1], after: nil), of: taken, at: start, using: &generator)
        #expect(buffer.due(at: start) == start.advanced(by: .seconds(15)))
        #expect(buffer.take(at: start).map(\.name) == ["1"])
    }

    @Test mutating func itIsBounded() {
        var buffer = buffer()
        for round in 0..<120 { buffer.add(items(round * 100..<round * 100 + 100), at: start) }
        #expect(buffer.count == TelemetryBuffer.limit)
        #expect(buffer.dropped == 2000)
        let taken = buffer.take(at: start)
        #expect(taken.first?.name == "2000")
        buffer.add(items(0..<100), at: start)
        buffer.note(.again(Array(0..<100), after: nil), of: taken, at: start, using: &generator)
        #expect(buffer.count == TelemetryBuffer.limit)
        #expect(buffer.take(at: start).first?.name == "2100", "the oldest go first")
    }

    /// However long an outage lasts, an attempt comes within a quarter of an hour.
    @Test mutating func aLongOutageIsLookedAtNowAndThen() throws {
        var buffer = TelemetryBuffer()
        buffer.add(items(0..<1), at: start)
        for _ in 0..<30 {
            let taken = buffer.take(at: start)
            buffer.note(.again([0], after: nil), of: taken, at: start, using: &generator)
        }
        let wait = try #require(buffer.due(at: start)).since(start)
        // Shortened at random, by three tenths at most.
        #expect(wait >= .seconds(630) && wait <= .seconds(900))
    }

    // MARK: Answers

    private static func answer(
        _ status: Int, _ body: String = "", headers: [(String, String)] = [], redirect: String? = nil
    ) -> TrackAnswer {
        TrackAnswer(
            HTTPClientResponse(
                status: status, headers: headers.map { (name: $0.0, value: $0.1) }, body: Array(body.utf8),
                elapsed: .zero, redirectURL: redirect), count: 4,
            endpoint: "https://eu.in.applicationinsights.azure.com")
    }

    @Test(arguments: [402, 408, 429, 439, 500, 502, 503, 504])
    func passingFaults(status: Int) {
        #expect(
            Self.answer(status, headers: [("Retry-After", "30")])
                == .outcome(.again([0, 1, 2, 3], after: .seconds(30)), refusal: nil))
        #expect(Self.answer(status) == .outcome(.again([0, 1, 2, 3], after: nil), refusal: nil))
    }

    @Test(arguments: [400, 401, 403, 404, 413, 418])
    func faultsForGood(status: Int) {
        #expect(Self.answer(status) == .outcome(.done, refusal: "it answered \(status)"))
    }

    @Test func aDateToWaitFor() throws {
        let soon = WallTime(microseconds: WallTime.now().microseconds + 600_000_000)
        var stamp = Timestamper()
        var date: [UInt8] = []
        stamp.appendHTTPDate(soon, to: &date)
        let answer = Self.answer(429, headers: [("Retry-After", String(decoding: date, as: UTF8.self))])
        guard case .outcome(.again(_, let wait?), _) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(wait > .zero && wait <= .seconds(600))
    }

    @Test func ofAPartialSuccessOnlyThePassingFaultsAreSentAgain() {
        let body = """
            {"itemsReceived":4,"itemsAccepted":1,"errors":[{"index":3,"statusCode":429,"message":"x"},
            {"index":1,"statusCode":400,"message":"x"},{"index":0,"statusCode":500},{"index":9,"statusCode":500},
            {"index":-1,"statusCode":500},{"statusCode":500},{"index":2},{"index":2,"statusCode":402},{"index":1e99,"statusCode":500}, 5]}
            """
        #expect(
            Self.answer(206, body, headers: [("Retry-After", "7")])
                == .outcome(
                    .again([0, 2, 3], after: .seconds(7)), refusal: "it refused 1 of 4 items, the first with 400"))
        // A list of errors counts even with 200.
        #expect(
            Self.answer(200, body)
                == .outcome(.again([0, 2, 3], after: nil), refusal: "it refused 1 of 4 items, the first with 400"))
        for body in ["", "{", "[]", "{\"errors\":null}", "{\"itemsReceived\":4,\"itemsAccepted\":4,\"errors\":[]}"] {
            #expect(Self.answer(206, body) == .outcome(.done, refusal: nil), "\(body)")
            #expect(Self.answer(200, body) == .outcome(.done, refusal: nil), "\(body)")
        }
    }

    /// The items carry the key: they stay with their host, or with Azure.
    @Test(arguments: [
        ("https://relay.example", "https://relay.example:8443", true),
        ("http://127.0.0.1:1", "http://127.0.0.1:2", true), ("http://relay.example", "https://RELAY.example", true),
        ("https://relay.example", "http://relay.example", false),
        ("https://relay.example", "https://other.example", false),
        ("https://relay.example", "https://eu.in.applicationinsights.azure.com", false),
        ("https://eu.in.applicationinsights.azure.com", "https://we.in.applicationinsights.azure.com", true),
    ])
    func whereTheKeyMayGo(from old: String, to new: String, may: Bool) {
        #expect(TrackAnswer.mayMove(from: old, to: new) == may)
    }

    @Test(
        arguments: [
            (
                "https://we.in.applicationinsights.azure.com/v2.1/track",
                "https://we.in.applicationinsights.azure.com:443"
            ),
            ("https://eu.in.applicationinsights.azure.com:8443/x", "https://eu.in.applicationinsights.azure.com:8443"),
            ("http://we.in.applicationinsights.azure.com/", nil), ("https://evil.example/", nil),
            ("https://evilapplicationinsights.azure.com/", nil), ("ftp://x/", nil), (nil, nil),
        ] as [(String?, String?)])
    func redirects(target: String?, place: String?) {
        for status in [307, 308] {
            let answer = Self.answer(status, redirect: target)
            if let place {
                #expect(answer == .moved(endpoint: place))
            } else {
                #expect(answer == .outcome(.done, refusal: "it redirects to another place than its own"))
            }
        }
        #expect(Self.answer(302, redirect: target) == .outcome(.done, refusal: "it answered 302"))
    }
}
