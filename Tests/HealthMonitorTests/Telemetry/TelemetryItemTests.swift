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
}
