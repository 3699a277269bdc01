import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// A report in Prometheus' words.
struct ReportMetricsTests {
    private func lines(_ report: HealthReport) -> [String] {
        var text = MetricsText(.prometheus)
        report.appendMetrics(name: "b", version: "1", times: LatencyHistogram.Counts(), to: &text)
        return String(decoding: text.finish(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func troublesAreNumbers() {
        var report = HealthMonitor().report()
        report.body = .running
        report.status = .degraded
        report.executor = .late(.seconds(2))
        report.checks = [
            CheckResult(name: "db", isCritical: true, status: .healthy, age: .seconds(3), error: nil),
            CheckResult(name: "mail", isCritical: false, status: .unhealthy, age: .seconds(4), error: "no"),
            CheckResult(name: "new", isCritical: false, status: .unknown, age: nil, error: nil),
        ]
        report.gateway = GatewaySnapshot(connected: true, lastEventAge: .seconds(5), lastReadyAge: .seconds(9))
        report.gateways = [
            NamedGateway(
                name: "a", snapshot: GatewaySnapshot(connected: false, lastEventAge: .seconds(6)), isStalled: true)
        ]
        let lines = lines(report)
        for line in [
            "keepalive_health_status{status=\"healthy\"} 0", "keepalive_health_status{status=\"degraded\"} 1",
            "keepalive_health_status{status=\"unhealthy\"} 0", "keepalive_ready 0", "keepalive_executor_responsive 0",
            "keepalive_check_up{check=\"db\",critical=\"true\"} 1",
            "keepalive_check_up{check=\"mail\",critical=\"false\"} 0", "keepalive_check_age_seconds{check=\"db\"} 3",
            "keepalive_gateway_connected 1", "keepalive_gateway_connected{gateway=\"a\"} 0",
            "keepalive_gateway_last_event_age_seconds{gateway=\"a\"} 6",
            "keepalive_gateway_stalled{gateway=\"a\"} 1",
        ] {
            #expect(lines.contains(line), "\(line) is not in \(lines)")
        }
        #expect(!lines.contains { $0.contains("check=\"new\"") }, "it has neither passed nor failed")
    }

    @Test func aBotInOrderIsReady() {
        var report = HealthMonitor().report()
        report.body = .running
        report.status = .healthy
        let lines = lines(report)
        #expect(lines.contains("keepalive_ready 1") && lines.contains("keepalive_executor_responsive 1"))
        #expect(!lines.contains { $0.hasPrefix("keepalive_gateway") || $0.hasPrefix("keepalive_check") })
    }

    @Test func agesAndCounts() {
        var report = HealthMonitor().report()
        (report.uptime, report.lastUpdateAgo, report.lastHeartbeatAgo) = (.seconds(11), .seconds(12), .seconds(13))
        report.restarts = 14
        report.gateway = GatewaySnapshot(connected: true, lastEventAge: .zero, latency: .milliseconds(250))
        let lines = lines(report)
        for line in [
            "keepalive_uptime_seconds 11", "keepalive_last_update_age_seconds 12",
            "keepalive_last_heartbeat_age_seconds 13", "keepalive_restarts_total 14",
            "keepalive_gateway_latency_seconds 0.25",
        ] {
            #expect(lines.contains(line), "\(line) is not in \(lines)")
        }
        report.lastHeartbeatAgo = nil
        report.gateway?.latency = nil
        #expect(!self.lines(report).contains { $0.contains("heartbeat") || $0.contains("latency") })
    }

    @Test func theSumOfTheTimes() {
        let histogram = LatencyHistogram()
        for seconds in [1, 2, 3] as [Int64] { histogram.record(nanoseconds: seconds * 1_000_000_000) }
        var counts = LatencyHistogram.Counts()
        histogram.add(to: &counts)
        #expect(counts.total == 3)
        #expect(abs(counts.sumOfSeconds - 6) < 0.1)
        #expect([0.9, 1.5, 2.5, 100].map { counts.count(upTo: $0) } == [0, 1, 2, 3])
    }
}
