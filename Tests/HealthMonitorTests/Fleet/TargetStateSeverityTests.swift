import Testing

@testable import KeepAliveHealthMonitor

/// When an open alert becomes worse, and when a service is at rest.
struct TargetStateSeverityTests {
    private func events(_ checks: [(ProbeStatus, Severity)]) -> [String] {
        var state = TargetState()
        return checks.enumerated().flatMap { minute, check in
            state.record(check.0, check.1, at: Int64(minute) * 60_000_000, rules: .init())
                .map { "\(minute + 1) \($0.kind) \($0.severity)" }
        }
    }

    /// A disk over its critical limit, for example: the service is as down as before.
    @Test func aHigherSeverityIsWorse() {
        let down = [(ProbeStatus.unhealthy, Severity.warning)]
        #expect(
            events(down + down + down + [(.unhealthy, .critical), (.unhealthy, .critical)])
                == ["3 opened warning", "4 escalated critical"])
    }

    /// Only a service that is down anew needs the full number of failed checks.
    @Test func aDegradedServiceOfHigherSeverityIsReportedAtOnce() {
        let down = [(ProbeStatus.unhealthy, Severity.warning)]
        #expect(events(down + down + down + [(.degraded, .critical)]) == ["3 opened warning", "4 escalated critical"])
    }

    /// The history writes a service at rest once: a failure that is remembered must not be lost.
    @Test func aRememberedFailureIsNoRest() {
        var state = TargetState()
        _ = state.record(.healthy, at: 0, rules: .init())
        #expect(state.isAtRest)
        _ = state.record(.unhealthy, at: 1, rules: .init())
        for second in 2...TargetState.remembered {
            _ = state.record(.healthy, at: Int64(second), rules: .init())
            #expect(!state.isAtRest)
        }
        _ = state.record(.healthy, at: 100, rules: .init())
        #expect(state.isAtRest)
    }

    /// An open alert and a check without a result are news, however long ago the last failure was.
    @Test func anOpenAlertIsNoRest() {
        let rules = TargetState.Rules(failureThreshold: 1, recoveryThreshold: 30)
        var state = TargetState()
        _ = state.record(.unhealthy, at: 0, rules: rules)
        for second in 1..<Int64(rules.recoveryThreshold) {
            _ = state.record(.healthy, at: second, rules: rules)
            #expect(!state.isAtRest)
        }
        #expect(!state.recent.contains(true))
        _ = state.record(.healthy, at: 100, rules: rules)
        #expect(state.isAtRest)
        _ = state.record(.unknown, at: 101, rules: rules)
        #expect(!state.isAtRest)
    }
}
