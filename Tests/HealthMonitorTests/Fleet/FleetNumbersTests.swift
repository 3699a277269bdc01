import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct FleetNumbersTests {
    private func status(_ type: String, _ status: ProbeStatus, _ check: String, _ value: Double?) -> ServiceStatus {
        let section = ConfigurationSection([
            "name": .string("\(type) \(value ?? 0)"), "type": .string(type), "unit": "a", "container": "a", "path": "/",
        ])
        let target = Target(reading: section, defaults: .init(), maintenance: [])
        var service = ServiceStatus(target: target ?? Target("x", ScriptedProbe([.healthy])), state: TargetState())
        service.last = CheckRecord(
            service: service.target.name,
            result: ProbeResult(
                status: status, message: "", checks: [.init(name: check, status: status, message: nil, value: value)]),
            time: WallTime(microseconds: 0))
        return service
    }

    @Test func theWorstOfEachKindCounts() {
        let numbers = FleetNumbers([
            status("disk", .healthy, "disk.used_percent", 40), status("disk", .unhealthy, "disk.used_percent", 95.5),
            status("memory", .healthy, "memory.used_percent", 12), status("heartbeat", .healthy, "heartbeat.age", 3),
            status("heartbeat", .healthy, "heartbeat.age", 9), status("systemd", .healthy, "restarts", 2),
            status("docker", .degraded, "restarts", 7), status("systemd", .unknown, "restarts", nil),
        ])
        #expect(numbers.diskUsage == 95.5 && numbers.memoryUsage == 12 && numbers.heartbeatAge == 9)
        #expect(numbers.crashCount == 7 && numbers.serviceActive == 1)
        #expect(FleetNumbers([status("systemd", .unhealthy, "restarts", 0)]).serviceActive == 0)
    }

    @Test func withoutAKindThereIsNone() {
        let bytes = JSONWriter.document { FleetNumbers([]).append(to: &$0) }
        let keys = ["disk_usage", "memory_usage", "heartbeat_age", "crash_count", "service_active"]
        #expect(
            String(decoding: bytes, as: UTF8.self) == "{" + keys.map { "\"\($0)\":null" }.joined(separator: ",") + "}\n"
        )
    }

    @Test(arguments: [
        ("application/json", true), ("application/json, */*", true), ("text/plain;q=0.5, Application/JSON", true),
        ("text/plain, application/json", true), ("text/plain;q=0.5, application/json;q=0.5", true),
        ("*/*", false), ("text/plain, application/json;q=0.9", false), ("application/json;q=0", false), ("", false),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", false),
    ])
    func whoeverAsksForJSONGetsIt(accept: String, isWanted: Bool) {
        #expect(FleetNumbers.areWanted(by: Array(accept.utf8)) == isWanted)
    }

    @Test func metricsAreAnsweredAsJSON() async throws {
        try await ServedMonitor.serve { monitor in
            let answer = try monitor.ask(
                "GET", "/metrics", headers: ["Accept": "application/json", "X-API-Key": ServedMonitor.key])
            #expect(answer.headers["Content-Type"] == "application/json")
            #expect(try answer.json()["crash_count"] == .null)
            #expect(try monitor.ask("GET", "/metrics").headers["Content-Type"]?.hasPrefix("text/plain") == true)
        }
    }

    /// One that is down is not made up for by the others.
    @Test func everyUnitHasToRun() {
        let units = [status("systemd", .healthy, "restarts", 0), status("docker", .unhealthy, "restarts", 1)]
        #expect(FleetNumbers(units).serviceActive == 0)
        #expect(FleetNumbers(units.reversed()).serviceActive == 0)
    }
}
