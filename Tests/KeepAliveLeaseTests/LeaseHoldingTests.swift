import KeepAliveKit
import Testing

@testable import KeepAliveLease

/// A leader and its bot at the limits of their times, and events in a rarer order.
@Suite struct LeaseHoldingTests {
    private static let start = LeaseMachine.start
    private static let lost = KeeperAnswer.unknown(state: nil, words: "connection lost")
    private static let record = #""restart":{"consecutive":4,"failures":3}"#

    private static func marks(_ actions: [LeaseState.Action]) -> [String] { actions.compactMap(\.mark) }

    // MARK: Grant and renewal

    @Test func `renewals follow a tenth of the time to live after the request before them`() {
        var machine = LeaseSituation.asking.machine
        machine.now += .seconds(2)
        #expect(Self.marks(machine.answer(.granted(epoch: 6, info: "{}"))) == ["guard", "lead"])
        #expect(machine.state.wakeAt == Self.start + .seconds(3))
        machine.handle(.started)
        #expect(Self.marks(machine.passToNextRequest()) == ["renew"])
        machine.now += .seconds(2)
        machine.answer(.renewed(heir: nil))
        #expect(machine.state.wakeAt == Self.start + .seconds(6))
    }

    @Test func `a grant is used while half of the time to live is left`() {
        var machine = LeaseSituation.asking.machine
        machine.now += .seconds(15)
        var late = machine
        #expect(Self.marks(machine.answer(.granted(epoch: 6, info: "{}"))) == ["guard", "lead", "renew"])
        late.now += .milliseconds(1)
        let actions = late.answer(.granted(epoch: 6, info: "{}"))
        #expect(actions.first == .log(.warning, "the lease was granted too late to start the bot; releasing it"))
        #expect(Self.marks(actions) == ["release"])
        // A stop waits for that release.
        #expect(Self.marks(late.handle(.stop)) == [])
        #expect(Self.marks(late.answer(.done)) == ["finish"])
    }

    @Test func `a bot may start only under a leader with half of the time to live left`() {
        for situation in LeaseSituation.allCases {
            let machine = situation.machine
            #expect(machine.state.mayStart(at: machine.now) == (situation == .leading), "\(situation)")
        }
        var machine = LeaseSituation.leading.machine
        machine.answer(.renewed(heir: nil))
        #expect(machine.state.mayStart(at: machine.now + .seconds(15)))
        #expect(!machine.state.mayStart(at: machine.now + .milliseconds(15_001)))
    }

    @Test func `the record of the leader before is kept, and its offer is not`() {
        var machine = LeaseMachine()
        machine.lead(info: "{\(Self.record)}")
        #expect(Self.marks(machine.pass(3)) == ["renew"])
        var offered = LeaseMachine()
        offered.lead(info: "{\(Self.record),\"offer\":true}")
        #expect(Self.marks(offered.pass(3)) == ["renew {\(Self.record)}"])
    }

    @Test func `a renewal goes over the beats of the last time to live, and over the last confirmed one`() {
        var machine = LeaseMachine()
        machine.lead()
        for count in 1...20 {
            machine.passToNextRequest()
            guard case .renew(_, _, let over, _) = machine.sent?.request else { break }
            #expect(over.count == min(10, count))
            machine.answer(.renewed(heir: nil))
        }
        let confirmed = machine.beat
        machine.now += .seconds(40)
        #expect(Self.marks(machine.handle(.tick)) == ["end", "kill", "renew"])
        guard case .renew(_, _, let over, _) = machine.sent?.request else { return }
        #expect(over == [confirmed].compactMap(\.self))
    }

    // MARK: Deadlines

    @Test func `the launcher wakes to end the bot, whatever else it waits for`() {
        var machine = LeaseSituation.leading.machine
        machine.pass(19)
        var offering = machine
        offering.handle(.handover)
        #expect(machine.state.wakeAt == Self.start + .seconds(24))
        #expect(offering.state.wakeAt == Self.start + .seconds(24))
        #expect(Self.marks(machine.passToNextRequest()) == ["end"])
        #expect(Self.marks(offering.passToNextRequest()) == ["not handed over", "end"])
    }

    @Test func `a bot that does not end is killed in time, and once`() {
        var machine = LeaseSituation.stopping.machine
        machine.pass(23)
        #expect(machine.state.wakeAt == Self.start + .seconds(27))
        #expect(Self.marks(machine.passToNextRequest()) == ["kill"])
        #expect(machine.state.wakeAt == Self.start + .seconds(29))
        #expect(Self.marks(machine.pass(1)) == [])
        #expect(Self.marks(machine.answer(.zero)) == ["no guard"])
    }

    @Test func `a lease that another has is not released, and its bot counts as killed`() {
        var machine = LeaseSituation.leading.machine
        #expect(Self.marks(machine.answer(.zero)) == ["no guard", "kill"])
        #expect(machine.state.isKilled)
        #expect(machine.state.wakeAt == nil)
        #expect(Self.marks(machine.handle(.reaped(isClean: true))) == ["no guard", "observe"])
        // Without a bot there is nothing to wait for.
        var other = LeaseMachine()
        other.lead()
        other.handle(.reaped(isClean: true))
        other.pass(3)
        #expect(Self.marks(other.answer(.zero)) == ["no guard", "end", "no guard", "observe"])
        #expect(other.state.phase == .standby)
    }

    // MARK: Release

    @Test func `a release without a stop is tried for the time to live`() {
        var machine = LeaseSituation.losing.machine
        machine.handle(.reaped(isClean: true))
        let first = machine.beat
        #expect(Self.marks(machine.answer(Self.lost)) == [])
        #expect(machine.state.wakeAt == machine.now + .milliseconds(750))
        #expect(Self.marks(machine.passToNextRequest()) == ["release"])
        // The first one may have been applied.
        guard case .release(_, _, let over, _, _) = machine.sent?.request else { return }
        #expect(over.last == first)
        #expect(machine.state.wakeAt == machine.now + .seconds(3))
        #expect(Self.marks(machine.pass(2.5)) == [])
        #expect(machine.state.phase == .losing)
    }

    @Test func `a release offers nothing`() {
        var machine = LeaseMachine()
        machine.lead()
        machine.state.info.isOffered = true
        machine.handle(.reaped(isClean: true))
        machine.handle(.waiting(.seconds(31)))
        guard case .release(6, _, _, nil, let info) = machine.sent?.request else {
            Issue.record("\(machine.sent as Any)")
            return
        }
        #expect(info == "{}")
    }

    @Test func `a long delay ends only after the release`() {
        var machine = LeaseMachine()
        machine.lead()
        machine.handle(.reaped(isClean: true))
        machine.handle(.waiting(.seconds(100)))
        var stopping = machine
        machine.answer(Self.lost)
        machine.now += .seconds(200)
        #expect(Self.marks(machine.handle(.tick)) == ["release"])
        #expect(machine.state.phase.mark == "abstaining")
        #expect(Self.marks(machine.answer(.done)) == ["observe"])

        #expect(Self.marks(stopping.handle(.stop)) == [])
        #expect(Self.marks(stopping.answer(.done)) == ["finish"])
    }

    // MARK: Stop

    @Test func `a stop without a bot releases at once`() {
        var machine = LeaseMachine()
        machine.lead()
        machine.handle(.reaped(isClean: true))
        #expect(Self.marks(machine.handle(.stop)) == ["no guard", "release"])
        #expect(Self.marks(machine.answer(.done)) == ["finish"])
    }

    @Test func `a stop while the lease is asked for ends with an answer that grants nothing`() {
        var machine = LeaseSituation.asking.machine
        var unanswered = machine
        unanswered.answer(Self.lost)
        #expect(Self.marks(unanswered.handle(.stop)) == ["finish"])
        machine.handle(.stop)
        #expect(!machine.state.isLeader)
        #expect(Self.marks(machine.answer(.zero)) == ["finish"])
    }

    @Test func `a stop while the lease is found to be ours gives it back with its record`() {
        var machine = LeaseSituation.asking.machine
        let mine = machine.beat ?? Beat(7, 7)
        machine.pass(3)
        let info = "{\(Self.record),\"offer\":true}"
        let row = LeaseMachine.row(epoch: 9, beat: mine, holder: LeaseMachine.label, info: info)
        #expect(Self.marks(machine.answer(.row(row))) == ["renew"])
        #expect(Self.marks(machine.handle(.stop)) == [])
        #expect(Self.marks(machine.answer(.renewed(heir: nil))) == ["release"])
        guard case .release(9, _, _, nil, let left) = machine.sent?.request else {
            Issue.record("\(machine.sent as Any)")
            return
        }
        #expect(left == "{\(Self.record)}")
    }

    // MARK: lease-keeper

    @Test func `another keeper follows one that ended within 0.1 s, and asks again`() {
        var machine = LeaseSituation.leading.machine
        #expect(
            machine.handle(.keeperLost) == [
                .log(.warning, "lease-keeper ended; starting another"),
                .log(.warning, "the lease cannot be reached: lease-keeper ended"),
            ])
        #expect(machine.state.wakeAt == machine.now + .milliseconds(100))
        let actions = machine.passToNextRequest()
        #expect(actions.first == .replaceKeeper("it ended"))
        #expect(Self.marks(actions) == ["keeper", "renew"])
    }
}
