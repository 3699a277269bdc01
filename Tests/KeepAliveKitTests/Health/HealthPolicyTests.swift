import Testing

@testable import KeepAliveKit

struct HealthPolicyTests {
    static func report(
        update: Duration = .zero, heartbeat: Duration? = nil, body: BodyState = .running, checks: [CheckResult] = []
    ) -> HealthReport {
        HealthReport(
            uptime: .seconds(1000), lastUpdateAgo: update, lastHeartbeatAgo: heartbeat, totalUpdates: 0, totalErrors: 0,
            restarts: 0, responseTimes: nil, checks: checks, body: body, status: .degraded, reasons: ["stale"])
    }

    static func check(_ status: CheckResult.Status, critical: Bool = false, error: String? = nil) -> CheckResult {
        CheckResult(name: "db", isCritical: critical, status: status, age: nil, error: error)
    }

    /// An age that a 429 keeps at zero while it is waited out.
    @Test(arguments: [(Duration.zero, HealthStatus.healthy), (.seconds(300), .healthy), (.seconds(301), .unhealthy)])
    func whatComesOverTheConnectionIsASignOfLife(age: Duration, status: HealthStatus) {
        var report = Self.report(update: .seconds(90_000), heartbeat: .seconds(301))
        report.gateway = GatewaySnapshot(connected: true, lastEventAge: age)
        #expect(HealthPolicy().judge(report).status == status)
    }

    @Test func aFreshVerdictReplacesTheOldOne() {
        let judged = HealthPolicy().judge(Self.report())
        #expect(judged.status == .healthy)
        #expect(judged.reasons.isEmpty)
    }

    @Test(arguments: [
        (Duration.seconds(300), Duration?.none, HealthStatus.healthy), (.seconds(301), nil, .unhealthy),
        (.seconds(300) + .nanoseconds(1), nil, .unhealthy), (.seconds(90_000), .seconds(300), .healthy),
        (.seconds(90_000), .seconds(301), .unhealthy), (.zero, .seconds(90_000), .healthy),
    ])
    func silence(update: Duration, heartbeat: Duration?, status: HealthStatus) {
        #expect(HealthPolicy().judge(Self.report(update: update, heartbeat: heartbeat)).status == status)
    }

    @Test func silenceIsExplained() {
        let policy = HealthPolicy(unhealthyAfter: .seconds(10))
        #expect(policy.judge(Self.report(update: .seconds(12))).reasons == ["No update for 12 s (limit 10 s)."])
        let both = policy.judge(Self.report(update: .seconds(90), heartbeat: .milliseconds(12_900)))
        #expect(both.reasons == ["No update and no heartbeat for 12 s (limit 10 s)."])
    }

    @Test(arguments: [
        (BodyState.running, HealthStatus.healthy, true), (.starting, .unhealthy, false),
        (.backingOff(reason: "x"), .unhealthy, false), (.restarting, .unhealthy, false), (.stopping, .healthy, false),
        (.stopped, .unhealthy, false), (.failed(reason: "x"), .unhealthy, false),
    ])
    func theBody(body: BodyState, status: HealthStatus, isReady: Bool) {
        let judged = HealthPolicy().judge(Self.report(body: body))
        #expect(judged.status == status)
        #expect(judged.isReady == isReady)
        #expect(judged.reasons.isEmpty == (status == .healthy))
    }

    @Test(arguments: [
        ([check(.healthy, critical: true)], HealthStatus.healthy), ([check(.unknown, critical: true)], .healthy),
        ([check(.unhealthy)], .degraded), ([check(.unhealthy, critical: true)], .unhealthy),
        ([check(.unhealthy), check(.unhealthy, critical: true)], .unhealthy),
        ([check(.unhealthy, critical: true), check(.unhealthy)], .unhealthy),
    ])
    func checks(checks: [CheckResult], status: HealthStatus) {
        let judged = HealthPolicy().judge(Self.report(checks: checks))
        #expect(judged.status == status)
        #expect(judged.reasons.count == checks.count { $0.status == .unhealthy })
    }

    @Test func everyReasonIsGiven() {
        let checks = [Self.check(.unhealthy, error: "slow"), Self.check(.unhealthy, critical: true)]
        let report = Self.report(update: .seconds(301), body: .stopped, checks: checks)
        #expect(
            HealthPolicy().judge(report).reasons == [
                "The bot body is not running: it was stopped.", "No update for 301 s (limit 300 s).",
                "Check \"db\": slow.", "Critical check \"db\": failed.",
            ])
    }

    @Test func degradedIsReadyAndUnhealthyIsNot() {
        #expect(HealthPolicy().judge(Self.report(checks: [Self.check(.unhealthy)])).isReady)
        #expect(!HealthPolicy().judge(Self.report(update: .seconds(301))).isReady)
    }

    @Test func errorRate() {
        var report = Self.report()
        report.totalErrors = 5
        #expect(report.errorRate == 0)
        report.totalUpdates = 2500
        #expect(report.errorRate == 0.002)
    }
}
