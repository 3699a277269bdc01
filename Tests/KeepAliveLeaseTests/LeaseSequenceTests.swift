import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLease

/// Schedules over several events, each against a way in which two bots could act, or none.
@Suite struct LeaseSequenceTests {
    private static let beat = Beat(7, 7)

    private static func marks(_ actions: [LeaseState.Action]) -> [String] { actions.compactMap(\.mark) }

    @Test func `a standby takes a beat only after it has watched it for the row's time to live`() {
        var machine = LeaseMachine()
        machine.handle(.tick)
        // The other machine's time to live is longer than ours.
        let row = LeaseMachine.row(ttl: 60_000)
        machine.answer(.row(row))
        let first = machine.now
        while machine.now - first < .seconds(59) {
            machine.passToNextRequest()
            #expect(machine.sent?.request == .observe)
            machine.answer(.row(row))
            #expect(machine.state.phase == .standby)
        }
        while machine.state.phase == .standby {
            machine.passToNextRequest()
            machine.answer(.row(row))
        }
        #expect(machine.now - first == .seconds(60))
        guard case .acquire(let watched, _) = machine.sent?.request else {
            Issue.record("\(machine.sent as Any)")
            return
        }
        #expect(watched == row.beat)
    }

    /// The leader of the newer epoch may not know yet that its row is gone, or that a backup was restored.
    @Test func `a row of an older epoch is watched for the time to live, even if it is free`() {
        var machine = LeaseMachine(seeing: LeaseMachine.row(epoch: 9))
        let first = machine.now
        let new = LeaseMachine.row(epoch: 0, beat: Beat(8, 8), holder: nil)
        while machine.state.phase == .standby, machine.now - first < .seconds(60) {
            machine.passToNextRequest()
            machine.answer(.row(new))
        }
        #expect(machine.state.phase == .asking)
        #expect(machine.now - first >= .seconds(30))
    }

    @Test func `a new beat begins the watch anew`() {
        var machine = LeaseMachine(seeing: LeaseMachine.row())
        machine.pass(2.9)
        machine.answer(.row(LeaseMachine.row()))
        for _ in 0..<12 {
            machine.pass(2.9)
            machine.answer(.row(LeaseMachine.row(beat: Beat())))
        }
        #expect(machine.state.phase == .standby)
        #expect(machine.now - LeaseMachine.start > .seconds(30))
    }

    @Test func `a lease passed to another is left to it for 2 s`() {
        var machine = LeaseMachine()
        machine.handle(.tick)
        let row = LeaseMachine.row(holder: nil, heir: "gamma")
        machine.answer(.row(row))
        machine.pass(1.9)
        machine.answer(.row(row))
        #expect(machine.state.phase == .standby)
        machine.pass(0.1)
        machine.answer(.row(row))
        #expect(machine.state.phase == .asking)
    }

    @Test func `an unfit standby neither asks for a free lease nor claims one, and looks again`() {
        var machine = LeaseMachine()
        machine.becomeUnfit()
        machine.handle(.tick)
        #expect(Self.marks(machine.answer(.row(LeaseMachine.row(holder: nil)))) == ["examine"])
        #expect(machine.state.phase == .standby)
        machine.passToNextRequest()
        #expect(Self.marks(machine.answer(.row(LeaseMachine.row(holder: nil)))) == [])
        machine.pass(1)
        #expect(Self.marks(machine.answer(.row(LeaseMachine.row(info: #"{"offer":true}"#)))) == ["examine"])
        #expect(machine.state.phase == .standby)
    }

    @Test func `a lost answer to the question is found in the row, and renewed over`() {
        var machine = LeaseSituation.asking.machine
        let mine = machine.beat
        #expect(Self.marks(machine.pass(3)) == ["keeper", "observe"])
        machine.answer(.row(LeaseMachine.row(epoch: 9, beat: mine ?? Self.beat, holder: LeaseMachine.label)))
        guard case .renew(9, _, let over, let info) = machine.sent?.request else {
            Issue.record("\(machine.sent as Any)")
            return
        }
        #expect(over.contains(mine ?? Self.beat))
        // What the row has is the former leader's.
        #expect(info == nil)
        machine.now += .seconds(1)
        let asked = machine.now - .seconds(1)
        let actions = machine.answer(.renewed(heir: nil))
        #expect(actions.contains(.guardUntil(asked + .milliseconds(27_600))))
        #expect(machine.state.phase == .leading)
        #expect(machine.state.epoch == 9)
    }

    @Test func `the deadline counts from before the request, not from the answer`() {
        var machine = LeaseSituation.leading.machine
        let asked = machine.now
        machine.now += .seconds(2.9)
        #expect(machine.answer(.renewed(heir: nil)).contains(.guardUntil(asked + .milliseconds(27_600))))
        machine.now = asked + .seconds(14)
        #expect(machine.state.mayStart(at: machine.now))
        #expect(!machine.state.mayStart(at: asked + .seconds(15.1)))
    }

    @Test func `an answer that comes after its keeper was replaced changes nothing`() {
        var machine = LeaseSituation.leading.machine
        let old = machine.sent?.number ?? 0
        machine.pass(3)
        #expect(machine.sent?.number == old + 1)
        #expect(Self.marks(machine.handle(.answer(old, .zero))) == [])
        #expect(machine.state.phase == .leading)
    }

    @Test func `a renewal is sent over every beat since the last confirmed one`() {
        var machine = LeaseSituation.leading.machine
        var beats = [machine.beat]
        for _ in 0..<4 {
            machine.answer(.unknown(state: nil, words: "connection lost"))
            machine.passToNextRequest()
            guard case .renew(_, let new, let over, _) = machine.sent?.request else { return }
            for beat in beats { #expect(over.contains(beat ?? Self.beat)) }
            #expect(!over.contains(new))
            beats.append(new)
        }
    }

    @Test func `an absence below 0.7 of the time to live changes nothing`() {
        var machine = LeaseSituation.leading.machine
        machine.answer(.renewed(heir: nil))
        let gone = machine.now
        while machine.now - gone < .seconds(20.9) {
            let actions = machine.passToNextRequest() + machine.answer(.unknown(state: "57P03", words: "starting up"))
            #expect(!Self.marks(actions).contains { ["end", "kill", "keeper"].contains($0) })
        }
        machine.passToNextRequest()
        machine.answer(.renewed(heir: nil))
        #expect(machine.state.phase == .leading)
        // As often as a person would: not a million times, and not twice.
        #expect((10...60).contains(machine.sent?.number ?? 0))
    }

    @Test func `a launcher that was frozen past its deadline ends the bot before it heeds anything`() {
        var machine = LeaseSituation.leading.machine
        machine.now += .seconds(60)
        // The bot's end by the keeper comes first, and is none of a leader's bot.
        let actions = Self.marks(machine.handle(.reaped(isClean: true)))
        #expect(actions.prefix(2) == ["end", "kill"])
        #expect(machine.state.phase == .losing)
        #expect(machine.sent?.request.verb == "release")
    }

    @Test func `a bot that was started while the deadline passed is ended at once`() {
        var machine = LeaseMachine(seeing: LeaseMachine.row(holder: nil))
        machine.answer(.granted(epoch: 6, info: "{}"))
        machine.now += .seconds(28)
        #expect(Self.marks(machine.handle(.started)).prefix(2) == ["end", "kill"])
    }

    @Test func `a stop releases, and waits 2 s for it at most`() {
        var machine = LeaseSituation.stopping.machine
        #expect(Self.marks(machine.handle(.reaped(isClean: true))) == ["no guard", "release"])
        machine.answer(.unknown(state: nil, words: "connection lost"))
        var actions: [String] = []
        let began = machine.now
        while machine.state.phase != .finished, machine.now - began < .seconds(10) {
            actions += Self.marks(machine.passToNextRequest())
            machine.answer(.unknown(state: nil, words: "connection lost"))
        }
        #expect(actions.last == "finish")
        #expect(machine.now - began <= .seconds(2.1))
        var other = LeaseSituation.stopping.machine
        other.handle(.reaped(isClean: true))
        #expect(Self.marks(other.answer(.done)) == ["finish"])
    }

    @Test func `a stop while the lease is asked for gives it back`() {
        var machine = LeaseSituation.asking.machine
        machine.handle(.stop)
        #expect(Self.marks(machine.answer(.granted(epoch: 6, info: #"{"restart":{"failures":3}}"#))) == ["release"])
        guard case .release(6, _, _, nil, let info) = machine.sent?.request else {
            Issue.record("\(machine.sent as Any)")
            return
        }
        #expect(LeaseInfo(json: info ?? "").record?.failures == 3)
        #expect(Self.marks(machine.answer(.done)) == ["finish"])
    }

    @Test func `a long delay gives the lease up with the record, and a new leader resumes it`() {
        var machine = LeaseSituation.leading.machine
        machine.state.info.record = .init(consecutive: 4, failures: 3)
        machine.handle(.reaped(isClean: true))
        machine.handle(.waiting(.seconds(40)))
        guard case .release(6, _, _, nil, let info) = machine.sent?.request else {
            Issue.record("\(machine.sent as Any)")
            return
        }
        machine.answer(.done)
        machine.pass(39)
        #expect(machine.state.wakeAt == machine.now + .seconds(1))
        #expect(Self.marks(machine.pass(1)) == ["observe"])

        var other = LeaseMachine(seeing: LeaseMachine.row(holder: nil, info: info ?? ""))
        let actions = other.answer(.granted(epoch: 7, info: info ?? ""))
        #expect(actions.contains(.lead(epoch: 7, info: LeaseInfo(record: .init(consecutive: 4, failures: 3)))))
    }

    @Test func `a handover passes the lease to who claimed it, after the bot's end`() {
        var leader = LeaseMachine()
        leader.lead()
        #expect(Self.marks(leader.handle(.handover)) == [#"renew {"offer":true}"#])
        leader.answer(.renewed(heir: nil))
        leader.pass(0.1)
        let offered = LeaseMachine.row(epoch: 6, beat: leader.beat ?? Self.beat, info: #"{"offer": true}"#)

        var standby = LeaseMachine()
        standby.handle(.tick)
        #expect(Self.marks(standby.answer(.row(offered))) == ["examine", "claim"])
        standby.answer(.done)
        #expect(standby.state.wakeAt == standby.now + .milliseconds(50))

        #expect(Self.marks(leader.answer(.renewed(heir: LeaseMachine.label))) == ["guard", "end"])
        leader.pass(1)
        #expect(Self.marks(leader.handle(.reaped(isClean: true))) == ["no guard", "release to heir"])
        #expect(Self.marks(leader.answer(.done)) == ["handed over", "observe"])

        standby.passToNextRequest()
        standby.answer(.row(LeaseMachine.row(epoch: 6, beat: Self.beat, holder: nil, heir: LeaseMachine.label)))
        #expect(standby.state.phase == .asking)
    }

    @Test func `no renewal goes over the beat of a release, which may arrive late`() {
        var machine = LeaseSituation.leading.machine
        let mine = machine.beat ?? Self.beat
        machine.answer(.renewed(heir: nil))
        machine.pass(24)
        machine.handle(.reaped(isClean: true))
        let freed = machine.beat ?? Self.beat
        machine.answer(.unknown(state: nil, words: "connection lost"))
        machine.pass(6)
        machine.answer(.unknown(state: nil, words: "connection lost"))
        #expect(machine.state.phase == .standby)
        machine.passToNextRequest()
        machine.answer(.row(LeaseMachine.row(epoch: 6, beat: mine, holder: LeaseMachine.label)))
        if case .renew(_, _, let over, _) = machine.sent?.request { #expect(!over.contains(freed)) }
    }

    @Test func `a renewal while the bot ends keeps the heir`() {
        let machine = LeaseSituation.passing.machine
        guard case .renew(_, _, _, let info) = machine.sent?.request else {
            Issue.record("\(machine.sent as Any)")
            return
        }
        #expect(info == nil)
    }

    @Test func `a withdrawn offer is written as such, even if it is unknown whether the offer was`() {
        var machine = LeaseSituation.offering.machine
        machine.answer(.unknown(state: nil, words: "connection lost"))
        machine.pass(2.5)
        machine.answer(.unknown(state: nil, words: "connection lost"))
        #expect(Self.marks(machine.pass(2.5)) == ["not handed over", "renew {}"])
        #expect(machine.state.phase == .leading)
        machine.answer(.renewed(heir: nil))
        // An heir of the time before the offer is none.
        machine.passToNextRequest()
        #expect(Self.marks(machine.answer(.renewed(heir: "gamma"))) == ["guard"])
    }

    @Test func `nothing is due at once again: the launcher would spin`() {
        for situation in LeaseSituation.allCases {
            var machine = situation.machine
            for _ in 0..<200 {
                guard let at = machine.state.wakeAt else { break }
                let before = machine.now
                machine.passToNextRequest()
                machine.answer(.unknown(state: nil, words: "down"))
                if let next = machine.state.wakeAt, at == before { #expect(next > machine.now, "\(situation)") }
            }
        }
    }
}
