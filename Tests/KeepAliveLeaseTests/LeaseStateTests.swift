import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLease

/// Every phase × every event. A cell reads `actions > next phase`, without log lines.
@Suite struct LeaseStateTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let event: @Sendable (inout LeaseMachine) -> [LeaseState.Action]
        /// In the order of `LeaseSituation.allCases`.
        let cells: [String]

        init(
            _ name: String, _ event: @escaping @Sendable (inout LeaseMachine) -> [LeaseState.Action], _ cells: String...
        ) {
            self.name = name
            self.event = event
            self.cells = cells
        }

        var testDescription: String { name }
    }

    // event, and then: standby, asking, leading, offering, passing, stopping, losing, abstaining, finished
    static let table: [Row] = [
        Row(
            "a new beat", { $0.answer(.row(LeaseMachine.row())) },
            "> standby", "> standby", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "the row is free", { $0.answer(.row(LeaseMachine.row(holder: nil))) },
            "examine, acquire > asking", "examine, acquire > asking", "> leading", "> offering", "> passing to beta",
            "> stopping", "> losing", "> abstaining", "> finished"),
        Row(
            "free for me", { $0.answer(.row(LeaseMachine.row(holder: nil, heir: LeaseMachine.label))) },
            "examine, acquire > asking", "examine, acquire > asking", "> leading", "> offering", "> passing to beta",
            "> stopping", "> losing", "> abstaining", "> finished"),
        Row(
            "free for another", { $0.answer(.row(LeaseMachine.row(holder: nil, heir: "gamma"))) },
            "> standby", "> standby", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "an offer", { $0.answer(.row(LeaseMachine.row(info: #"{"offer": true}"#))) },
            "examine, claim > standby", "examine, claim > standby", "> leading", "> offering", "> passing to beta",
            "> stopping", "> losing", "> abstaining", "> finished"),
        Row(
            "an offer that is claimed", { $0.answer(.row(LeaseMachine.row(heir: "gamma", info: #"{"offer": true}"#))) },
            "> standby", "> standby", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "my beat", { $0.answer(.row(LeaseMachine.row(beat: $0.beat ?? Beat(7, 7), holder: LeaseMachine.label))) },
            "> standby", "renew > asking", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "no row", { $0.answer(.none) },
            "> standby", "> asking", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "granted", { $0.answer(.granted(epoch: 6, info: "{}")) },
            "> standby", "guard, lead > leading", "> leading", "> offering", "> passing to beta", "> stopping",
            "> losing", "> abstaining", "> finished"),
        Row(
            "granted late",
            { machine in
                machine.now += .seconds(2.9)
                machine.state.pending = machine.state.pending.map {
                    .init(
                        sequence: $0.sequence, request: $0.request, sentAt: machine.now - .seconds(16),
                        dueAt: machine.now + .seconds(1))
                }
                return machine.answer(.granted(epoch: 6, info: "{}"))
            },
            "> standby", "release > standby", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "0 rows", { $0.answer(.zero) },
            "> standby", "observe > standby", "no guard, kill > losing", "no guard, not handed over, kill > losing",
            "no guard, not handed over, kill > losing", "no guard, kill > losing", "no guard, kill > losing",
            "> abstaining", "> finished"),
        Row(
            "unknown", { $0.answer(.unknown(state: "57P01", words: "shutting down")) },
            "> standby", "> asking", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "renewed", { $0.answer(.renewed(heir: nil)) },
            "> standby", "> asking", "guard > leading", "guard > offering", "guard > passing to beta",
            "guard > stopping", "guard > losing", "> abstaining", "> finished"),
        Row(
            "renewed with an heir", { $0.answer(.renewed(heir: "beta/2/b")) },
            "> standby", "> asking", "guard > leading", "guard, end > passing to beta", "guard > passing to beta",
            "guard > stopping", "guard > losing", "> abstaining", "> finished"),
        Row(
            "done", { $0.answer(.done) },
            "> standby", "> asking", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "an old answer", { $0.handle(.answer(($0.sent?.number ?? 1) - 1, .zero)) },
            "> standby", "> asking", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "no answer", { $0.pass(3) },
            "keeper, observe > standby", "keeper, observe > asking", "keeper, renew > leading",
            #"keeper, renew {"offer":true} > offering"#, "keeper, renew > passing to beta", "keeper, renew > stopping",
            "kill, keeper, renew > losing", "> abstaining", "> finished"),
        Row(
            "0.80",
            {
                $0.now = max($0.now, LeaseMachine.start + .seconds(24))
                return $0.handle(.tick)
            },
            "keeper, observe > standby", "keeper, observe > asking", "end, keeper, renew > losing",
            "not handed over, end, keeper, renew {} > losing", "keeper, renew > passing to beta",
            "keeper, renew > stopping", "> losing", "> abstaining", "> finished"),
        Row(
            "0.90",
            {
                $0.now = LeaseMachine.start + .seconds(27)
                return $0.handle(.tick)
            },
            "keeper, observe > standby", "keeper, observe > asking", "end, kill, keeper, renew > losing",
            "not handed over, end, kill, keeper, renew {} > losing", "not handed over, kill, keeper, renew {} > losing",
            "kill, keeper, renew > losing", "kill, keeper, renew > losing", "> abstaining", "> finished"),
        Row(
            "reaped", { $0.handle(.reaped(isClean: true)) },
            "> standby", "> asking", "> leading", "> offering", "no guard, release to heir > passing to beta",
            "no guard, release > stopping", "no guard, release > losing", "> abstaining", "> finished"),
        Row(
            "reaped, a process is left", { $0.handle(.reaped(isClean: false)) },
            "> standby", "> asking", "end, no guard > standby", "not handed over, end, no guard > standby",
            "no guard > standby", "no guard, finish > finished", "no guard > standby", "> abstaining", "> finished"),
        Row(
            "a short delay", { $0.handle(.waiting(.seconds(30))) },
            "> standby", "> asking", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "a long delay", { $0.handle(.waiting(.seconds(31))) },
            "> standby", "> asking", "end, no guard, release > abstaining",
            "handed over, end, no guard, release > abstaining", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "handover", { $0.handle(.handover) },
            "not handed over > standby", "not handed over > asking", "> offering", "> offering",
            "> passing to beta", "not handed over > stopping", "not handed over > losing",
            "not handed over > abstaining", "> finished"),
        Row(
            "the offer's 5 s",
            { machine in
                machine.answer(.renewed(heir: nil))
                return machine.pass(5)
            },
            "observe > standby", "observe > asking", "renew > leading", "not handed over, renew {} > leading",
            "renew > passing to beta", "renew > stopping", "renew > losing", "> abstaining", "> finished"),
        Row(
            "hurry", { $0.handle(.hurry) },
            "> standby", "> asking", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "observe > standby", "> finished"),
        Row(
            "the delay is over",
            {
                $0.now += .seconds(100)
                return $0.handle(.tick)
            },
            "keeper, observe > standby", "keeper, observe > asking", "end, kill, keeper, renew > losing",
            "not handed over, end, kill, keeper, renew {} > losing", "not handed over, kill, keeper, renew {} > losing",
            "kill, keeper, renew > losing", "kill, keeper, renew > losing", "observe > standby", "> finished"),
        Row(
            "stop", { $0.handle(.stop) },
            "finish > finished", "> stopping", "> stopping", "not handed over > stopping", "> passing to beta",
            "> stopping", "> losing", "finish > finished", "> finished"),
        Row(
            "the keeper ended", { $0.handle(.keeperLost) },
            "> standby", "> asking", "> leading", "> offering", "> passing to beta", "> stopping", "> losing",
            "> abstaining", "> finished"),
        Row(
            "refused", { $0.handle(.answer(0, .refused(exit: 78, words: "no right"))) },
            "refuse 78, finish > finished", "> asking", "> leading", "> offering", "> passing to beta", "> stopping",
            "> losing", "> abstaining", "> finished"),
    ]

    @Test(arguments: table)
    func `each phase answers as the table says`(_ row: Row) {
        for (place, situation) in LeaseSituation.allCases.enumerated() {
            var machine = situation.machine
            let actions = row.event(&machine)
            let words = actions.compactMap(\.mark).joined(separator: ", ")
            let found = (words.isEmpty ? "" : "\(words) ") + "> \(machine.state.phase.mark)"
            let expected = row.cells.indices.contains(place) ? row.cells[place] : "?"
            #expect(found == expected, "\(row.name) in \(situation)")
        }
    }

    @Test func `a leader is who holds the lease and may have a bot`() {
        let leading: Set<LeaseSituation> = [.leading, .offering, .passing, .stopping]
        for situation in LeaseSituation.allCases {
            #expect(situation.machine.state.isLeader == leading.contains(situation), "\(situation)")
        }
    }
}
