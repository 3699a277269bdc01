import Foundation
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// Sequences of a target's checks and their alerts: `+` good, `-` failed, `~` degraded, `?` unknown, `m` failed in
/// maintenance.
struct TargetStateTests {
    private func tell(
        _ story: String, every minutes: Int64 = 1, _ rules: TargetState.Rules = .init(),
        from state: TargetState = TargetState()
    ) -> (words: [String], state: TargetState, events: [AlertEvent]) {
        var state = state
        var (words, events): ([String], [AlertEvent]) = ([], [])
        for (index, sign) in story.enumerated() {
            let time = (state.lastCheck ?? 0) + minutes * 60_000_000
            let status: ProbeStatus =
                switch sign {
                case "+": .healthy
                case "~": .degraded
                case "?": .unknown
                default: .unhealthy
                }
            for event in state.record(status, at: time, rules: rules, silence: sign == "m" ? .maintenance : nil) {
                words.append("\(index + 1) \(Self.name(event))")
                events.append(event)
            }
        }
        return (words, state, events)
    }

    private static func name(_ event: AlertEvent) -> String {
        let word = event.message.hasPrefix("no longer unhealthy") ? "eased" : event.kind.rawValue
        return "\(word) \(event.severity)" + (event.failures.map { " \($0)" } ?? "")
    }

    @Test func anEventSaysWhatHappened() {
        let events = tell("~~~---~+", every: 60).events + tell("-+-+-+-", .init(alertsWhenDegraded: false)).events
        #expect(
            events.map(\.message) == [
                "it is degraded", "still failing after 4 checks: it is unhealthy",
                "still failing after 5 checks: it is unhealthy", "it is unhealthy",
                "no longer unhealthy, but degraded: it is degraded", "recovered after 7 failed checks",
                "flapping: 6 changes in its last 20 checks; no further alert until it is stable",
            ])
        #expect(events.allSatisfy { $0.service == "casino" })
        #expect(events.prefix(6).allSatisfy { $0.triggeredAt == 3 * 3_600_000_000 })
        #expect(events.prefix(6).map(\.happenedAt) == (3...8).map { $0 * 3_600_000_000 })
        #expect(
            events.map(\.status) == [.degraded, .unhealthy, .unhealthy, .unhealthy, .degraded, .healthy, .unhealthy])
    }

    @Test(
        arguments: [
            ("++++", []),
            ("--+", []),
            ("---", ["3 opened warning 3"]),
            ("--+---+", ["6 opened warning 3", "7 resolved warning 3"]),
            ("-----+", ["3 opened warning 3", "6 resolved warning 5"]),
            // Unknown is neither good nor bad.
            ("--??-", ["5 opened warning 3"]),
            ("---??+", ["3 opened warning 3", "6 resolved warning 3"]),
            ("???????", []),
            // Degraded counts as good, unless configured otherwise.
            ("~~~~", []),
            ("---~", ["3 opened warning 3", "4 resolved warning 3"]),
            // Maintenance opens no alert and counts no failure; continuing failures after it do.
            ("mmmmm+", []),
            ("mmmm--", []),
            ("mmmm---", ["7 opened warning 3"]),
            ("---mm+", ["3 opened warning 3", "6 resolved warning 3"]),
            // Flapping is reported once.
            ("-+-+-+-+-+-+", ["7 flapping warning"]),
            ("-+-+-+-++++++++++++++++++", ["7 flapping warning", "25 resolved warning 4"]),
        ] as [(String, [String])])
    func stories(story: String, notices: [String]) {
        #expect(tell(story, .init(alertsWhenDegraded: false)).words == notices)
    }

    @Test(
        arguments: [
            ("~~~", .init(), ["3 opened warning 3"]),
            ("~~~", .init(isCritical: true), ["3 opened critical 3"]),
            ("~~~", .init(isCritical: true, severity: .warning), ["3 opened warning 3"]),
            ("---", .init(severity: .critical), ["3 opened critical 3"]),
            ("---", .init(opensAlerts: false), []),
            // An alert for a slow answer does not hide the service's outage or recovery.
            (
                "~~~---~+", .init(),
                [
                    "3 opened warning 3", "6 escalated warning 6", "7 eased warning 7",
                    "8 resolved warning 7",
                ]
            ),
            ("~~~--~+", .init(), ["3 opened warning 3", "7 resolved warning 6"]),
            ("---~~--", .init(), ["3 opened warning 3", "4 eased warning 4"]),
            ("---~-~~", .init(recoveryThreshold: 2), ["3 opened warning 3", "7 eased warning 7"]),
            ("---+", .init(isCritical: true), ["3 opened critical 3", "4 resolved critical 3"]),
            (
                "~~~~---+", .init(isCritical: true),
                ["3 opened critical 3", "7 escalated critical 7", "8 resolved critical 7"]
            ),
            ("---+-+++", .init(recoveryThreshold: 3), ["3 opened warning 3", "8 resolved warning 4"]),
            // Two failures, a good check and another failure are not three in a row.
            ("--+--", .init(recoveryThreshold: 3), []),
            // A continuing outage is repeated each interval.
            (
                String(repeating: "-", count: 123), .init(),
                ["3 opened warning 3", "63 repeated warning 63", "123 repeated warning 123"]
            ),
        ] as [(String, TargetState.Rules, [String])])
    func rulesDecide(story: String, rules: TargetState.Rules, notices: [String]) {
        #expect(tell(story, rules).words == notices)
    }

    /// A disk over its critical limit is critical; the configuration overrides that.
    @Test func theProbeKnowsHowBadItIs() {
        func opened(_ found: Severity?, _ rules: TargetState.Rules) -> [String] {
            var state = TargetState()
            return state.record(.unhealthy, found, at: 0, rules: rules).map(Self.name)
        }
        #expect(opened(.critical, .init(failureThreshold: 1)) == ["opened critical 1"])
        #expect(opened(nil, .init(failureThreshold: 1)) == ["opened warning 1"])
        #expect(
            opened(.critical, .init(failureThreshold: 1, severity: .warning)) == ["opened warning 1"])
        #expect(opened(.warning, .init(failureThreshold: 1, isCritical: true)) == ["opened critical 1"])
    }

    @Test func itGoesOnAfterARestart() throws {
        let whole = tell("---" + "---" + "+")
        let first = tell("---")
        let second = tell("---", from: first.state)
        let third = tell("+", from: second.state)
        #expect(first.words == ["3 opened warning 3"])
        #expect(second.words == [])
        #expect(third.words == ["1 resolved warning 6"])
        #expect(third.state == whole.state)
    }

    /// For this process's alerts only the monotonic clock counts: a wall clock 2 s back or a day ahead causes no
    /// repeat.
    @Test(arguments: [-2, -86_400, 86_400] as [Int64])
    func aClockThatIsSetRepeatsNothing(seconds: Int64) {
        var state = tell("---").state
        let last = state.lastCheck ?? 0
        func record(after minutes: Int64) -> [String] {
            let tick = MonotonicTime(nanoseconds: (last + minutes * 60_000_000) * 1000)
            return state.record(
                .unhealthy, at: last + (minutes * 60 + seconds) * 1_000_000, tick: tick, rules: .init()
            ).map(Self.name)
        }
        #expect(record(after: 1) == [])
        #expect(record(after: 59) == [])
        #expect(record(after: 60) == ["repeated warning 6"])
    }

    /// For an earlier process's alerts only the wall clock counts. A clock set back delays the next repeat by one
    /// interval.
    @Test func aClockThatIsSetBackBetweenTwoRunsSilencesNothingForLong() throws {
        let stored = try JSONEncoder().encode(tell("---").state)
        func notices(at now: Int64) throws -> [Int] {
            var state = try JSONDecoder().decode(TargetState.self, from: stored)
            return (0...130).filter { minute in
                let tick = MonotonicTime(nanoseconds: Int64(minute) * 60_000_000_000)
                let time = now + Int64(minute) * 60_000_000
                return !state.record(.unhealthy, at: time, tick: tick, rules: .init()).isEmpty
            }
        }
        #expect(try notices(at: -5_000_000) == [60, 120])
        #expect(try notices(at: 62 * 60_000_000) == [1, 61, 121])
        #expect(try notices(at: 63 * 60_000_000) == [0, 60, 120])
        // The alert was sent at minute 3: the rest of its hour remains.
        #expect(try notices(at: 33 * 60_000_000) == [30, 90])
        #expect(try notices(at: 200 * 60_000_000) == [0, 60, 120])
    }

    /// A state written by an earlier version is read.
    @Test func anEarlierStateIsTakenOver() throws {
        let text = """
            {"status":"unhealthy","failures":3,"successes":0,"failuresOfAlert":3,"isFlapping":false,"recent":[true],\
            "alert":{"severity":"warning","openedAt":5,"toldAt":5},"lastAlertOpenedAt":5,"lastCheck":5}
            """
        let stored = try JSONDecoder().decode(TargetState.self, from: Data(text.utf8))
        #expect(tell("+", from: stored).words == ["1 resolved warning 3"])
        // Whether it was down is not known of such an alert; it counts as down.
        #expect(tell("~---", from: stored).words == ["1 eased warning 4", "4 escalated warning 7"])
        #expect(tell("---", from: stored).words == [])
    }

    /// The history writes an alert that has changed; the process's own clock is no part of it.
    @Test func alertsAreEqualIfAllThatIsStoredIs() {
        let alert = TargetState.OpenAlert(severity: .warning, openedAt: 1, toldAt: 2)
        let changes: [(inout TargetState.OpenAlert) -> Void] = [
            { $0.severity = .critical }, { $0.openedAt = 3 }, { $0.toldAt = 3 }, { $0.isDown = true },
            { $0.isUntold = true }, { $0.isOwed = true },
        ]
        for (index, change) in changes.enumerated() {
            var other = alert
            change(&other)
            #expect(other != alert, "\(index)")
        }
        var same = alert
        same.toldTick = MonotonicTime(nanoseconds: 3)
        #expect(same == alert)
    }

    /// Whoever was told of flapping waits for word of its end, also if that is an outage; the interval begins anew.
    @Test func flappingThatEndsInAnOutageIsTold() throws {
        let rules = TargetState.Rules(recoveryThreshold: 3, alertInterval: .seconds(1200))
        let first = tell("---+-+-+-", rules)
        #expect(first.words == ["3 opened warning 3", "9 flapping warning"])
        let stored = try JSONDecoder().decode(TargetState.self, from: JSONEncoder().encode(first.state))
        for state in [first.state, stored] {
            let (words, _, events) = tell(String(repeating: "-", count: 38), rules, from: state)
            #expect(words == ["17 repeated warning 23", "37 repeated warning 43"])
            #expect(events.first?.message == "no longer flapping, still failing after 23 checks: it is unhealthy")
        }
    }

    @Test func nothingIsKnownBeforeTheFirstCheck() {
        let state = TargetState()
        #expect(state.status == .unknown)
        #expect(state.failures == 0 && state.successes == 0 && state.outages == 0 && state.failuresOfAlert == 0)
        #expect(state.alert == nil && state.lastAlertOpenedAt == nil && state.lastCheck == nil)
        #expect(!state.isFlapping && !state.isAtRest)
    }

    /// Only unhealthy checks in a row are an outage; a check without a result does not end it.
    @Test(arguments: [("-", 1), ("--?-", 3), ("--~", 0), ("~-", 1), ("-+", 0), ("--mm", 2), ("?", 0)])
    func outages(story: String, count: Int) {
        #expect(tell(story).state.outages == count)
    }
}
