import KeepAliveKit
import Testing

@testable import KeepAliveLease

/// When a standby looks, what it takes a row for, and when it asks whether the bot could run here.
@Suite struct LeaseStandbyTests {
    private static let free = LeaseMachine.row(holder: nil)

    private static func marks(_ actions: [LeaseState.Action]) -> [String] { actions.compactMap(\.mark) }

    private static let aLook: ClosedRange<Duration> = .milliseconds(450)...(.milliseconds(550))

    /// How long a machine waits from now on.
    private static func wait(_ machine: LeaseMachine) -> Duration {
        machine.state.wakeAt.map { $0 - machine.now } ?? .zero
    }

    @Test func `a standby looks twice a second, and never in step with others`() {
        var machine = LeaseMachine()
        machine.handle(.tick)
        var waits: Set<Duration> = []
        for _ in 0..<1000 {
            machine.answer(.row(LeaseMachine.row(beat: Beat())))
            waits.insert(Self.wait(machine))
            machine.passToNextRequest()
        }
        #expect(waits == Set((90...110).map { Duration.milliseconds(5 * $0) }))
    }

    @Test(arguments: [(5000, 30), (60_000, 60)] as [(Int32, Int)])
    func `a row of an older epoch is watched for the longer of two times to live`(_ theirs: Int32, _ seconds: Int) {
        var machine = LeaseMachine(seeing: LeaseMachine.row(epoch: 9))
        machine.passToNextRequest()
        let row = LeaseMachine.row(epoch: 8, beat: Beat(8, 8), holder: nil, ttl: theirs)
        machine.answer(.row(row))
        let first = machine.now
        while machine.state.phase == .standby, machine.now - first < .seconds(100) {
            machine.passToNextRequest()
            machine.answer(.row(row))
        }
        #expect(machine.state.phase == .asking)
        #expect(machine.now - first == .seconds(seconds))
    }

    @Test func `an heir looks every 50 ms, and another standby as always`() {
        let offer = #"{"offer":true}"#
        let heir = LeaseMachine(seeing: LeaseMachine.row(heir: LeaseMachine.label, info: offer))
        #expect(Self.wait(heir) == .milliseconds(50))
        let other = LeaseMachine(seeing: LeaseMachine.row(heir: "gamma", info: offer))
        #expect(Self.aLook.contains(Self.wait(other)))
    }

    @Test func `a claim names the epoch and the heir, and one that came too late is looked after in 50 ms`() {
        var machine = LeaseMachine(seeing: LeaseMachine.row(info: #"{"offer":true}"#))
        #expect(machine.sent?.request == .claim(epoch: 5, heir: LeaseMachine.label))
        machine.answer(.zero)
        #expect(Self.wait(machine) == .milliseconds(50))
    }

    // MARK: Examination

    @Test func `one examination runs at a time`() {
        var machine = LeaseMachine()
        #expect(Self.marks(machine.handle(.examined(isFit: true))) == ["observe"])
        let number = machine.sent?.number ?? 0
        #expect(Self.marks(machine.handle(.answer(number, .row(Self.free)), examines: false)) == ["examine"])
        machine.passToNextRequest()
        var waiting = machine
        #expect(Self.marks(machine.handle(.answer(number + 1, .row(Self.free)), examines: false)) == [])
        #expect(Self.marks(machine.handle(.examined(isFit: true))) == ["acquire"])
        // The answer that is awaited may tell of another leader.
        #expect(Self.marks(waiting.handle(.examined(isFit: true))) == [])
        #expect(Self.marks(waiting.answer(.row(Self.free))) == ["examine", "acquire"])
    }

    @Test func `an unfit standby is examined again after a second`() {
        var machine = LeaseMachine()
        machine.becomeUnfit()
        machine.handle(.tick)
        machine.answer(.row(Self.free))
        var early = machine
        early.pass(0.999)
        #expect(Self.marks(early.answer(.row(Self.free))) == [])
        machine.pass(1)
        #expect(Self.marks(machine.answer(.row(Self.free))) == ["examine"])
    }

    @Test func `an unfit heir looks no sooner than it is examined`() {
        var machine = LeaseMachine()
        machine.becomeUnfit()
        machine.handle(.tick)
        let row = LeaseMachine.row(heir: LeaseMachine.label)
        machine.answer(.row(row))
        machine.pass(30)
        #expect(Self.marks(machine.answer(.row(row))) == ["examine"])
        machine.pass(0.2)
        machine.answer(.row(row))
        #expect(Self.aLook.contains(Self.wait(machine)))
        machine.pass(0.7)
        machine.answer(.row(row))
        #expect(Self.wait(machine) == .milliseconds(100))
    }

    // MARK: Asking

    @Test func `a question without an answer is followed up in a fortieth of the time to live`() {
        var machine = LeaseSituation.asking.machine
        machine.answer(.unknown(state: nil, words: "connection lost"))
        #expect(Self.wait(machine) == .milliseconds(750))
        machine.passToNextRequest()
        machine.answer(.none)
        #expect(machine.state.phase == .asking)
        #expect(Self.wait(machine) == .milliseconds(750))
    }

    @Test func `a question whose row cannot be seen is followed up every second at last`() {
        var machine = LeaseMachine()
        machine.state = LeaseState(times: LeaseTimes(timeToLive: .seconds(5)), label: LeaseMachine.label)
        machine.handle(.tick)
        machine.answer(.row(Self.free))
        for _ in 0..<10 {
            machine.answer(.unknown(state: "57P03", words: "starting up"))
            machine.passToNextRequest()
        }
        machine.answer(.unknown(state: "57P03", words: "starting up"))
        #expect(machine.state.phase == .asking)
        let aSecond: ClosedRange<Duration> = .milliseconds(750)...(.milliseconds(1250))
        #expect(aSecond.contains(Self.wait(machine)))
    }

    @Test func `who asked and finds another's row is a standby as before`() {
        var machine = LeaseSituation.asking.machine
        machine.pass(3)
        #expect(Self.marks(machine.answer(.row(LeaseMachine.row(beat: Beat(8, 8))))) == [])
        #expect(machine.state.phase == .standby)
        #expect(Self.aLook.contains(Self.wait(machine)))
    }

    /// A renewal over a release that came late would lead on a free lease.
    @Test func `my beat in a free row is no lease of mine`() {
        var machine = LeaseSituation.asking.machine
        let mine = machine.beat ?? Beat(7, 7)
        machine.pass(3)
        #expect(Self.marks(machine.answer(.row(LeaseMachine.row(beat: mine, holder: nil)))) == [])
        #expect(machine.state.phase == .standby)
    }
}
