import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct WordingTests {
    @Test(
        arguments: [
            (100, "100 %"), (99.999, "99.99 %"), (99.994, "99.99 %"), (99.95, "99.95 %"), (5.004, "5.00 %"),
            (5.1, "5.10 %"), (0, "0.00 %"), (-1, "0.00 %"),
        ])
    func percent(value: Double, text: String) { #expect(Wording.percent(value) == text) }

    @Test(
        arguments: [
            (0.04, "0 ms"), (1.24, "1.2 ms"), (12.4, "12 ms"), (999.4, "999 ms"), (1000, "1 s"), (1250, "1.3 s"),
            (.nan, "–"), (.infinity, "–"), (-1, "–"),
        ])
    func milliseconds(value: Double, text: String) { #expect(Wording.milliseconds(value) == text) }

    @Test(
        arguments: [
            (0, "under a minute"), (-5, "under a minute"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"),
            (4000, "1 h 6 min"), (86_400, "1 day"), (180_000, "2 days 2 h"), (.max, "106751991167300 days 15 h"),
        ])
    func duration(seconds: Int64, text: String) { #expect(Wording.duration(seconds: seconds) == text) }

    @Test func aBadgeCutsALongName() {
        let name = String(repeating: "n", count: 40)
        #expect(Badge.markup(name: name, status: .healthy).text.contains(">\(name)</text>"))
        #expect(Badge.markup(name: name + "n", status: .healthy).text.contains(">\(name.dropLast())…</text>"))
        // 40 letters and those of "up", 7 wide each, and four margins of 6.
        #expect(Badge.markup(name: name, status: .healthy).text.contains("width=\"318\" height=\"20\" role="))
    }

    @Test(arguments: [(0.3, 1), (1, 1), (1.1, 2), (2, 2), (3, 5), (6, 10), (10, 10), (11, 20), (4999, 5000)])
    func thePlotEndsAtARoundNumber(value: Double, top: Double) {
        #expect(ResponsePlot.ceiling(value) == top)
        #expect(ResponsePlot.ceiling(.infinity).isFinite)
    }

    @Test func timestampsAreCounted() {
        #expect(IncidentList.second("2026-01-19T16:07:27") == 1_768_838_847)
        #expect(IncidentList.second("2026-01-19T16:07:2") == nil)
        for time in [0, 951_782_400, 1_709_164_800, 1_768_838_847, 4_102_444_799] as [Int64] {
            #expect(IncidentList.second(WallTime(microseconds: time * 1_000_000).iso8601) == time)
        }
        for wrong in ["", "2026", "2026-13-01T00:00:00Z", "2026-0x-01T00:00:00.000Z", "٢٠٢٦-01-01T00:00"] {
            #expect(IncidentList.second(wrong) == nil)
        }
    }

    @Test(
        arguments: [
            (Uptime(healthy: 10), .good), (Uptime(unknown: 10), .empty), (nil, .empty),
            (Uptime(healthy: 99, degraded: 1), .troubled), (Uptime(healthy: 98, unhealthy: 2), .troubled),
            (Uptime(healthy: 97, unhealthy: 3), .bad),
        ] as [(Uptime?, UptimeBars.Day)])
    func daysAreJudged(uptime: Uptime?, day: UptimeBars.Day) { #expect(UptimeBars.Day(uptime) == day) }

    @Test func aGapInTheChecksIsAGapInTheLine() throws {
        func line(_ seconds: [Int64]) -> ResponseLine {
            var line = ResponseLine(span: .init(oldest: 0, at: 900, interval: 60), now: 900, points: [])
            line.points = seconds.map { ResponsePoint(second: $0, average: 50, least: 0, most: 100) }
            return line
        }
        let plot = try #require(ResponsePlot.markup(line([0, 150, 450]), label: "\""))
        #expect(plot.text.contains("d=\"M0 60L120 60M360 60h0\""))
        #expect(line([0, 150]).runs.count == 1 && line([0, 151]).runs.count == 2)
        #expect(ResponsePlot.markup(line([]), label: "") == nil)
        #expect(ResponsePlot.markup(line([-9000, 9000]), label: "")?.text.contains("d=\"M0 60h0M720 60h0\"") == true)
    }

    /// What is no such stamp is shown as it is.
    @Test func aStampIsShownInUTC() {
        let stamp = "2026-01-19T16:07:27.123456Z"
        #expect(Wording.time(stamp).text == "<time datetime=\"\(stamp)\">2026-01-19 16:07 UTC</time>")
        #expect(Wording.time("2026-01-19T16:07").text.contains(">2026-01-19 16:07 UTC<"))
        #expect(Wording.time("2026-01-19T16:0").text.contains(">2026-01-19T16:0<"))
        #expect(Wording.clock(stamp).text == "<time datetime=\"\(stamp)\" class=\"clock\">16:07</time>")
        #expect(Wording.clock("2026-01-19T16:07").text.contains(">16:07<"))
        #expect(Wording.clock("2026-01-19T16:0").text == Wording.time("2026-01-19T16:0").text)
        #expect(Wording.date(day: 20_472) == "2026-01-19")
        #expect(Wording.date(day: .max) == "?")
    }

    @Test(arguments: [(-90, "1 min"), (60, "under a minute"), (.min, "under a minute")] as [(Int64, String)])
    func anAgeIsNeverNegative(seconds: Int64, words: String) {
        let since = WallTime(microseconds: seconds == .min ? .min : 1_000_000_000 + seconds * 1_000_000)
        #expect(Wording.age(since, at: WallTime(microseconds: 1_000_000_000)).text.contains(">\(words)<"))
    }

    /// i, l, dot and blank are 4 wide, m is 10, letters of other scripts are 12, and "up" is 14; four margins of 6.
    @Test func aBadgeIsAsWideAsItsLetters() {
        let badge = Badge.markup(name: "il. mé", status: .healthy).text
        #expect(badge.contains("width=\"76\" height=\"20\" role="))
    }
}
