import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct BotReportTests {
    /// The required keys, as the kit writes them.
    static let members: [String: JSON] = [
        "status": "healthy", "uptime_seconds": 3600.5, "last_update_ago": 1.2, "total_updates": 1500, "total_errors": 3,
        "error_rate": 0.002, "timestamp": "2026-01-19T16:07:27.123456Z", "bot_version": "2.0.1",
    ]
    static let names = members.keys.sorted()

    private func read(_ changes: [String: JSON]) -> BotReport? {
        BotReport(json: JSON.object(Self.members.merging(changes) { $1 }).encoded)
    }

    @Test func laterKeysAreWelcome() {
        #expect(read(["later": [1], "reasons": ["a"]])?.reasons == ["a"])
    }

    @Test func laterKeysOfAnotherTypeAreLeftOut() throws {
        let odd: [String: JSON] = [
            "gateway": 5, "restarts": -1, "response_time_ms": [], "executor": .null, "last_heartbeat_ago": "x",
            "status_since": "yesterday", "gateways": ["a": 1, "b": ["stalled": true]],
            "memory": ["resident_bytes": "1", "limit_bytes": 5], "checks": ["a": 1, "b": ["status": "healthy"]],
        ]
        let without = try #require(read([:]))
        #expect(read(odd) == without)
        #expect(read(["checks": "none"]) == without)
    }

    /// By the bot's own clock, whatever the reader's clock shows.
    @Test(
        arguments: [
            ("2026-01-19T16:07:27.123456Z", 0), ("2026-01-19T16:07:26Z", 1.123456),
            ("2025-12-31T23:59:59.5Z", 1_613_247.623456), ("2026-01-19T16:07:26.123456789Z", 1),
            ("2024-02-29T16:07:27.123Z", 59616000.000456), ("2026-01-19T16:07:28Z", nil), (nil, nil), ("1-1-1", nil),
        ] as [(String?, Double?)])
    func sinceWhen(since: String?, age: Double?) throws {
        let report = try #require(read(["status_since": since.map(JSON.string) ?? .null]))
        #expect(report.statusAge == age)
        #expect(age == nil || report.statusSince == since)
    }

    /// A leap second is the sixty-first.
    @Test(arguments: [
        ("00:00:00", true), ("23:59:59", true), ("23:59:60", true), ("23:59:61", false), ("23:60:00", false),
        ("24:00:00", false), ("23:5a:00", false),
    ])
    func timesOfADay(time: String, isTime: Bool) {
        #expect((read(["timestamp": .string("2026-01-19T\(time)Z")]) != nil) == isTime)
    }

    @Test(arguments: [
        ("2026-01-01", true), ("2026-12-31", true), ("2026-00-19", false), ("2026-13-19", false), ("2026-01-00", false),
        ("2026-01-32", false),
    ])
    func days(day: String, isDay: Bool) {
        #expect((read(["timestamp": .string("\(day)T16:07:27Z")]) != nil) == isDay)
    }

    @Test(arguments: [
        ("", true), (".1", true), (".123456789", true), (".", false), (".1234567890", false), (".12a", false),
        (",1", false),
    ])
    func partsOfASecond(fraction: String, isFraction: Bool) {
        #expect((read(["timestamp": .string("2026-01-19T16:07:27\(fraction)Z")]) != nil) == isFraction)
    }

    /// As a bot writes it that knows nothing of stalls.
    @Test func aGatewayThatDoesNotSayItIsStalledIsNot() {
        #expect(read(["gateways": ["a": ["connected": true]]])?.gateways.map(\.isStalled) == [false])
    }

    @Test(
        arguments: [
            ([:], false), (["gateway": ["connected": true]], false), (["gateway": ["connected": false]], true),
            (["gateways": ["a": ["connected": false], "b": ["connected": true]]], false),
            (["gateways": ["a": ["connected": false], "b": ["connected": false, "stalled": true]]], true),
        ] as [([String: JSON], Bool)])
    func cutOff(changes: [String: JSON], isCutOff: Bool) {
        #expect(read(changes)?.isCutOff == isCutOff)
    }

    @Test(arguments: names, [JSON.null, .bool(true), .array([]), .object([:])])
    func eachKeyIsNeededInItsType(name: String, value: JSON) {
        #expect(BotReport(json: JSON.object(Self.members.filter { $0.key != name }).encoded) == nil)
        #expect(read([name: value]) == nil)
        let other: JSON = Self.members[name]?.string == nil ? "5" : 5
        #expect(read([name: other]) == nil)
    }

    /// Errors that other JSON readers tolerate, but the kit's does not.
    @Test(arguments: [
        (#""healthy""#, #""Healthy""#), (#""healthy""#, #""healthy ""#), ("3600.5", "-1"), ("3600.5", "1e999"),
        ("1500", "1500.5"), ("1500", "-1"), ("1500", "99999999999999999999"), ("0.002", "-0.1"),
        ("16:07:27", "16:07"), ("16:07:27", "25:07:27"), ("2026-01-19T", "2026-13-19T"), ("2026-01-19T", "2026-01-19 "),
        ("Z\"", "+00:00\""), ("}", "} x"), ("}", ",\"\\u0073tatus\":\"unhealthy\"}"), ("}", ",\"reasons\":\"x\"}"),
        ("}", ",\"reasons\":[1]}"),
    ])
    func almostAReport(part: String, other: String) {
        let text = String(decoding: JSON.object(Self.members).encoded, as: UTF8.self)
        #expect(BotReport(json: Array(text.utf8)) != nil)
        let changed = text.replacing(part, with: other, maxReplacements: 1)
        #expect(changed != text)
        #expect(BotReport(json: Array(changed.utf8)) == nil, "\(changed)")
    }

    @Test func cutAnywhereItIsNone() {
        let whole = JSON.object(Self.members).encoded
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
