import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct RestartPolicyTests {
    typealias Action = RestartPolicy.Action

    /// The policy's actions for successive outcomes.
    private func actions(_ policy: inout RestartPolicy, _ outcomes: [RestartPolicy.Outcome]) -> [Action] {
        var random = SeededRandom(seed: 7)
        return outcomes.map { policy.ended($0, using: &random) }
    }

    private func restarts(_ seconds: Int...) -> [Action] {
        seconds.map { .restart(after: .seconds($0)) }
    }

    @Test func failuresCountAndDelaysGrow() {
        var policy = RestartPolicy(maxRestarts: 4)
        let first = actions(&policy, [.threw(.failure), .returned, .threw(.failure)])
        #expect(first == restarts(5, 10, 20))
        #expect(policy.record == .init(consecutive: 3, failures: 3))
        let last = actions(&policy, [.threw(.failure), .returned])
        #expect(last == [.giveUp(failures: 4), .giveUp(failures: 5)])
    }

    @Test(arguments: [Int.min, -1, 0, 1])
    func theFirstFailureMayBeTheLast(limit: Int) {
        var policy = RestartPolicy(maxRestarts: limit)
        let found = actions(&policy, [.threw(.failure)])
        #expect(found == [.giveUp(failures: 1)])
    }

    @Test func whoGivesUpLeavesItsLatestDelay() {
        var policy = RestartPolicy(maxRestarts: 3)
        #expect(policy.latestDelay == .zero)
        for seconds in [5, 10, 20] {
            _ = actions(&policy, [.threw(.failure)])
            #expect(policy.latestDelay == .seconds(seconds))
        }
    }

    @Test func criticalStopsAndCountsNothing() {
        var policy = RestartPolicy.resumed(.init(consecutive: 2, failures: 1))
        let found = actions(&policy, [.threw(.critical), .threw(.system)])
        #expect(found == [.stop, .stop])
        #expect(policy.record == .init(consecutive: 2, failures: 1))
    }

    @Test func networkErrorsUseUpNoAttempt() {
        var policy = RestartPolicy(maxRestarts: 2)
        let outage = actions(&policy, Array(repeating: .threw(.network()), count: 8))
        #expect(outage == restarts(5, 10, 20, 40, 80, 160, 300, 300))
        #expect(policy.record == .init(consecutive: 8, failures: 0))
        let failures = actions(&policy, [.threw(.failure), .threw(.failure)])
        #expect(failures == restarts(300) + [.giveUp(failures: 2)])
    }

    @Test(arguments: [
        (Duration.seconds(60), Duration.seconds(60)), (.seconds(5), .seconds(5)), (.seconds(1), .seconds(5)),
        (.zero, .seconds(5)), (.seconds(-9), .seconds(5)), (.seconds(3600), .seconds(3600)),
        (.seconds(Int64.max), .seconds(Int64.max)),
    ])
    func retryAfterIsTheLeast(asked: Duration, delay: Duration) {
        var policy = RestartPolicy()
        let found = actions(&policy, [.threw(.network(retryAfter: asked))])
        #expect(found == [.restart(after: delay)])
    }

    /// With delays of 0, an outage would otherwise be a loop without a pause.
    @Test func anOutageNeverSpins() {
        var policy = RestartPolicy(backoff: Backoff(initial: .zero))
        let found = actions(&policy, [.threw(.network()), .threw(.network()), .threw(.failure)])
        #expect(found == restarts(0, 1, 0))
    }

    @Test func healthForgetsFailures() {
        var policy = RestartPolicy(resetAfter: .seconds(300))
        let nothing = policy.wasHealthy(for: .seconds(900))
        #expect(!nothing, "there is nothing to forget")
        _ = actions(&policy, [.threw(.failure)])
        let tooShort = policy.wasHealthy(for: .milliseconds(299_999))
        #expect(!tooShort)
        #expect(policy.record.failures == 1)
        let longEnough = policy.wasHealthy(for: .seconds(300))
        #expect(longEnough)
        #expect(policy.record == .init())
        let next = actions(&policy, [.threw(.failure)])
        #expect(next == restarts(5))
    }

    @Test func resumesWhereAnotherProcessStopped() {
        var policy = RestartPolicy(maxRestarts: 3)
        policy.resume(.init(consecutive: 4, failures: 1))
        let found = actions(&policy, [.threw(.failure), .threw(.failure)])
        #expect(found == restarts(80) + [.giveUp(failures: 3)])
        policy.resume(.init(consecutive: -5, failures: .min))
        #expect(policy.record == .init())
    }

    @Test func countsStopAtTheEndOfTheirScale() {
        var policy = RestartPolicy.resumed(.init(consecutive: .max, failures: .max - 2), maxRestarts: .max)
        let found = actions(
            &policy, [.threw(.network()), .threw(.failure), .threw(.failure), .threw(.failure)])
        #expect(found == restarts(300, 300) + [.giveUp(failures: .max), .giveUp(failures: .max)])
        #expect(policy.record == .init(consecutive: .max, failures: .max))
    }
}

extension RestartPolicy {
    fileprivate static func resumed(_ record: Record, maxRestarts: Int = 10) -> RestartPolicy {
        var policy = RestartPolicy(maxRestarts: maxRestarts)
        policy.resume(record)
        return policy
    }
}
