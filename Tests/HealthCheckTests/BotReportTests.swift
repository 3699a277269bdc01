import KeepAliveKit
import TestSupport
import Testing

@testable import health_check

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
