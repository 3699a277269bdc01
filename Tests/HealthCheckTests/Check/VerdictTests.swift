import KeepAliveKit
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthCheck

struct VerdictTests {
    @Test(arguments: [("healthy", 0), ("degraded", 0), ("unhealthy", 1)] as [(String, Int32)])
    func plain(status: String, code: Int32) throws {
        let finding = try #require(Report.finding(["status": .string(status), "reasons": ["one.", "two."]]))
        let verdict = Verdict(finding, as: .text)
        #expect(verdict.exitCode == code)
        #expect(
            verdict.text
                == "\(status): localhost:8001, up 1 h 0 min, 1500 updates, 3 errors\n  one.\n  two.")
        #expect(Verdict(finding, as: .quiet).text.isEmpty)
        #expect(Verdict(finding, as: .quiet).exitCode == code)
    }

    @Test(arguments: [(Finding.unreachable("r"), "unreachable"), (.stranger("r"), "not the bot")])
    func noReport(finding: Finding, word: String) throws {
        let plain = Verdict(finding, as: .text)
        #expect(plain.text == "\(word): r")
        #expect(plain.exitCode == 1)
        let json = Verdict(finding, as: .json)
        #expect(try JSON(parsing: json.text) == ["status": .string(word), "error": "r"])
        #expect(json.exitCode == 1)
        let quiet = Verdict(finding, as: .quiet)
        #expect(quiet.text.isEmpty && quiet.exitCode == 1)
    }

    /// A machine on standby does what it should.
    @Test(
        arguments: [
            (.text, "standby: a|b c leads"), (.nagios, "KEEPALIVE OK - standby: a b c leads"), (.quiet, ""),
            (.json, #"{"status":"standby","reason":"a|b\nc leads"}"#),
        ] as [(Options.Output, String)])
    func aStandbyIsWell(output: Options.Output, text: String) {
        let verdict = Verdict(.standby("a|b\nc leads"), as: output)
        #expect(verdict.text == text)
        #expect(verdict.exitCode == 0)
    }

    @Test func jsonIsTheBotsOwn() throws {
        let finding = try #require(Report.finding(["later": "kept", "status": "unhealthy"]))
        let verdict = Verdict(finding, as: .json)
        #expect(try JSON(parsing: verdict.text)["later"] == "kept")
        #expect(!verdict.text.hasSuffix("\n"))
        #expect(verdict.exitCode == 1)
        let odd = Verdict(.unreachable("a \"b\"\n\u{1}"), as: .json)
        #expect(try JSON(parsing: odd.text)["error"] == "a \"b\"\n\u{1}")
    }

    /// Blanks between its values would move a terminal's cursor; line feeds at its end are dropped.
    @Test(
        arguments: [("\r", " "), ("\t", " "), ("\r\n\t", " \n "), ("\n", "\n"), (" ", " ")])
    func blanksOfTheBotsJSON(blank: String, shown: String) throws {
        let json = String(decoding: Report.bytes(Report.members()), as: UTF8.self)
        let spaced = Array((blank + json + "\n\n").utf8)
        let report = try #require(BotReport(json: spaced))
        let url = HTTPURL(host: "localhost", port: 8001, target: "/health")
        #expect(Verdict(.report(report, json: spaced, at: url), as: .json).text == shown + json)
    }

    @Test(
        arguments: [("healthy", "OK", 0), ("degraded", "WARNING", 1), ("unhealthy", "CRITICAL", 2)]
            as [(String, String, Int32)])
    func nagios(status: String, word: String, code: Int32) throws {
        let finding = try #require(Report.finding(["status": .string(status), "reasons": ["a | b\nc"]]))
        let verdict = Verdict(finding, as: .nagios)
        #expect(verdict.exitCode == code)
        let line = try #require(NagiosLine(verdict.text), "\(verdict.text)")
        #expect(line.service == "KEEPALIVE")
        #expect(line.status == word)
        #expect(line.text.contains("a   b c"))
        #expect(
            line.data == [
                "uptime": "3600s", "updates": "1500c", "errors": "3c", "error_rate": "0.002;0.01;0.05",
                "last_update_ago": "1s",
            ])
    }

    @Test(
        arguments: [
            0, 1, 0.5, 0.00001, 0.000_000_1, 1.0 / 3, 1e-300, 1e21, -0.0,
        ] as [Double])
    func performanceDataIsPlainDecimals(rate: Double) throws {
        let finding = try #require(Report.finding(["error_rate": .number(rate), "uptime_seconds": .number(1e300)]))
        let verdict = Verdict(finding, as: .nagios)
        let line = try #require(NagiosLine(verdict.text), "\(verdict.text)")
        #expect(line.data.count == 5)
    }

    @Test(
        arguments: [
            (0, "0"), (1, "1"), (10, "10"), (0.5, "0.5"), (1.0 / 3, "0.333333"), (0.000_001, "0.000001"),
            (0.000_000_4, "0"), (1e9, "1000000000"), (1e21, "1000000000"),
        ] as [(Double, String)])
    func performanceDataHasSixPlaces(rate: Double, expected: String) throws {
        let finding = try #require(Report.finding(["error_rate": .number(rate)]))
        let line = try #require(NagiosLine(Verdict(finding, as: .nagios).text))
        #expect(line.data["error_rate"] == "\(expected);0.01;0.05")
    }

    /// A bar with a combining mark begins performance data too.
    @Test func aPeerWritesNoPerformanceData() {
        let text = Verdict(.unreachable("a |\u{301} x=1 \u{600}|"), as: .nagios).text
        #expect(text.hasPrefix("KEEPALIVE CRITICAL - a "))
        #expect(!text.utf8.contains(UInt8(ascii: "|")))
    }

    @Test func withoutReasonsNagiosIsToldTheUptime() throws {
        let finding = try #require(Report.finding(["reasons": []]))
        #expect(Verdict(finding, as: .nagios).text.hasPrefix("KEEPALIVE OK - healthy, up 1 h 0 min | uptime=3600s "))
    }

    @Test(
        arguments: [(Finding.unreachable("a|b\r\nc"), "CRITICAL", 2), (.stranger("a|b\nc"), "UNKNOWN", 3)]
            as [(Finding, String, Int32)])
    func nagiosWithoutReport(finding: Finding, word: String, code: Int32) throws {
        let verdict = Verdict(finding, as: .nagios)
        #expect(verdict.exitCode == code)
        let line = try #require(NagiosLine(verdict.text))
        #expect(line.status == word)
        #expect(line.text == "a b c")
        #expect(line.data.isEmpty)
    }

    @Test(
        arguments: [
            (-1, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (3600, "1 h 0 min"),
            (3661, "1 h 1 min"), (86_399, "23 h 59 min"), (86_400, "1 d 0 h"), (.infinity, "0 s"), (.nan, "0 s"),
            (1e300, "0 s"),
        ] as [(Double, String)])
    func durations(seconds: Double, expected: String) {
        #expect(Format.duration(seconds) == expected)
    }
}
