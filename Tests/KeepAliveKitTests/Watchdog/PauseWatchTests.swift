import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// A bot whose watchdog checks when the test calls it, and whose `/health` may be asked before that.
final class PauseWatchTests {
    private let start = MonotonicTime.now()
    private let gateway = GatewayHeartbeat()
    private let canary = ExecutorCanary()
    private let health: HealthMonitor
    private var watchdog: WatchdogLook

    /// It checks every 7.5 s, and is late after 5 s.
    init() {
        let thresholds = WatchdogThresholds(
            interval: .seconds(60), stall: .seconds(210), disconnectGrace: .seconds(210), executorStall: .seconds(30))
        health = HealthMonitor(
            HealthPolicy(unhealthyAfter: .seconds(30), stall: StallPolicy(thresholds: thresholds)), gateway: gateway,
            executor: .init(canary: canary, limit: .seconds(30)), body: .running
        ) { "\($0)" }
        watchdog = WatchdogLook(
            gateways: health.gateways, thresholds: thresholds, canary: canary, pauses: health.pauses, at: start)
        gateway.noteReady(at: start)
    }

    private func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private func reasons(at seconds: Double) -> [String] {
        health.report(at: at(seconds), responseTimes: nil).reasons
    }

    private func isSuspension(at seconds: Double) -> Bool {
        watchdog.look(at: at(seconds))?.contains { if case .pause = $0 { true } else { false } } == true
    }

    /// The request's thread may run before the guard's. Ages: 1000 s without an update, a canary that is out as long.
    @Test func theFirstQuestionAfterAPauseForgivesIt() {
        #expect(!isSuspension(at: 0))
        canary.sent(at: start)
        #expect(reasons(at: 1000) == [])
        #expect(isSuspension(at: 1000.1))
        #expect(reasons(at: 1000.2) == [])
    }

    @Test func thePauseIsForgivenWhoeverNoticesIt() {
        #expect(!isSuspension(at: 0))
        canary.sent(at: start)
        #expect(isSuspension(at: 1000))
        #expect(reasons(at: 1000) == [])
        // The bot has its full time again, a connection also the time of a check.
        for seconds in [7.5, 15, 22.5, 30] { #expect(!isSuspension(at: 1000 + seconds)) }
        canary.returned(at: at(1030))
        #expect(reasons(at: 1030) == ["Swift's executor is slow: a task waited 30 s for its turn."])
    }

    /// A bot without a connection: its heartbeats stood still too.
    @Test func aHeartbeatHasItsFullTimeAgain() {
        let health = HealthMonitor(HealthPolicy(unhealthyAfter: .seconds(30)), body: .running) { "\($0)" }
        health.heartbeat()
        func isHealthy(_ seconds: Double) -> Bool {
            health.report(at: at(seconds), responseTimes: nil).status == .healthy
        }
        health.pauses.expectCheck(by: at(20))
        #expect(isHealthy(1000))
        health.pauses.expectCheck(by: at(1040))
        #expect(isHealthy(1030))
        #expect(!isHealthy(1030.1))
    }

    /// The guard's thread itself hangs: its silence is not excused again.
    @Test func aCheckThatNeverComesExcusesOnePause() {
        #expect(!isSuspension(at: 0))
        #expect(reasons(at: 1000) == [])
        #expect(reasons(at: 1090) == [])
        #expect(reasons(at: 1091) != [])
        #expect(reasons(at: 5000) != [])
    }

    @Test(arguments: [(12.5, false), (12.6, true)])
    func onlyACheckThatIsFarTooLateIsAPause(seconds: Double, isPause: Bool) {
        #expect(!isSuspension(at: 0))
        #expect((health.pauses.lastResumed(at: at(seconds)) != nil) == isPause)
    }

    @Test func withoutAGuardNothingIsAPause() {
        #expect(health.pauses.lastResumed(at: at(1000)) == nil)
        health.pauses.expectCheck(by: at(1))
        health.pauses.expectCheck(by: nil)
        #expect(health.pauses.lastResumed(at: at(1000)) == nil)
        #expect(reasons(at: 1000) != [])
    }
}
