import Foundation
import KeepAliveKit
import Testing

@testable import launcher

/// Runs of several events: the sequence of delays, the limit, and the ledger that others write too.
struct SupervisorSequenceTests {
    private typealias Record = RestartPolicy.Record

    private func marks(_ actions: [SupervisorState.Action]) -> [String] { actions.compactMap(\.mark) }

    /// Ends the bot again and again, the record going through the ledger as it does in the launcher.
    private func waits(_ policy: RestartPolicy, ends: Int) -> [String] {
        var state = SupervisorState(policy: policy)
        var record = Record()
        return (0..<ends).map { _ in
            _ = state.handle(.delayOver)
            let actions = state.handle(.exited(.exited(1), healthyFor: .seconds(1), record: record))
            for action in actions {
                if case .wait(_, let next) = action { record = next }
            }
            return marks(actions).dropFirst(2).joined(separator: ", ")
        }
    }

    @Test func delaysDoubleUpToTheirLimitAndThenItGivesUp() {
        let found = waits(RestartPolicy(), ends: 11)
        let delays = [5, 10, 20, 40, 80, 160, 300, 300, 300].map { "wait \($0) s" }
        #expect(found == delays + ["remember 300 s, exit 70", ""])
    }

    @Test(arguments: [(1, ["remember 5 s, exit 70"]), (2, ["wait 5 s", "remember 10 s, exit 70"])])
    func limit(maxRestarts: Int, expected: [String]) {
        #expect(waits(RestartPolicy(maxRestarts: maxRestarts), ends: maxRestarts) == expected)
    }

    @Test func continuesWhereTheBotsOwnLoopLeftOff() {
        var state = SupervisorSituation.running.state()
        let actions = state.handle(
            .exited(.exited(1), healthyFor: .zero, record: Record(consecutive: 3, failures: 2)))
        #expect(actions.contains(.wait(.seconds(40), Record(consecutive: 4, failures: 3))))
        let line = "the bot ended with exit code 1; failure 3 of 10, next start in 40 s"
        #expect(actions.contains(.log(.warn, line)))
    }

    @Test func aBotThatAsksToBeStartedAgainUsesUpNoAttempt() {
        var state = SupervisorState(policy: RestartPolicy(maxRestarts: 2))
        var record = Record(consecutive: 0, failures: 1)
        var delays: [String] = []
        for _ in 1...9 {
            _ = state.handle(.delayOver)
            let actions = state.handle(.exited(.exited(75), healthyFor: .zero, record: record))
            for action in actions {
                if case .wait(let delay, let next) = action { (delays, record) = (delays + [delay.inWords], next) }
            }
        }
        #expect(delays == ["5 s", "10 s", "20 s", "40 s", "80 s", "160 s", "300 s", "300 s", "300 s"])
        #expect(record == Record(consecutive: 9, failures: 1))
    }

    @Test(arguments: [
        [SupervisorState.Event.stopSignal(SIGTERM), .graceOver], [.stopSignal(SIGTERM), .stopSignal(SIGTERM)],
    ])
    func aKillOfTheLaunchersOwnIsSaidToBeItsOwn(events: [SupervisorState.Event]) {
        var state = SupervisorSituation.running.state()
        for event in events { _ = state.handle(event) }
        let killed = WaitStatus.signaled(SIGKILL, coreDumped: false)
        let actions = state.handle(.exited(killed, healthyFor: nil, record: Record()))
        #expect(actions.contains(.log(.info, "the bot has ended with SIGKILL (killed by the launcher)")))
        #expect(actions.last == .exit(137))
    }

    @Test func anothersKillIsNotTheLaunchers() {
        var state = SupervisorSituation.condemned.state()
        _ = state.handle(.graceOver)
        let killed = WaitStatus.signaled(SIGKILL, coreDumped: false)
        let first = state.handle(.exited(killed, healthyFor: nil, record: Record()))
        #expect(first.contains(.crashed(.killedByLauncher, reason: "ill")))
        _ = state.handle(.delayOver)
        let second = state.handle(.exited(killed, healthyFor: nil, record: Record()))
        #expect(second.contains(.crashed(killed, reason: nil)))
    }

    @Test func theReasonOfAnAbortOutlivesAStop() {
        var state = SupervisorSituation.running.state()
        _ = state.handle(.watchdogMissed)
        _ = state.handle(.stopSignal(SIGTERM))
        let aborted = WaitStatus.signaled(SIGABRT, coreDumped: false)
        let actions = state.handle(.exited(aborted, healthyFor: nil, record: Record()))
        #expect(actions.contains(.crashed(aborted, reason: "it sent no WATCHDOG=1 in time")))
    }

    @Test func aBotThatWasWellForLongStartsTheSequenceOver() {
        var state = SupervisorSituation.running.state()
        let actions = state.handle(
            .exited(.exited(1), healthyFor: .seconds(300), record: Record(consecutive: 6, failures: 6)))
        #expect(marks(actions) == ["killGroup", "forget", "crashed", "wait 5 s"])
    }

    @Test(arguments: [nil, Duration.zero, .seconds(299)])
    func aBotThatWasNotWellForLongDoesNot(healthyFor: Duration?) {
        var state = SupervisorSituation.running.state()
        let actions = state.handle(
            .exited(.exited(1), healthyFor: healthyFor, record: Record(consecutive: 1, failures: 1)))
        #expect(marks(actions) == ["killGroup", "crashed", "wait 10 s"])
    }

    @Test func aReloadCountsNothing() {
        var state = SupervisorSituation.running.state()
        let record = Record(consecutive: 2, failures: 2)
        for _ in 0..<20 {
            _ = state.handle(.reloadSignal)
            let ended = state.handle(.exited(.signaled(SIGTERM, coreDumped: false), healthyFor: nil, record: record))
            #expect(marks(ended) == ["killGroup", "start"])
        }
        let crash = state.handle(.exited(.exited(1), healthyFor: .zero, record: record))
        #expect(crash.contains(.wait(.seconds(20), Record(consecutive: 3, failures: 3))))
    }

    @Test func theReasonOfACondemnedBotIsItsCrashReports() {
        var state = SupervisorSituation.running.state()
        _ = state.handle(.watchdogMissed)
        let status = WaitStatus.signaled(SIGABRT, coreDumped: false)
        let actions = state.handle(.exited(status, healthyFor: nil, record: Record()))
        #expect(actions.contains(.crashed(status, reason: "it sent no WATCHDOG=1 in time")))
    }

    @Test func aBotThatCannotBeStartedUsesUpTheLimit() {
        var state = SupervisorSituation.running.state(policy: RestartPolicy(maxRestarts: 2))
        #expect(marks(state.handle(.startFailed("gone", record: Record()))) == ["wait 5 s"])
        _ = state.handle(.delayOver)
        let actions = state.handle(.startFailed("gone", record: Record(consecutive: 1, failures: 1)))
        #expect(marks(actions) == ["remember 10 s", "exit 70"])
        #expect(actions.contains(.log(.error, "gone; gave up after 2 failures in a row (MAX_RESTARTS)")))
    }

    @Test func aDamagedRecordDoesNotTrap() {
        var state = SupervisorSituation.running.state(policy: RestartPolicy(maxRestarts: .max))
        let wild = Record(consecutive: .max, failures: .max - 1)
        #expect(marks(state.handle(.exited(.exited(1), healthyFor: nil, record: wild))).last == "exit 70")
        var negative = SupervisorSituation.running.state()
        let actions = negative.handle(
            .exited(.exited(1), healthyFor: nil, record: Record(consecutive: .min, failures: -5)))
        #expect(marks(actions).last == "wait 5 s")
    }
}
