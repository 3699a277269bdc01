import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// The result of one check by its state and the time: interval 30 s, timeout 5 s, read at 1000 s.
struct HealthCheckTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        var runningFor: Duration?
        var finishedAgo: Duration?
        var lastError: String?
        let status: CheckResult.Status
        var error: String?
    }

    static let cases: [Case] = [
        Case(testDescription: "never run", status: .unknown),
        Case(testDescription: "first run under way", runningFor: .seconds(5), status: .unknown),
        Case(
            testDescription: "first run hangs", runningFor: .milliseconds(5001), status: .unhealthy,
            error: "timed out after 5 s"),
        Case(testDescription: "just passed", finishedAgo: .zero, status: .healthy),
        Case(testDescription: "just failed", finishedAgo: .zero, lastError: "no", status: .unhealthy, error: "no"),
        Case(testDescription: "a little late", finishedAgo: .seconds(65), status: .healthy),
        Case(
            testDescription: "twice overdue", finishedAgo: .milliseconds(65_001), status: .unhealthy,
            error: "has not run for 65 s, although due every 30 s"),
        Case(
            testDescription: "failed, and overdue", finishedAgo: .seconds(900), lastError: "no", status: .unhealthy,
            error: "no"),
        Case(
            testDescription: "passed, and runs again", runningFor: .seconds(4), finishedAgo: .seconds(35),
            status: .healthy),
        Case(
            testDescription: "passed, and now hangs", runningFor: .seconds(6), finishedAgo: .seconds(37),
            status: .unhealthy, error: "timed out after 5 s"),
        Case(
            testDescription: "failed, and runs again", runningFor: .seconds(1), finishedAgo: .seconds(32),
            lastError: "no", status: .unhealthy, error: "no"),
    ]

    @Test(arguments: cases)
    func judges(_ example: Case) {
        let now = MonotonicTime(nanoseconds: 1_000_000_000_000)
        func ago(_ duration: Duration) -> MonotonicTime { now.advanced(by: .zero - duration) }
        let state = HealthCheck.State(
            runningSince: example.runningFor.map(ago), lastFinished: example.finishedAgo.map(ago),
            lastError: example.lastError)
        for isCritical in [true, false] {
            let result = HealthCheck.judge(
                state, name: "db", isCritical: isCritical, interval: .seconds(30), timeout: .seconds(5), at: now)
            #expect(
                result
                    == CheckResult(
                        name: "db", isCritical: isCritical, status: example.status, age: example.finishedAgo,
                        error: example.error))
        }
    }

    /// The whole process was stopped until 1000 s; its checks too.
    @Test(arguments: [
        (HealthCheck.State(runningSince: MonotonicTime(nanoseconds: 1)), 1005.0, CheckResult.Status.unknown),
        (.init(runningSince: MonotonicTime(nanoseconds: 1)), 1005.1, .unhealthy),
        (.init(lastFinished: MonotonicTime(nanoseconds: 1)), 1065, .healthy),
        (.init(lastFinished: MonotonicTime(nanoseconds: 1)), 1065.1, .unhealthy),
        (.init(lastFinished: MonotonicTime(nanoseconds: 1), lastError: "no"), 1000, .unhealthy),
        (.init(lastFinished: MonotonicTime(nanoseconds: 1_010_000_000_000)), 1075, .healthy),
    ])
    func timesCountFromTheEndOfAPause(state: HealthCheck.State, seconds: Double, status: CheckResult.Status) {
        let origin = MonotonicTime(nanoseconds: 0)
        let now = origin.advanced(by: .seconds(seconds))
        let result = HealthCheck.judge(
            state, name: "db", isCritical: true, interval: .seconds(30), timeout: .seconds(5), at: now,
            resumed: origin.advanced(by: .seconds(1000)))
        #expect(result.status == status)
        // What is shown is when it last ran.
        #expect(result.age == state.lastFinished.map { now.since($0) })
    }

    @Test func extremeLimitsDoNotTrap() {
        let state = HealthCheck.State(runningSince: nil, lastFinished: MonotonicTime(nanoseconds: .min), lastError: nil)
        let result = HealthCheck.judge(
            state, name: "db", isCritical: true, interval: .seconds(Int64.max), timeout: .seconds(Int64.max),
            at: MonotonicTime(nanoseconds: .max))
        #expect(result.status == .healthy)
    }
}
