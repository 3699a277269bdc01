import KeepAliveKit
import Testing

@testable import KeepAliveLease

/// What a launcher asks and logs while the lease cannot be used, and how soon it goes on afterwards.
@Suite struct LeaseTroubleTests {
    private static let free = LeaseMachine.row(holder: nil)
    private static let readOnly = KeeperAnswer.unknown(state: "25006", words: "cannot execute UPDATE")

    /// The warnings and the other lines among actions.
    private static func lines(_ actions: [LeaseState.Action]) -> (warnings: [String], others: [String]) {
        var found: (warnings: [String], others: [String]) = ([], [])
        for case .log(let level, let words) in actions {
            if level == .warning { found.warnings.append(words) } else { found.others.append(words) }
        }
        return found
    }

    /// Answers the request that waits, or passes to the next one.
    private static func step(_ machine: inout LeaseMachine, acquire: KeeperAnswer) -> [LeaseState.Action] {
        switch machine.awaited {
        case .acquire: machine.answer(acquire)
        case nil: machine.passToNextRequest()
        default: machine.answer(.row(free))
        }
    }

    @Test func `a row that cannot be written is tried ever less often, and logged once`() {
        var machine = LeaseMachine()
        var actions = machine.handle(.tick)
        var attempts = 0
        let end = machine.now + .seconds(240)
        while machine.now < end {
            if case .acquire = machine.awaited { attempts += 1 }
            actions += Self.step(&machine, acquire: Self.readOnly)
        }
        // Every 6 s at last, give or take a quarter.
        #expect((30...70).contains(attempts))
        #expect(Self.lines(actions).warnings == ["the lease cannot be taken: cannot execute UPDATE (25006)"])
        #expect(Self.lines(actions).others.isEmpty)

        // It can be written again.
        while machine.state.phase != .leading, machine.now < end + .seconds(60) {
            actions = Self.step(&machine, acquire: .granted(epoch: 7, info: "{}"))
        }
        #expect(Self.lines(actions).others == ["the lease can be reached again"])
        #expect(machine.now - end < .seconds(9))
        #expect(machine.state.trouble == nil)
    }

    @Test func `a lease that another machine takes is no trouble any more`() {
        var machine = LeaseSituation.asking.machine
        machine.answer(Self.readOnly)
        #expect(machine.state.trouble != nil)
        machine.passToNextRequest()
        #expect(!Self.lines(machine.answer(.row(LeaseMachine.row()))).others.isEmpty)
        #expect(machine.state.trouble == nil)
    }

    /// A monitor has no lease-keeper.
    @Test(arguments: [(.launcher, "lease-keeper"), (.monitor, "PostgreSQL")] as [(LeaseUser, String)])
    func `who does not answer is named as its user knows it`(_ user: LeaseUser, _ name: String) {
        var machine = LeaseMachine()
        machine.state = LeaseState(times: machine.state.times, label: LeaseMachine.label, user: user)
        machine.handle(.tick)
        let words = "the lease cannot be reached: \(name) did not answer in time"
        #expect(Self.lines(machine.pass(3)).warnings == [words])
        #expect(machine.state.trouble == words)
    }

    /// A password that was changed while the launcher runs: it goes on, without a flood.
    @Test func `a refusal after the lease was seen is logged every five minutes`() {
        var machine = LeaseMachine()
        var actions = machine.handle(.tick)
        machine.answer(.row(LeaseMachine.row()))
        var attempts = 0
        let end = machine.now + .seconds(3600)
        while machine.now < end {
            actions += machine.passToNextRequest()
            attempts += 1
            actions += machine.handle(.answer(0, .refused(exit: 78, words: "wrong password")))
        }
        #expect((90...180).contains(attempts))
        let lines = Self.lines(actions).warnings
        #expect((11...13).contains(lines.count))
        #expect(lines.first == "the lease cannot be reached: wrong password")
        #expect(lines.last?.hasPrefix("the lease cannot be reached: wrong password (for ") == true)
        #expect(machine.state.phase == .standby)
        #expect(!actions.contains { if case .refuse = $0 { true } else { false } })
        // Another keeper could not go on either.
        #expect(!actions.contains { if case .replaceKeeper = $0 { true } else { false } })
    }

    @Test func `another cause is logged, but not more often than every 10 s`() {
        var trouble = LeaseTrouble("no route", isOfChange: false, isLasting: false, at: .seconds(100))
        func add(_ words: String, at seconds: Int) -> String? {
            trouble.add(words, isOfChange: false, isLasting: false, at: .seconds(seconds))
        }
        #expect(add("refused", at: 109) == nil)
        #expect(add("no route", at: 111) == nil)
        #expect(add("refused", at: 112) == "the lease cannot be reached: refused (for 12 s now)")
        #expect(add("no route", at: 121) == nil)
        #expect(add("no route", at: 122) == "the lease cannot be reached: no route (for 22 s now)")
    }

    @Test func `a server that is away is looked for every second`() {
        var machine = LeaseMachine()
        machine.handle(.tick)
        machine.answer(.row(LeaseMachine.row()))
        var (attempts, keepers) = (0, 0)
        let end = machine.now + .seconds(1200)
        while machine.now < end {
            keepers += machine.passToNextRequest().count { $0.mark == "keeper" }
            attempts += 1
            machine.answer(.unknown(state: nil, words: "connection refused"))
        }
        #expect((900...1700).contains(attempts))
        #expect((3...4).contains(keepers))
    }

    /// The keeper answers, but has lost its way to the server; a server's own error is no reason.
    @Test(arguments: [(nil, 2), ("57P03", 0)] as [(String?, Int)])
    func `a leader replaces a keeper whose answers stay unknown`(_ state: String?, _ expected: Int) {
        var machine = LeaseSituation.leading.machine
        var keepers = 0
        while machine.state.phase == .leading {
            machine.answer(.unknown(state: state, words: "no way"))
            keepers += machine.passToNextRequest().count { $0.mark == "keeper" }
        }
        #expect(keepers == expected)
    }

    @Test func `a keeper that does not answer is replaced for that reason`() {
        var machine = LeaseSituation.leading.machine
        var reasons: [String] = []
        for _ in 0..<6 {
            for case .replaceKeeper(let words) in machine.pass(3) { reasons.append(words) }
        }
        #expect(reasons == Array(repeating: "it did not answer in time", count: 6))
    }

    @Test func `a trouble that lasts is logged every five minutes`() {
        var trouble = LeaseTrouble("no route", isOfChange: true, isLasting: false, at: .seconds(100))
        let found = [399, 400, 699, 700].map { seconds in
            trouble.add("no route", isOfChange: true, isLasting: false, at: .seconds(seconds)) != nil
        }
        #expect(found == [false, true, false, true])
    }

    @Test func `a fresh keeper has as much time as the one before`() {
        var trouble = LeaseTrouble("no route", isOfChange: false, isLasting: false, at: .seconds(100))
        let found = [108, 109, 117, 118].map { trouble.needsFreshKeeper(after: .seconds(9), at: .seconds($0)) }
        #expect(found == [false, true, false, true])
    }

    @Test func `the wait doubles up to a limit, and is never in step with others`() {
        var trouble = LeaseTrouble("no route", isOfChange: false, isLasting: false, at: .zero)
        /// The shortest and the longest wait, of so many that none is left out.
        func waits(from first: Int = 100, through most: Int = 1_000_000_000) -> [Duration] {
            let found = (0..<3000).map { _ in
                trouble.delay(from: .milliseconds(first), through: .milliseconds(most))
            }
            return [found.min() ?? .zero, found.max() ?? .zero]
        }
        func add(isLasting: Bool = false) {
            _ = trouble.add("no route", isOfChange: false, isLasting: isLasting, at: .zero)
        }
        #expect(waits() == [.milliseconds(75), .milliseconds(125)])
        add()
        #expect(waits() == [.milliseconds(150), .milliseconds(250)])
        add()
        #expect(waits() == [.milliseconds(300), .milliseconds(500)])
        #expect(waits(through: 200) == [.milliseconds(150), .milliseconds(250)])
        // Never less than the first wait.
        #expect(waits(from: 800, through: 200) == [.milliseconds(600), .milliseconds(1000)])
        for _ in 0..<20 { add() }
        #expect(waits() == [.milliseconds(76_800), .milliseconds(128_000)])
        add(isLasting: true)
        #expect(waits() == [.milliseconds(22_500), .milliseconds(37_500)])
    }

    @Test func `the newest epoch never falls, whatever row was seen before`() {
        var machine = LeaseMachine()
        machine.lead()
        #expect(machine.state.newestEpoch == 6)
        machine.handle(.reaped(isClean: true))
        machine.handle(.waiting(.seconds(100)))
        machine.answer(.done)
        #expect(machine.state.epoch == nil)
        #expect(machine.state.row?.epoch == 5)
        #expect(machine.state.newestEpoch == 6)
    }
}
