import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The times in the logs of real services.
struct LogTimeTests {
    /// 2026-01-22, three days after the lines below.
    private static let now = WallTime(microseconds: (1_768_838_847 + 3 * 86_400) * 1_000_000)

    private func seconds(_ text: String, at now: WallTime = now) -> Int64? {
        LogTime.read(ArraySlice(Array(text.utf8)), now: now).map { $0.microseconds / 1_000_000 }
    }

    @Test(arguments: [
        "2026-01-19T16:07:27.123456Z x", "[2026-01-19T17:07:27+01:00] x", "INFO 2026-01-19 14:07:27,5-0200",
        "2026-01-19 16:07:27 UTC [12] ERROR", "2026-01-19 16:07:27.123 GMT x", "2026/01/19 16:07:27 +0000 x",
        "2026-01-19 21:37:27 +05:30", "20260119T160727Z x", "<34>1 2026-01-19T16:07:27.003Z host app - - x",
        "time=2026-01-19T16:07:27Z level=ERROR", "Mon 2026-01-19 16:07:27 UTC x", "2026-01-19T16:07:27+00 x",
        #"127.0.0.1 - - [19/Jan/2026:16:07:27 +0000] "GET / HTTP/1.1" 500 0"#,
        #"2001:db8::abcd:1234 - somebody.with.a.very.long.name.of.many.letters [19/Jan/2026:17:07:27 +0100] "GET""#,
        "Mon Jan 19 16:07:27 UTC 2026 ERROR", "Mon, 19 Jan 2026 16:07:27 GMT ERROR",
        "19-Jan-2026 16:07:27.123 UTC SEVERE",
        "1:M 19 Jan 2026 16:07:27.123 Z # x", "19.01.2026 16:07:27 UTC x", "19/01/2026 16:07:27 UTC x",
        "01/19/2026, 4:07:27 PM UTC x", "Jan 19, 2026 4:07:27 PM UTC com.example run",
        "Mon Jan 19 2026 17:07:27 GMT+0100 (CET) x", "1768838847.123 456 10.0.0.1 TCP_MISS",
        "[1768838847] SERVICE ALERT",
        "1768838847123 ERROR", #"{"level":50,"time":1768838847123,"pid":1,"msg":"ERROR"}"#,
        #"{"level":"error","ts":1768838847.123,"msg":"x"}"#, #"{"ts":"2026-01-19T16:07:27.123Z"}"#,
        #"{"log":"ERROR \"time\":5","stream":"stderr","time":"2026-01-19T16:07:27.123456789Z"}"#,
        #"{"t":{"$date":"2026-01-19T16:07:27.123+00:00"},"s":"E"}"#, #"{"t":{"$date":1768838847123},"s":"E"}"#,
        #"{"@timestamp" : "2026-01-19T16:07:27.000Z"}"#,
        #"{"date":"2020-01-01T00:00:00Z","time":"1768838847"}"#, #"{"ts":1.768838847E9}"#,
        #"{"time":"2020-01-01T00:00:00Z","@timestamp":"2026-01-19T16:07:27Z"}"#,
    ])
    func withAZone(line: String) {
        #expect(seconds(line) == 1_768_838_847)
    }

    /// Local time of this machine.
    @Test(arguments: [
        "2026-01-19 16:07:27,123 ERROR", "2026/01/19 16:07:27 x", "Jan 19 16:07:27 host sshd[1]: x",
        "<34>Jan 19 16:07:27 host x",
        "Jan 19 16:07:27.123456 host x", "[Mon Jan 19 16:07:27.123456 2026] [core:error] x", "Mon Jan 19 16:07:27 2026",
        "E0119 16:07:27.123456   12345 file.go:12] x", "I20260119 16:07:27.123456 1 file.cc:1] x",
        "19.01.2026 16:07:27 x",
        "19 Jan 2026 16:07:27 x", "Jan 19 2026 16:07:27: %ASA-3 x", "Jan 19, 2026 4:07:27 PM x",
        "January 19, 2026 16:07:27 x",
        "Jan 19 16:07:27 2001:db8::1 app: x",
    ])
    func withoutAZone(line: String) throws {
        var parts = DateComponents()
        (parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second) = (2026, 1, 19, 16, 7, 27)
        let expected = try #require(Calendar(identifier: .gregorian).date(from: parts))
        #expect(seconds(line) == Int64(expected.timeIntervalSince1970))
    }

    @Test(arguments: [
        "", "202", "2026-13-19T16:07:27Z", "2026-02-30 16:07:27", "16:07:27.123 [main] ERROR com.example - x", "Jan",
        "Jan 1",
        "ERROR nothing", "12026-01-19 16:07:27", "99999999999 x", "E0119", "{", "{}", #"{"time":"#, #"{"time":7}"#,
        "Jan 32 10:00:00 x",
        "a 1768838847 x", "\u{1F600}", #"{"t":{"a":{"b":1768838847123}}}"#,
    ])
    func noTime(line: String) {
        #expect(seconds(line) == nil)
    }

    @Test func theYearThatIsNotWritten() throws {
        func year(_ line: String, _ now: String) throws -> Int {
            let now = try #require(LogTime.read(ArraySlice(Array(now.utf8)), now: Self.now))
            let found = try #require(LogTime.read(ArraySlice(Array(line.utf8)), now: now))
            let date = Date(timeIntervalSince1970: Double(found.microseconds) / 1_000_000)
            return Calendar(identifier: .gregorian).component(.year, from: date)
        }
        #expect(try year("Dec 31 23:59:59 host x", "2027-01-01 00:00:10") == 2026)
        #expect(try year("Jan  1 00:00:05 host x", "2027-01-01 00:00:10") == 2027)
        #expect(try year("E1231 23:59:59.1 1 a.go:1] x", "2027-01-01 00:00:10") == 2026)
        #expect(try year("Feb 29 12:00:00 host x", "2027-01-01 00:00:10") == 2024)
    }

    /// Errors three days old do not count, in any form; errors of this minute do.
    @Test func atAFirstLook() throws {
        let now = WallTime.now()
        let date = Date(timeIntervalSince1970: Double(now.microseconds) / 1_000_000)
        func form(_ format: String, _ date: Date) -> String {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.dateFormat = format
            return formatter.string(from: date)
        }
        for format in [
            "MMM d HH:mm:ss 'host app: ERROR'", "'['E MMM dd HH:mm:ss.SSSSSS yyyy'] [ERROR]'",
            "'E'MMdd HH:mm:ss.SSSSSS '1 a.go:1] ERROR'",
            "dd.MM.yyyy HH:mm:ss 'ERROR'", "yyyy/MM/dd HH:mm:ss 'ERROR'",
            "'1.2.3.4 - - ['dd/MMM/yyyy:HH:mm:ss Z'] \"GET\" ERROR'",
            "yyyy-MM-dd HH:mm:ss,SSS 'ERROR'",
        ] {
            for (age, expected) in [(3 * 86_400.0, 0), (30, 12)] {
                let line = form(format, date.addingTimeInterval(-age))
                let text = String(repeating: line + "\n", count: 12)
                var count = LogCount()
                count.add(
                    LogTail.Piece(bytes: Array(text.utf8), isFirst: true), [try #require(LogPattern("ERROR"))],
                    at: .now(),
                    time: now, window: .seconds(300))
                #expect(count.total == expected, "\(line)")
            }
        }
    }
}
