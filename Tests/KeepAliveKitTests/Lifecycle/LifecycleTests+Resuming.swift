import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

extension LifecycleTests {
    private static let now = MonotonicTime(nanoseconds: 1_000_000_000)

    private static func resumed(left: Duration) -> (lifecycle: Lifecycle, actions: [Lifecycle.Action]) {
        var lifecycle = Lifecycle(Lifecycle.Rules(policy: RestartPolicy(maxRestarts: 3), timeout: .seconds(10)))
        let record = RestartPolicy.Record(consecutive: 2, failures: 2)
        let actions = lifecycle.handle(.began(left: left, failures: record), at: now)
        return (lifecycle, actions)
    }

    /// Its delay has passed while no process ran.
    @Test func aDelayThatIsOverIsNotWaitedFor() {
        let over = Self.resumed(left: .zero)
        #expect(over.lifecycle.phase == .running)
        #expect(over.actions.last == .order(.run(attempt: 1)))
        let rest = Self.resumed(left: .nanoseconds(1))
        #expect(rest.lifecycle.phase == .waiting)
        #expect(rest.actions.last == .order(.wait(.nanoseconds(1))))
    }

    /// A body that ran well until it was asked to restart.
    @Test func failuresAreForgottenDuringARestartToo() {
        var lifecycle = Self.resumed(left: .zero).lifecycle
        _ = lifecycle.handle(.restart, at: Self.now)
        #expect(
            lifecycle.handle(.ranWell(.seconds(300)), at: Self.now)
                == [.order(.forget), .emit(.failuresForgotten(healthyFor: .seconds(300)))])
    }
}
