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

    /// An age that a 429 keeps at zero during its delay.
    @Test(arguments: [(Duration.zero, HealthStatus.healthy), (.seconds(300), .healthy), (.seconds(301), .unhealthy)])
    func whatComesOverTheConnectionIsASignOfLife(age: Duration, status: HealthStatus) {
        var report = Self.report(update: .seconds(90_000), heartbeat: .seconds(301))
        report.gateway = GatewaySnapshot(connected: true, lastEventAge: age)
        #expect(HealthPolicy().judge(report).status == status)
    }

    /// Nobody could give a sign of life while the whole process was stopped.
    @Test(arguments: [(Duration.seconds(300), HealthStatus.healthy), (.seconds(301), .unhealthy)])
    func silenceCountsFromTheEndOfAPause(age: Duration, status: HealthStatus) {
        var report = Self.report(update: .seconds(90_000), heartbeat: .seconds(90_000))
        report.gateway = GatewaySnapshot(connected: true, lastEventAge: .seconds(1000))
        report.sinceResumed = age
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
        var report = Self.report(update: .seconds(12))
        let remedy =
            "Call health.heartbeat() after each successful poll; a webhook bot sets UNHEALTHY_AFTER_SEC=never."
        #expect(
            policy.judge(report).reasons == ["No update and no heartbeat for 12 s (limit 10 s). \(remedy)"])
        // A webhook bot in a quiet night.
        report.totalUpdates = 1
        #expect(policy.judge(report).reasons == ["No update for 12 s (limit 10 s). \(remedy)"])
        let both = policy.judge(Self.report(update: .seconds(90), heartbeat: .milliseconds(12_900)))
        #expect(both.reasons == ["No update and no heartbeat for 12 s (limit 10 s)."])
    }

    @Test(arguments: [Duration.seconds(301), .seconds(Int64.max)])
    func silenceThatSaysNothing(silence: Duration) {
        let policy = HealthPolicy(unhealthyAfter: .never)
        #expect(policy.judge(Self.report(update: silence)).status == .healthy)
        #expect(policy.judge(Self.report(update: silence, checks: [Self.check(.unhealthy)])).status == .degraded)
        #expect(policy.judge(Self.report(update: silence, body: .stopped)).status == .unhealthy)
    }

    /// A round trip on the connection is a sign of life, unless it took too long.
    @Test(arguments: [
        (Duration.milliseconds(80), Duration.seconds(300), HealthStatus.healthy),
        (.milliseconds(80), .seconds(301), .unhealthy), (.seconds(11), .seconds(1), .unhealthy),
        (.seconds(10), .seconds(1), .healthy),
    ])
    func aRoundTripIsASignOfLife(latency: Duration, age: Duration, status: HealthStatus) {
        var report = Self.report(update: .seconds(90_000))
        report.gateway = GatewaySnapshot(
            connected: true, lastEventAge: .seconds(400), latency: latency, latencyAge: age)
        #expect(HealthPolicy().judge(report).status == status)
        report.gateway = nil
        report.gateways = [
            .init(
                name: "shard 1",
                snapshot: .init(connected: true, lastEventAge: .seconds(400), latency: latency, latencyAge: age))
        ]
        #expect(HealthPolicy().judge(report).status == status)
    }

    @Test func aStalledGatewayDegrades() {
        var policy = HealthPolicy()
        policy.stall = StallPolicy(
            thresholds: .init(interval: .seconds(1), stall: .seconds(210), disconnectGrace: .seconds(60)))
        var report = Self.report()
        let fine = GatewaySnapshot(connected: true, lastEventAge: .seconds(1))
        report.gateways = [
            .init(name: "shard 1", snapshot: fine, isStalled: true),
            .init(name: "shard 2", snapshot: .init(connected: true, lastEventAge: .seconds(211))),
            .init(
                name: "shard 3", snapshot: .init(connected: false, lastEventAge: .zero, disconnectAge: .seconds(60))),
            .init(
                name: "shard 4",
                snapshot: .init(connected: false, lastEventAge: .seconds(61), disconnectAge: .seconds(61))),
        ]
        let judged = policy.judge(report)
        #expect(judged.status == .degraded)
        #expect(judged.gateways.map(\.isStalled) == [false, true, false, true])
        #expect(
            judged.reasons == [
                "Gateway \"shard 2\": zombie connection: connected, but silent for 211 s (limit 210 s) and latency "
                    + "unknown.",
                "Gateway \"shard 4\": not connected for 61 s (limit 60 s).",
            ])
        report.gateways = []
        report.gateway = .init(
            connected: false, lastEventAge: .seconds(61), lastReadyAge: .seconds(99), disconnectAge: .seconds(61))
        #expect(policy.judge(report).status == .degraded)
        #expect(policy.judge(report).reasons == ["Gateway: disconnected for 61 s (limit 60 s)."])
    }

    /// Without a watchdog of its own: three times the usual interval, and 30 s.
    @Test(arguments: [(1110, .healthy), (1111, .degraded)] as [(Int64, HealthStatus)])
    func theUsualLimitOfAStall(age: Int64, status: HealthStatus) {
        var report = Self.report()
        report.gateways = [.init(name: "a", snapshot: .init(connected: true, lastEventAge: .seconds(age)))]
        #expect(HealthPolicy().judge(report).status == status)
    }

    @Test(arguments: [(false, HealthStatus.degraded), (true, .unhealthy)])
    func aTroubleIsAReason(isCritical: Bool, status: HealthStatus) {
        var report = Self.report()
        report.troubles = [Trouble(sentence: "The disk is full.", isCritical: isCritical)]
        let judged = HealthPolicy().judge(report)
        #expect(judged.status == status)
        #expect(judged.reasons == ["The disk is full."])
    }

    @Test func oneReadyGatewayIsEnoughToBeReady() {
        var report = Self.report()
        let off = GatewaySnapshot(connected: false, lastEventAge: .zero, lastReadyAge: .zero, disconnectAge: .zero)
        let ready = GatewaySnapshot(connected: true, lastEventAge: .zero, lastReadyAge: .zero)
        report.gateways = [.init(name: "a", snapshot: off)]
        #expect(!HealthPolicy().judge(report).isReady)
        report.gateways.append(.init(name: "b", snapshot: ready))
        #expect(HealthPolicy().judge(report).isReady)
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
        let report = Self.report(update: .seconds(301), heartbeat: .seconds(400), body: .stopped, checks: checks)
        #expect(
            HealthPolicy().judge(report).reasons == [
                "The bot body is not running: it was stopped.",
                "No update and no heartbeat for 301 s (limit 300 s).",
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

    /// A lesser trouble makes an unhealthy bot no better.
    @Test func nothingIsHealthierForASecondTrouble() {
        let gone = GatewaySnapshot(connected: false, lastEventAge: .seconds(9000), disconnectAge: .seconds(9000))
        let changes: [(inout HealthReport) -> Void] = [
            { $0.executor = .late(.seconds(3)) }, { $0.gateway = gone },
            { $0.gateways = [.init(name: "shard 1", snapshot: gone)] },
            { $0.troubles = [Trouble(sentence: "The disk is slow.", isCritical: false)] },
            { $0.checks = [Self.check(.unhealthy)] },
        ]
        for change in changes {
            var report = Self.report()
            change(&report)
            #expect(HealthPolicy().judge(report).status == .degraded)
            report.body = .stopped
            let judged = HealthPolicy().judge(report)
            #expect(judged.status == .unhealthy)
            #expect(judged.reasons.count == 2)
        }
        var report = Self.report()
        report.executor = .stopped(.seconds(40))
        #expect(HealthPolicy().judge(report).status == .unhealthy)
    }
}
