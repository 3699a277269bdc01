import Foundation
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// How one of several monitors judges a service, without a database.
struct VantagePlanTests {
    /// A vantage whose last check may differ from what it says.
    private static func view(_ says: ProbeStatus, checked: ProbeStatus) -> VantageView {
        VantageView(
            vantage: "a", says: says, status: checked, message: "it is \(checked)", age: .zero,
            freshFor: .seconds(100))
    }

    /// A dependency explains a failure by its own alert, or by its last check, which is earlier.
    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func aDependencyExplainsAFailure(isHeldDown: Bool, isSeenDown: Bool) {
        let board = StatusBoard([Target("db", ScriptedProbe([]))])
        var state = TargetState()
        _ = state.record(isHeldDown ? .unhealthy : .healthy, at: 1, rules: .init())
        let views = [Self.view(.healthy, checked: isSeenDown ? .unhealthy : .healthy)]
        board.update("db") { status in (status.state, status.views) = (state, views) }
        // A name that is not in the configuration explains nothing, and the next one is looked at.
        let web = Target("web", ScriptedProbe([]), dependsOn: ["gone", "db"])
        let failed = VantagePlan.judge(
            web, [Self.view(.healthy, checked: .unhealthy)], before: .healthy, at: PageScene.time, board)
        let isExplained = isHeldDown || isSeenDown
        let silence: TargetState.Silence? = isExplained ? .dependency("db") : nil
        let status: ProbeStatus = isExplained ? .unhealthy : .healthy
        #expect(failed.silence == silence)
        #expect(failed.result.status == status)
        // What works needs no explanation.
        let good = VantagePlan.judge(
            web, [Self.view(.healthy, checked: .healthy)], before: .healthy, at: PageScene.time, board)
        #expect(good.silence == nil)
        #expect(good.result.status == .healthy)
    }

    /// Failures in maintenance are seen and expected, until it ends.
    @Test(arguments: [(99, false), (100, true), (199, true), (200, false)] as [(Int64, Bool)])
    func aMaintenanceSilencesItsTarget(second: Int64, isIn: Bool) {
        let window = MaintenanceWindow.once(
            from: Date(timeIntervalSince1970: 100), to: Date(timeIntervalSince1970: 200))
        let web = Target("web", ScriptedProbe([]), maintenance: [window])
        let found = VantagePlan.judge(
            web, [Self.view(.healthy, checked: .unhealthy)], before: .healthy,
            at: WallTime(microseconds: second * 1_000_000), StatusBoard([web]))
        let silence: TargetState.Silence? = isIn ? .maintenance : nil
        let status: ProbeStatus = isIn ? .unhealthy : .healthy
        #expect(found.silence == silence)
        #expect(found.result.status == status)
    }

    /// The vantages have counted to the thresholds; to count again would delay every alert.
    @Test func theCombinedStateDoesNotCountAgain() {
        var web = Target("web", ScriptedProbe([]), critical: true)
        web.rules.failureThreshold = 5
        web.rules.recoveryThreshold = 4
        let rules = VantagePlan.rules(of: web)
        #expect(rules.failureThreshold == 1)
        #expect(rules.recoveryThreshold == 1)
        #expect(rules.isCritical, "everything else is the target's")
    }
}
