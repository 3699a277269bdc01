import KeepAliveKit
import Testing

@testable import KeepAliveLease

/// A handover's limits, and what must not be left of it.
@Suite struct LeaseHandoverTests {
    private static func marks(_ actions: [LeaseState.Action]) -> [String] { actions.compactMap(\.mark) }

    /// Takes the free lease again, and stops.
    private static func endOfNextTerm(_ machine: inout LeaseMachine) -> [String] {
        machine.answer(.row(LeaseMachine.row(epoch: 6, holder: nil)))
        machine.answer(.granted(epoch: 7, info: "{}"))
        machine.handle(.started)
        return marks(machine.handle(.stop) + machine.handle(.reaped(isClean: true)))
    }

    @Test func `the launcher wakes when the offer's time is over`() {
        var machine = LeaseSituation.offering.machine
        machine.pass(3)
        #expect(machine.state.wakeAt == machine.now + .seconds(2))
    }

    @Test func `an offer is taken back at once, and told once`() {
        var machine = LeaseSituation.offering.machine
        machine.answer(.renewed(heir: nil))
        machine.pass(4.95)
        machine.answer(.renewed(heir: nil))
        #expect(Self.marks(machine.pass(0.05)) == ["not handed over", "renew {}"])
        #expect(Self.marks(machine.handle(.stop)) == [])
    }

    @Test func `an heir of the time before the offer is none`() {
        var machine = LeaseSituation.leading.machine
        #expect(Self.marks(machine.handle(.handover)) == [])
        #expect(Self.marks(machine.answer(.renewed(heir: "gamma"))) == ["guard"])
        #expect(machine.state.phase.mark == "offering")
    }

    @Test func `without a bot the heir has the lease at once`() {
        var machine = LeaseMachine()
        machine.lead()
        machine.handle(.reaped(isClean: true))
        machine.handle(.handover)
        let actions = Self.marks(machine.answer(.renewed(heir: "beta/2/b")))
        #expect(actions == ["guard", "end", "no guard", "release to heir"])
        #expect(Self.marks(machine.answer(.done)) == ["handed over", "observe"])
    }

    @Test func `a stop that cannot release tells that the handover is in doubt`() {
        var machine = LeaseSituation.passing.machine
        #expect(Self.marks(machine.handle(.stop)) == [])
        #expect(Self.marks(machine.handle(.reaped(isClean: true))) == ["no guard", "release to heir"])
        #expect(
            machine.pass(2) == [
                .handedOver(false, "the bot has ended, but whether the lease was passed on is unknown"), .finish,
            ])
    }

    @Test func `nothing of a handover is left in the next term`() {
        var done = LeaseSituation.passing.machine
        done.handle(.reaped(isClean: true))
        #expect(Self.marks(done.answer(.done)) == ["handed over", "observe"])
        #expect(Self.endOfNextTerm(&done) == ["no guard", "release"])

        var lost = LeaseSituation.passing.machine
        lost.answer(.zero)
        #expect(Self.marks(lost.handle(.reaped(isClean: true))) == ["no guard", "observe"])
        #expect(Self.endOfNextTerm(&lost) == ["no guard", "release"])

        var delayed = LeaseSituation.offering.machine
        delayed.handle(.reaped(isClean: true))
        #expect(Self.marks(delayed.handle(.waiting(.seconds(31)))).first == "handed over")
        delayed.answer(.done)
        #expect(Self.marks(delayed.handle(.hurry)) == ["observe"])
        #expect(Self.endOfNextTerm(&delayed) == ["no guard", "release"])
    }

    @Test(arguments: [LeaseSituation.standby, .asking, .stopping, .losing, .abstaining])
    func `a machine that does not lead says why it hands nothing over`(_ situation: LeaseSituation) {
        var machine = situation.machine
        let isStandby = [LeaseSituation.standby, .asking].contains(situation)
        let words = isStandby ? "this machine is a standby" : "this machine is giving up the lease already"
        #expect(machine.handle(.handover) == [.handedOver(false, words)])
    }
}
