import Foundation
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// Sequences of checks during a silence or with an acknowledgement, every 30 minutes: `+` good, `-` failed, `~` degraded,
/// `s` and `u` begin and end a silence, `a` and `b` acknowledge and take it back.
struct TargetStateMarksTests {
    private func tell(_ story: String, severity: Severity? = nil) throws -> [String] {
        var (state, marks) = (TargetState(), ServiceMarks())
        var words: [String] = []
        var now: Int64 = 0
        for sign in story {
            let change: ServiceMarks.Change? =
                switch sign {
                case "s": .silence(until: .max, note: nil)
                case "u": .unsilence
                case "a": .acknowledge(note: nil)
                case "b": .unacknowledge
                default: nil
                }
            if let change {
                let event = marks.apply(change, to: "casino", by: "ana", at: now, alert: state.alert?.openedAt)
                #expect(event != nil, "\(story): \(change)")
                continue
            }
            now += 30 * 60_000_000
            // Its state survives a restart between any two checks.
            state = try JSONValue.copy(of: state)
            let status: ProbeStatus = sign == "+" ? .healthy : sign == "~" ? .degraded : .unhealthy
            for event in state.record(
                status, severity, at: now, rules: .init(alertInterval: .seconds(3600)), marks: marks)
            {
                let quiet = event.isQuiet == true ? "(\(event.kind))" : "\(event.kind)"
                words.append(quiet + (event.isFirst == true ? "!" : ""))
            }
        }
        return words
    }

    @Test(
        arguments: [
            // Nobody hears of an outage within a silence, not of its end either.
            ("s-----+", ["(opened)", "(resolved)"]),
            ("s-----u+", ["(opened)", "(resolved)"]),
            // An alert that is open afterwards is sent once.
            ("s-----u--", ["(opened)", "repeated!"]),
            ("s-----u---", ["(opened)", "repeated!", "repeated"]),
            ("s---u-+", ["(opened)", "repeated!", "resolved"]),
            // Channels that know the alert learn of its end also during a silence.
            ("---s--+", ["opened", "resolved"]),
            ("---s-u-", ["opened", "repeated"]),
            ("---s-u+", ["opened", "resolved"]),
            // A change during the silence belongs to the timeline; channels get it afterwards.
            ("~~~s---u-", ["opened", "(escalated)", "repeated"]),
            ("s~~~---u-", ["(opened)", "(escalated)", "repeated!"]),
            ("s~~~u---", ["(opened)", "repeated!", "escalated"]),
            // So does a service that begins to flap.
            ("s-+-+-+-+-u+-+", ["(flapping)", "flapping!"]),
            ("---s+-+-+-+u-+", ["opened", "resolved", "(flapping)", "flapping!"]),
            ("s-+-+-+-au+-b+-", ["(flapping)", "flapping!"]),
            // Steady again before the silence ends, it resolves unheard; after it, it is told like any alert.
            ("s-+-+-+-++++++++++++++++++++u++", ["(flapping)", "(resolved)"]),
            ("s-+-+-+--------------------u-", ["(flapping)", "repeated!"]),
        ]) func silence(story: String, events: [String]) throws
    {
        #expect(try tell(story) == events, "\(story)")
    }

    @Test(
        arguments: [
            ("---------", ["opened", "repeated", "repeated", "repeated"]),
            ("---a------", ["opened"]),
            ("---a----+", ["opened", "resolved"]),
            // Taken back, the alert is repeated as before.
            ("---a----b-", ["opened", "repeated"]),
            // It ends with its alert.
            ("---a--+-----", ["opened", "resolved", "opened", "repeated"]),
            // A worse state is news.
            ("~~~a---", ["opened", "escalated"]),
            ("---a~", ["opened", "(repeated)"]),
            // Acknowledged during a silence, it stays quiet.
            ("s---a-u---+", ["(opened)", "(resolved)"]),
            ("s---a-ub-", ["(opened)", "repeated!"]),
        ]) func acknowledgement(story: String, events: [String]) throws
    {
        #expect(try tell(story) == events, "\(story)")
    }

    /// At the first check after the silence, although the interval has not passed.
    @Test func whatWentOnDuringASilenceIsToldAfterIt() {
        var (state, silenced) = (TargetState(), ServiceMarks())
        silenced.silenced = ServiceMarks.Mark(who: "ana", when: 0, until: .max)
        let messages = (1...6 as ClosedRange<Int64>).map { minute in
            state.record(
                .unhealthy, at: minute * 60_000_000, rules: .init(), marks: minute == 4 ? silenced : ServiceMarks()
            ).map(\.message)
        }
        #expect(
            messages == [
                [], [], ["it is unhealthy"], [], ["no longer silenced, still failing after 5 checks: it is unhealthy"],
                [],
            ])
    }

    @Test func whatCannotBeDoneSaysSo() {
        var marks = ServiceMarks()
        func apply(_ change: ServiceMarks.Change) -> Bool {
            marks.apply(change, to: "casino", by: "ana", at: 5, alert: nil) != nil
        }
        #expect(!apply(.acknowledge(note: nil)))
        #expect(!apply(.unacknowledge))
        #expect(!apply(.unsilence))
        #expect(!apply(.note(nil)))
        #expect(marks.isEmpty)
        #expect(apply(.silence(until: 5, note: nil)))
        #expect(!apply(.unsilence), "it is over")
    }

    /// An alert that goes on must not wait for a whole interval.
    @Test func anEndThatMattersAsksForACheck() {
        var marks = ServiceMarks()
        func apply(_ change: ServiceMarks.Change) {
            _ = marks.apply(change, to: "casino", by: "ana", at: 5, alert: 3)
        }
        #expect(!marks.wantsCheck)
        apply(.acknowledge(note: nil))
        #expect(!marks.wantsCheck)
        apply(.unacknowledge)
        #expect(marks.wantsCheck)
        apply(.acknowledge(note: nil))
        #expect(!marks.wantsCheck)
        apply(.silence(until: 9, note: nil))
        #expect(marks.wantsCheck)
        #expect(marks.version == 4, "the later change is stored")
    }

    /// A service that is no longer watched has no alert, but may come back during its silence.
    @Test func aRemovedServiceKeepsItsSilence() {
        var marks = ServiceMarks()
        for change in [ServiceMarks.Change.acknowledge(note: nil), .unacknowledge, .acknowledge(note: nil)] {
            _ = marks.apply(change, to: "casino", by: "ana", at: 5, alert: 3)
        }
        #expect(marks.withoutService(at: 6) == nil)
        _ = marks.apply(.silence(until: 9, note: nil), to: "casino", by: "ana", at: 6, alert: 3)
        let left = marks.withoutService(at: 8)
        #expect(left?.silenced == marks.silenced)
        #expect(left != nil && left?.acknowledged == nil)
        #expect(marks.withoutService(at: 9) == nil)
        _ = marks.apply(.unacknowledge, to: "casino", by: "ana", at: 7, alert: 3)
        #expect(marks.resumed == 7)
        #expect(marks.withoutService(at: 8)?.resumed == nil)
    }

    @Test func theTimelineSaysWhoAndWhy() throws {
        var marks = ServiceMarks()
        let silenced = marks.apply(
            .silence(until: 1_768_838_847_000_000, note: "new disk"), to: "casino", by: "ana", at: 7, alert: nil)
        let event = try #require(silenced)
        #expect(event.kind == .silenced)
        #expect(event.message == "until 2026-01-19 16:07:27 UTC: new disk")
        #expect(event.who == "ana")
        #expect(event.triggeredAt == 7 && event.happenedAt == 7)
    }
}

extension JSONValue {
    /// A value as it is after having been stored.
    fileprivate static func copy<Value: Codable>(of value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: try JSONEncoder().encode(value))
    }
}
