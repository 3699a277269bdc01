import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePlatform

struct WallTimeTests {
    /// Foundation's text for a whole second; its formatter has no microseconds.
    private func reference(_ seconds: Int64) -> String {
        var style = Date.ISO8601FormatStyle()
        style.timeZone = TimeZone(secondsFromGMT: 0)!
        return String(Date(timeIntervalSince1970: Double(seconds)).formatted(style).dropLast())
    }

    private func replaced(_ microseconds: Int64) -> String {
        var bytes = Array("time: 0000-00-00T00:00:00.000000Z".utf8)
        var span = bytes.mutableSpan
        WallTime(microseconds: microseconds).replaceDigits(of: &span, at: 6)
        return String(decoding: bytes.dropFirst(6), as: UTF8.self)
    }

    @Test func theFormat() {
        #expect(WallTime(microseconds: 1_768_838_847_123_456).iso8601 == "2026-01-19T16:07:27.123456Z")
        #expect(WallTime(microseconds: 0).iso8601 == "1970-01-01T00:00:00.000000Z")
        #expect(WallTime(microseconds: -1).iso8601 == "1969-12-31T23:59:59.999999Z")
        #expect(WallTime(microseconds: 951_782_400_000_001).iso8601 == "2000-02-29T00:00:00.000001Z")
    }

    /// Years 1583 to 9999, with one stamper for all, which also tests its cache of the last second.
    @Test func agreesWithFoundation() {
        var random = SeededRandom(seed: 3)
        var stamp = Timestamper()
        for _ in 0..<5000 {
            let second = Int64.random(in: -12_212_553_600..<253_402_300_800, using: &random)
            for fraction in [0, Int64.random(in: 0..<1_000_000, using: &random), 999_999] {
                var bytes: [UInt8] = []
                stamp.appendISO8601(WallTime(microseconds: second * 1_000_000 + fraction), to: &bytes)
                let digits = String(1_000_000 + fraction).dropFirst()
                #expect(String(decoding: bytes, as: UTF8.self) == "\(reference(second)).\(digits)Z")
                #expect(replaced(second * 1_000_000 + fraction) == String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    @Test(arguments: [
        (Int64(1_768_838_847), "Mon, 19 Jan 2026 16:07:27 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ])
    func httpDates(second: Int64, date: String) {
        var stamp = Timestamper()
        var bytes: [UInt8] = []
        stamp.appendHTTPDate(WallTime(microseconds: second * 1_000_000), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == date)
    }

    @Test(arguments: [Int64.min, .min + 1, .max])
    func theEndsOfTheScale(microseconds: Int64) {
        let text = WallTime(microseconds: microseconds).iso8601
        #expect(text.hasSuffix("Z"))
        #expect(text.contains("T"))
        #expect(replaced(microseconds).utf8.count == 27)
    }
}
