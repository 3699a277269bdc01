import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// What a peer's answer means for an event: delivered, tried again, or refused.
struct DeliveryTests {
    private static func delivery(
        _ status: Int, headers: [(name: String, value: String)] = [], body: String = "", asked: Duration? = nil,
        hiding secrets: [String] = []
    ) -> Delivery {
        let response = HTTPClientResponse(status: status, headers: headers, body: Array(body.utf8), elapsed: .zero)
        return Delivery(response, from: "it", retryAfter: asked, hiding: secrets)
    }

    @Test(
        arguments: [
            ([200, 201, 204, 299], "delivered"), ([408, 425, 429, 500, 501, 503, 599], "failed"),
            ([199, 300, 301, 308, 400, 401, 407, 409, 424, 426, 428, 430, 499], "refused"),
        ] as [([Int], String)])
    func `a status has one meaning`(_ statuses: [Int], _ meaning: String) {
        for status in statuses {
            let found =
                switch Self.delivery(status).outcome {
                case .delivered: "delivered"
                case .failed: "failed"
                case .refused: "refused"
                }
            #expect(found == meaning, "\(status)")
        }
    }

    @Test func `the body's wait comes before the header's`() {
        let header = [(name: "retry-after", value: "30")]
        #expect(Self.delivery(503, headers: header) == .failed(reason: "it answered 503", retryAfter: .seconds(30)))
        #expect(Self.delivery(429, headers: header, asked: .seconds(7)).pause == .seconds(7))
        #expect(Self.delivery(429).pause == nil)
        // Whoever refuses an event asks for nothing.
        #expect(Self.delivery(400, headers: header) == .refused(reason: "it answered 400"))
    }

    @Test func `a secret is hidden before the answer is cut`() {
        let words = String(repeating: "x", count: 190)
        let body = words + " secret-of-the-channel"
        guard case .refused(let reason) = Self.delivery(400, body: body, hiding: ["secret-of-the-channel"]).outcome
        else {
            Issue.record("it is not refused")
            return
        }
        #expect(reason.hasPrefix("it answered 400: \(words)"))
        #expect(!reason.contains("secret"))
        #expect(reason.utf16.count <= "it answered 400: ".utf16.count + 200)
    }

    @Test func `no peer silences alerts for longer than an hour`() {
        let asked = [0, 0.5, 3599, 3600, 3601, .infinity, -.infinity, .nan, -0.001, nil] as [Double?]
        let waits = [.zero, .milliseconds(500), .seconds(3599), .seconds(3600), .seconds(3600)] as [Duration?]
        #expect(asked.map { Delivery.duration(seconds: $0) } == waits + Array(repeating: nil, count: 5))
        let now = WallTime(microseconds: 1_768_838_847_500_000)
        for (date, wait) in [
            ("19 Jan 2026 17:07:27", 3600), ("19 Jan 2027 16:07:27", 3600), ("19 Jan 2026 16:07:28", 1),
        ] {
            #expect(Delivery.retryAfter("Mon, \(date) GMT", now: now) == .seconds(wait), "\(date)")
        }
    }

    @Test(
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Fri, 31 Dec 9999 23:59:60 GMT", 253_402_300_800),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Thu, 31 Dec 2026 00:00:00 GMT", 1_798_675_200), ("Mon, 19 Jan 2026 16:07:27 UTC", nil),
            ("Mon, 0 Jan 2026 16:07:27 GMT", nil), ("Mon, 32 Jan 2026 16:07:27 GMT", nil),
            ("Mon, 19 jan 2026 16:07:27 GMT", nil), ("Mon, 19 Jan 1969 16:07:27 GMT", nil),
            ("Mon, 19 Jan 10000 16:07:27 GMT", nil), ("Mon, 19 Jan 2026 24:07:27 GMT", nil),
            ("Mon, 19 Jan 2026 16:60:27 GMT", nil), ("Mon, 19 Jan 2026 16:07:61 GMT", nil),
            ("Mon, 19 Jan 2026 16:07 GMT", nil), ("19 Jan 2026 16:07:27 GMT", nil),
            ("Mon, 19 Jan 2026 -1:07:27 GMT", nil),
        ] as [(String, Int64?)])
    func `a date is HTTP's or none`(_ text: String, _ seconds: Int64?) {
        #expect(HTTPDate.seconds(text) == seconds)
    }

    @Test func `an error of the request itself is no outage`() {
        #expect(
            Delivery(HTTPClientError(kind: .invalidRequest, message: "no host"), to: "it")
                == .refused(reason: "it cannot be reached: no host"))
        #expect(
            Delivery(HTTPClientError(kind: .timedOut, message: "late"), to: "it")
                == .failed(reason: "it cannot be reached: late", retryAfter: nil))
        #expect(
            Delivery(CancellationError(), to: "it")
                == .failed(reason: "it: the sending was cancelled", retryAfter: nil))
    }
}
