import Testing

@testable import KeepAliveKit

struct PageStateTests {
    private static func state(_ body: BodyState, checkFails isCritical: Bool? = nil) -> PageState {
        var report = HealthMonitor().report()
        report.body = body
        if let isCritical {
            report.checks = [
                CheckResult(name: "c", isCritical: isCritical, status: .unhealthy, age: nil, error: "no")
            ]
        }
        return PageState(HealthPolicy().judge(report))
    }

    @Test(arguments: [
        (BodyState.running, PageState.healthy), (.starting, .starting), (.restarting, .restarting),
        (.backingOff(reason: "x"), .unhealthy), (.failed(reason: "x"), .unhealthy), (.stopping, .stopping),
        (.stopped, .stopped),
    ])
    func whatTheBodyDoes(body: BodyState, state: PageState) {
        #expect(Self.state(body) == state)
    }

    @Test func aStartHidesNoOtherTrouble() {
        #expect(Self.state(.starting, checkFails: true) == .unhealthy)
        #expect(Self.state(.restarting, checkFails: false) == .unhealthy)
        #expect(Self.state(.running, checkFails: false) == .degraded)
        #expect(Self.state(.running, checkFails: true) == .unhealthy)
    }

    /// The state is visible without colours, and in the browser's tab.
    @Test func everyKindHasASignAndAnIconOfItsOwn() {
        let states: [PageState] = [.healthy, .degraded, .unhealthy, .starting, .lost]
        #expect(Set(states.map(\.kind)).count == states.count)
        #expect(Set(states.map(\.sign)).count == states.count)
        #expect(Set(states.map(\.icon)).count == states.count)
    }
}
