import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// Which numbers of a check go to Application Insights.
struct TelemetryItemTests {
    private func record(_ status: ProbeStatus) -> CheckRecord {
        CheckRecord(
            service: "a", result: ProbeResult(status: status, message: ""), time: WallTime(microseconds: 0))
    }

    /// A full disk, busy memory or an error in a log does not mean that a service has stopped.
    @Test(
        arguments: [
            ("systemd", .healthy, [.metric(1)]), ("systemd", .degraded, [.metric(1)]),
            ("systemd", .unhealthy, [.metric(0)]), ("systemd", .unknown, []), ("systemd", .maintenance, []),
            ("disk", .unhealthy, []), ("memory", .unhealthy, []), ("log", .unhealthy, []),
        ] as [(String, ProbeStatus, [TelemetryItem.Content])])
    func aServiceRunsOrDoesNot(type: String, status: ProbeStatus, contents: [TelemetryItem.Content]) throws {
        let section = ConfigurationSection(["name": "a", "type": .string(type), "unit": "a", "path": "/"])
        let target = try #require(Target(reading: section, defaults: .init(), maintenance: []))
        let items = TelemetryItem.items(of: record(status), [], target)
        #expect(items.map(\.content) == contents)
        #expect(items.allSatisfy { $0.name == "health.service_active" })
    }

    @Test func anItemNamesServiceTypeAndGroup() {
        func properties(_ group: String?) -> [String: String]? {
            TelemetryItem.items(of: record(.healthy), [], Target("a", ScriptedProbe([]), group: group)).first?
                .properties
        }
        #expect(properties("eu") == ["service": "a", "type": "scripted", "group": "eu"])
        #expect(properties(nil) == ["service": "a", "type": "scripted"])
    }

    /// Application Insights rejects an item with a longer text.
    @Test func anItemsTextsAreCut() {
        let long = String(repeating: "x", count: 9000)
        let item = TelemetryItem(
            name: "a", content: .event, properties: ["message": long], time: WallTime(microseconds: 0))
        let json = item.envelope(.init(instrumentationKey: "k", host: long, version: long))
        #expect(json["tags"]?["ai.cloud.roleInstance"]?.text?.utf16.count == 256)
        #expect(json["tags"]?["ai.internal.sdkVersion"]?.text?.utf16.count == 64)
        #expect(json["data"]?["baseData"]?["properties"]?["message"]?.text?.utf16.count == 8192)
    }

    /// Counting events counts outages, also those of a service that is flapping.
    @Test func eachBeginningIsAnEvent() {
        let kinds: [AlertEvent.Kind] = [.opened, .repeated, .escalated, .resolved, .flapping, .removed, .test]
        let events = kinds.map { ChannelScene.event($0, severity: .warning) }
        let items = TelemetryItem.items(of: record(.unknown), events, Target("a", ScriptedProbe([])))
        #expect(items.map { $0.properties["kind"] } == ["opened", "escalated", "flapping"])
        #expect(items.allSatisfy { $0.name == "health_warning" })
    }

    /// One number that is none would spoil the whole batch.
    @Test func whatIsNoNumberIsNotSent() {
        let checks: [ProbeResult.SubCheck] = [
            .init(name: "disk.used_percent", status: .healthy, value: .nan),
            .init(name: "heartbeat.age", status: .healthy, value: .infinity),
            .init(name: "memory.used_percent", status: .healthy, value: 50),
        ]
        let record = CheckRecord(
            service: "a", result: ProbeResult(status: .unknown, message: "", checks: checks),
            time: WallTime(microseconds: 0))
        let items = TelemetryItem.items(of: record, [], Target("a", ScriptedProbe([])))
        #expect(items.map(\.name) == ["health.memory_usage"])
    }
}
