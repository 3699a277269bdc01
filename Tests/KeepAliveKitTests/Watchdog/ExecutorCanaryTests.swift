import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct ExecutorCanaryTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func after(_ seconds: Int64) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    @Test func nobodySentIsResponsive() {
        #expect(ExecutorCanary().state(at: after(1000), limit: .seconds(30)) == .responsive)
    }

    @Test func comesBackByItself() async {
        let canary = ExecutorCanary()
        canary.send(at: .now())
        // The pool is free, so both this task and the canary run.
        while canary.isOut { await Task.yield() }
        #expect(canary.state(at: .now().advanced(by: .seconds(1000)), limit: .seconds(30)) != .stopped(.seconds(1000)))
    }

    @Test func lateIsNotStopped() {
        let canary = ExecutorCanary()
        canary.sent(at: start)
        #expect(canary.state(at: after(1), limit: .seconds(30)) == .responsive)
        let justLate = Duration.seconds(1) + .nanoseconds(1)
        #expect(canary.state(at: start.advanced(by: justLate), limit: .seconds(30)) == .late(justLate))
        #expect(canary.state(at: after(30), limit: .seconds(30)) == .late(.seconds(30)))
        #expect(canary.state(at: after(31), limit: .seconds(30)) == .stopped(.seconds(31)))
        canary.returned(at: after(40))
        #expect(canary.state(at: after(41), limit: .seconds(30)) == .late(.seconds(40)))
        canary.sent(at: after(50))
        canary.returned(at: after(50))
        #expect(canary.state(at: after(51), limit: .seconds(30)) == .responsive)
    }

    @Test func aPauseOfTheWholeProcessIsForgiven() {
        let canary = ExecutorCanary()
        canary.sent(at: start)
        canary.forgive(at: after(600))
        #expect(canary.state(at: after(601), limit: .seconds(30)) == .responsive)
    }

    /// After a pause the pool and the watchdog wake together; in any order, a returned canary stays returned.
    @Test func aCanaryThatComesBackWhileItIsForgivenIsBack() async throws {
        for _ in 0..<2000 {
            let canary = ExecutorCanary()
            canary.sent(at: start)
            async let returned: Void = BlockingWork.run { canary.returned(at: start) }
            async let forgiven: Void = BlockingWork.run { canary.forgive(at: start.advanced(by: .seconds(1))) }
            _ = try await (returned, forgiven)
            try #require(!canary.isOut)
        }
    }

    @Test func theVerdictFollows() {
        func judge(_ executor: ExecutorState) -> HealthReport {
            var report = HealthMonitor().report()
            report.executor = executor
            return HealthPolicy().judge(report)
        }
        #expect(judge(.responsive).status == .healthy)
        #expect(judge(.late(.seconds(3))).status == .degraded)
        #expect(judge(.late(.seconds(3))).reasons == ["Swift's executor is slow: a task waited 3 s for its turn."])
        #expect(judge(.stopped(.seconds(45))).status == .unhealthy)
        #expect(judge(.stopped(.seconds(45))).reasons == ["Swift's executor is stalled: no task has run for 45 s."])
    }
}
