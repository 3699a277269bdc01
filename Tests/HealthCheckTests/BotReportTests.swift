import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthCheck

struct BotReportTests {
    static let names = Report.members().keys.sorted()

    @Test(arguments: ["healthy", "degraded", "unhealthy"])
    func reads(status: String) throws {
        let report = try #require(BotReport(json: Report.bytes(Report.members(status))))
        #expect(report.status.rawValue == status)
        #expect(report.uptimeSeconds == 3600.5)
        #expect(report.totalUpdates == 1500)
        #expect(report.totalErrors == 3)
        #expect(report.errorRate == 0.002)
        #expect(report.lastUpdateAgo == 1.2)
        #expect(report.botVersion == "2.0.1")
        #expect(report.reasons == nil)
    }

    @Test func laterKeysAreWelcome() throws {
        let json = Report.bytes(Report.members().merging(["later": [1], "reasons": ["a"]]) { $1 })
        #expect(BotReport(json: json)?.reasons == ["a"])
    }

    @Test(arguments: names)
    func eachKeyIsNeeded(name: String) {
        #expect(BotReport(json: Report.bytes(Report.members().filter { $0.key != name })) == nil)
        #expect(BotReport(json: Report.bytes(Report.members().merging([name: .null]) { $1 })) == nil)
    }

    @Test(arguments: names, [JSON.bool(true), .array([]), .object([:])])
    func eachKeyHasItsType(name: String, value: JSON) {
        #expect(BotReport(json: Report.bytes(Report.members().merging([name: value]) { $1 })) == nil)
    }

    @Test(arguments: names)
    func textIsNoNumberAndNumbersAreNoText(name: String) {
        let isText = ["status", "timestamp", "bot_version"].contains(name)
        let wrong: JSON = isText ? 5 : "5"
        #expect(BotReport(json: Report.bytes(Report.members().merging([name: wrong]) { $1 })) == nil)
    }

    /// What another JSON reader may forgive is not the kit's.
    @Test(arguments: [
        (#""healthy""#, #""Healthy""#), (#""healthy""#, #""healthy ""#), ("3600.5", "-1"), ("3600.5", "1e999"),
        ("1500", "1500.5"), ("1500", "-1"), ("1500", "99999999999999999999"), ("0.002", "-0.1"),
        ("16:07:27", "16:07"), ("16:07:27", "25:07:27"), ("2026-01-19T", "2026-13-19T"), ("2026-01-19T", "2026-01-19 "),
        ("Z\"", "+00:00\""), ("}", "},"), ("}", ""), ("}", ",\"status\":\"healthy\"}"),
        ("}", ",\"\\u0073tatus\":\"unhealthy\"}"), ("}", ",}"), ("}", "} x"), ("{", "\u{FEFF}{"),
        ("}", ",\"reasons\":\"x\"}"),
        ("}", ",\"reasons\":[1]}"), ("}", ",\"later\":01}"), ("}", ",\"later\":'x'}"), ("}", "}\u{0}"),
    ])
    func almostAReport(part: String, other: String) {
        let text = String(decoding: Report.bytes(Report.members()), as: UTF8.self)
        #expect(text.contains(part))
        let range = part == "}" ? text.ranges(of: part).last : text.firstRange(of: part)
        guard let range else { return }
        let changed = text.replacingCharacters(in: range, with: other)
        #expect(BotReport(json: Array(changed.utf8)) == nil, "\(changed)")
        #expect(BotReport(json: Array(text.utf8)) != nil)
    }

    @Test func cutAnywhereItIsNone() {
        let whole = Report.bytes(Report.members())
        for count in whole.indices { #expect(BotReport(json: Array(whole.prefix(count))) == nil) }
    }

    @Test(arguments: ["", "[]", "null", "{}", "ok", "{\"status\":\"healthy\"}", "<html>", "\u{0}"])
    func strangers(text: String) {
        #expect(BotReport(json: Array(text.utf8)) == nil)
        #expect(BotIdentity(json: Array(text.utf8)) == nil)
    }

    @Test(arguments: [("up", nil), ("online", "Casino Bot")] as [(String, String?)])
    func identity(status: String, name: String?) {
        let json = JSON.object(["status": .string(status), "bot": "Casino Bot", "port": 1]).encoded
        #expect(BotIdentity(json: json)?.bot == name)
    }
}
