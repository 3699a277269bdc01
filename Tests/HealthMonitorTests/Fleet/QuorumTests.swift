import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct QuorumTests {
    private static func view(_ says: ProbeStatus, age: Int = 10, _ name: String = "a") -> VantageView {
        VantageView(
            vantage: name, says: says, status: says, message: "it is \(says)", age: .seconds(age),
            freshFor: .seconds(130))
    }

    private static let known: [ProbeStatus] = [.healthy, .degraded, .unhealthy]

    /// Every mixture of up to five vantages, with every status before, against the rule in words.
    @Test func everyMixture() {
        for before in [ProbeStatus.unknown] + Self.known {
            for (healthy, degraded, unhealthy, stale) in Self.mixtures {
                let views =
                    Array(repeating: Self.view(.healthy), count: healthy)
                    + Array(repeating: Self.view(.degraded), count: degraded)
                    + Array(repeating: Self.view(.unhealthy), count: unhealthy)
                    + Array(repeating: Self.view(.unhealthy, age: 131), count: stale)
                    + Array(repeating: Self.view(.unknown), count: stale)
                let fresh = healthy + degraded + unhealthy
                for agree in [nil, 1, 2, 3, 4, 5] as [Int?] {
                    let found = Quorum(agree: agree).verdict(views, before: before)
                    let expected: ProbeStatus
                    func isEnough(_ count: Int) -> Bool { agree.map { count >= $0 } ?? (2 * count > fresh) }
                    if fresh == 0 || agree.map({ $0 > fresh }) == true {
                        expected = .unknown
                    } else if isEnough(unhealthy) {
                        expected = .unhealthy
                    } else if isEnough(unhealthy + degraded) {
                        expected = .degraded
                    } else if isEnough(healthy) {
                        expected = .healthy
                    } else {
                        expected = before
                    }
                    #expect(
                        found.status == expected,
                        "\(healthy) healthy, \(degraded) degraded, \(unhealthy) unhealthy, agree \(agree ?? 0)")
                }
            }
        }
    }

    private static var mixtures: [(Int, Int, Int, Int)] {
        var all: [(Int, Int, Int, Int)] = []
        for healthy in 0...5 {
            for degraded in 0...(5 - healthy) {
                for unhealthy in 0...(5 - healthy - degraded) {
                    for stale in 0...1 { all.append((healthy, degraded, unhealthy, stale)) }
                }
            }
        }
        return all
    }

    @Test func freshnessEndsExactlyThen() {
        #expect(Self.view(.healthy, age: 130).isFresh)
        #expect(!Self.view(.healthy, age: 131).isFresh)
        // The database's clock was set back.
        #expect(Self.view(.healthy, age: -5).isFresh)
    }

    @Test func tooFewVantagesAreNamed() {
        let verdict = Quorum(agree: 2).verdict(
            [Self.view(.unhealthy), Self.view(.healthy, age: 999)], before: .healthy)
        #expect(verdict.status == .unknown)
        #expect(verdict.reason == "cannot be judged: agree is 2, but only 1 vantage has a fresh result (a)")
        let two = Quorum(agree: 3).verdict([Self.view(.healthy, "b"), Self.view(.healthy, "a")], before: .healthy)
        #expect(two.reason == "cannot be judged: agree is 3, but only 2 vantages have a fresh result (a, b)")
        #expect(Quorum().result([], before: .healthy).message == "cannot be judged: no vantage has a fresh result")
    }

    @Test func theMessageNamesWhoSeesWhat() {
        let views = [
            Self.view(.unhealthy, "rome"), Self.view(.healthy, "oslo"), Self.view(.unhealthy, "paris"),
            Self.view(.unknown, "lima"),
        ]
        #expect(
            Quorum().result(views, before: .healthy).message
                == "it is unhealthy (unhealthy at paris, rome; healthy at oslo; unknown at lima)")
        #expect(
            Quorum().result(Array(views.prefix(2)), before: .unhealthy).message
                == "the vantages disagree, and the status before holds: unhealthy at rome; healthy at oslo")
        #expect(Quorum().result([views[0]], before: .healthy).message == "it is unhealthy")
    }

    @Test func theResponseTimeIsTheMedianOfThoseThatAgree() {
        var views = [
            Self.view(.healthy, "a"), Self.view(.healthy, "b"), Self.view(.healthy, "c"), Self.view(.unhealthy),
        ]
        for (index, milliseconds) in [30, 10, 20, 9000].enumerated() {
            views[index].responseTime = .milliseconds(milliseconds)
        }
        #expect(Quorum().result(views, before: .healthy).responseTime == .milliseconds(20))
    }

    @Test func ofAnEvenNumberTheShorterMedianCounts() {
        var views = [Self.view(.healthy, "a"), Self.view(.healthy, "b")]
        (views[0].responseTime, views[1].responseTime) = (.milliseconds(30), .milliseconds(10))
        #expect(Quorum().result(views, before: .healthy).responseTime == .milliseconds(10))
    }

    @Test func theSeverityIsThatOfOneThatAgrees() {
        var views = [Self.view(.healthy, "a"), Self.view(.unhealthy, "b"), Self.view(.unhealthy, "c")]
        (views[0].severity, views[1].severity) = (.warning, .critical)
        #expect(Quorum().result(views, before: .healthy).severity == .critical)
    }

    /// A maintenance that is over says nothing of the service.
    @Test func whereNoneAgreesTheStatusBeforeHolds() {
        let views = [Self.view(.healthy, "a"), Self.view(.unhealthy, "b")]
        for before in Self.known {
            let verdict = Quorum().verdict(views, before: before)
            #expect(verdict.status == before && verdict.holds)
        }
        #expect(Quorum().verdict(views, before: .maintenance).status == .unknown)
    }

    /// Vantages do not count failures that are expected, so their own verdicts say nothing of them.
    @Test func theLastChecksCountWhereFailuresAreExpected() {
        var views = [Self.view(.healthy, "a"), Self.view(.healthy, "b")]
        for index in views.indices { views[index].status = .unhealthy }
        #expect(Quorum().result(views, before: .healthy).status == .healthy)
        #expect(Quorum().result(views, before: .healthy, isRaw: true).status == .unhealthy)
    }

    // MARK: Votes

    /// An open alert decides; without one a service that is only slow counts as it is, unless that is a failure.
    @Test func aVoteOfADegradedService() {
        var slow = TargetState()
        _ = slow.record(.degraded, at: 0, rules: .init(alertsWhenDegraded: false))
        #expect(slow.vote == .degraded && slow.held == .degraded)
        var failing = TargetState()
        for (second, vote) in [ProbeStatus.unknown, .unknown, .degraded].enumerated() {
            _ = failing.record(.degraded, at: Int64(second), rules: .init())
            #expect(failing.vote == vote)
        }
        _ = failing.record(.unhealthy, at: 3, rules: .init())
        #expect(failing.vote == .degraded && failing.held == .degraded, "one failed check is below the threshold")
        var down = TargetState()
        for second in 0..<Int64(3) { _ = down.record(.unhealthy, at: second, rules: .init(recoveryThreshold: 2)) }
        _ = down.record(.healthy, at: 3, rules: .init(recoveryThreshold: 2))
        #expect(down.vote == .unhealthy && down.held == .unhealthy, "one good check is below the threshold")
    }

    /// A vantage's vote follows its own thresholds.
    @Test func aVoteNeedsTheThreshold() {
        var state = TargetState()
        var tick = MonotonicTime.now()
        func check(_ status: ProbeStatus) -> ProbeStatus {
            tick = tick.advanced(by: .seconds(60))
            _ = state.record(
                ProbeResult(status: status, message: ""), of: "a", at: 1, tick: tick, rules: TargetState.Rules())
            return state.vote
        }
        #expect(check(.unhealthy) == .unknown, "it has never seen it healthy, and not failed often enough")
        #expect(check(.healthy) == .healthy)
        #expect([check(.unhealthy), check(.unhealthy), check(.unhealthy)] == [.healthy, .healthy, .unhealthy])
        #expect(check(.unknown) == .unknown)
        #expect(check(.unhealthy) == .unhealthy)
        #expect(check(.healthy) == .healthy)
    }

    // MARK: Cut off

    @Test func aCutOffIsSaidOnce() {
        var cut = CutOff(limit: .seconds(30))
        let start = MonotonicTime.now()
        func at(_ seconds: Int, _ isReached: Bool) -> CutOff.Step {
            cut.note(isReached: isReached, at: start.advanced(by: .seconds(seconds)))
        }
        #expect([at(0, true), at(1, false), at(30, false), at(31, true)] == [.none, .none, .none, .none])
        #expect([at(40, false), at(69, false)] == [.none, .none])
        #expect(at(70, false) == .announce(since: start.advanced(by: .seconds(40))))
        #expect([at(71, false), at(999, false)] == [.none, .none])
        #expect([at(1000, true), at(1001, true)] == [.resolve, .none])
    }

    // MARK: Silent vantages

    private static func beat(_ name: String, age: Int, stopped: Bool = false) -> VantageBeat {
        VantageBeat(name: name, host: "h", age: .seconds(age), silentAfter: .seconds(100), isStopped: stopped)
    }

    @Test func aSilentVantageIsNoticedOnceAndItsReturn() {
        func changes(_ beats: [VantageBeat], _ open: Set<String> = []) -> [String] {
            SilentVantages.changes(beats, own: "a", open: open).map(\.name)
        }
        let own = Self.beat("a", age: 1)
        #expect(changes([own, Self.beat("b", age: 100)]) == [])
        #expect(changes([own, Self.beat("b", age: 101)]) == ["b"])
        #expect(changes([own, Self.beat("b", age: 101)], ["b"]) == [])
        #expect(changes([own, Self.beat("b", age: 2)], ["b"]) == ["b"])
        // Stopped on purpose.
        #expect(changes([own, Self.beat("b", age: 9999, stopped: true)]) == [])
        #expect(changes([own, Self.beat("b", age: 9999, stopped: true)], ["b"]) == ["b"])
        // The database's clock was set forward: everybody seems silent.
        #expect(changes([Self.beat("a", age: 4000), Self.beat("b", age: 4000)]) == [])
    }

    /// The combined state counts its own changes; the vantages have seen more failed checks.
    @Test func anEventReportsTheChecksOfItsVantages() {
        var views = [Self.view(.unhealthy, "a"), Self.view(.unhealthy, "b"), Self.view(.unhealthy, age: 131, "c")]
        (views[0].failures, views[1].failures, views[2].failures) = (26, 4, 90)
        #expect(VantagePlan.failures(of: ChannelScene.event(failures: 1), views) == 26)
        #expect(VantagePlan.failures(of: ChannelScene.event(.flapping, failures: nil), views) == nil)
        views = [Self.view(.healthy, "a")]
        #expect(VantagePlan.failures(of: ChannelScene.event(.resolved, failures: 3), views) == 3)
    }
}
