import Foundation
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

/// Sequences of events: the delays, the limit, and the ledger that other processes write too.
struct SupervisorSequenceTests {
    private typealias Record = RestartPolicy.Record

    private func marks(_ actions: [SupervisorState.Action]) -> [String] { actions.compactMap(\.mark) }

    /// Ends the bot repeatedly; the record passes through the ledger as in the launcher.
    private func waits(_ policy: RestartPolicy, ends: Int) -> [String] {
        var state = SupervisorState(policy: policy)
        var record = Record()
        return (0..<ends).map { _ in
            _ = state.handle(.delayOver)
            let actions = state.handle(.exited(.exited(1), healthyFor: .seconds(1), record: record))
            for action in actions {
                if case .wait(_, let next) = action { record = next }
            }
            return marks(actions).filter { $0 != "died" }.joined(separator: ", ")
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
        let words = "the bot died: exit code 1"
        let next = "failure 3 of 10, restart in 40 s"
        #expect(actions.contains(.died(.exited(1), words: words, reason: nil, next: next)))
    }

    /// For example the hour that Telegram requested (429): a kill does not shorten it.
    @Test func theDelayThatTheBotWasWaitingOutIsWaitedOut() {
        for (status, wait) in [(WaitStatus.exited(1), "wait 3600 s"), (.exited(75), "wait 3600 s")] {
            var state = SupervisorSituation.running.state()
            let actions = state.handle(
                .exited(status, healthyFor: .zero, record: Record(), remaining: .seconds(3600)))
            #expect(marks(actions).contains(wait), "\(marks(actions))")
        }
        var state = SupervisorSituation.running.state()
        let actions = state.handle(.exited(.exited(1), healthyFor: .zero, record: Record(), remaining: .seconds(2)))
        #expect(marks(actions).contains("wait 5 s"), "\(marks(actions))")
    }

    @Test func aBotThatAsksToBeStartedAgainOrFindsAShortageUsesUpNoAttempt() {
        var state = SupervisorState(policy: RestartPolicy(maxRestarts: 2))
        var record = Record(consecutive: 0, failures: 1)
        var delays: [String] = []
        for code in [75, 71, 75, 71, 75, 71, 75, 71, 75] as [Int32] {
            _ = state.handle(.delayOver)
            let actions = state.handle(.exited(.exited(code), healthyFor: .zero, record: record))
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
        #expect(actions.contains(.log(.info, "the bot ended with SIGKILL (killed by the launcher)")))
        #expect(actions.first == .exit(137))
    }

    @Test func anothersKillIsNotTheLaunchers() {
        var state = SupervisorSituation.condemned.state()
        _ = state.handle(.graceOver)
        let killed = WaitStatus.signaled(SIGKILL, coreDumped: false)
        let first = state.handle(.exited(killed, healthyFor: nil, record: Record()))
        #expect(first.compactMap(\.reason) == ["ill"])
        #expect(first.compactMap(\.line).first == "the bot died: SIGKILL (killed by the launcher)")
        _ = state.handle(.delayOver)
        let second = state.handle(.exited(killed, healthyFor: nil, record: Record()))
        #expect(second.compactMap(\.reason).isEmpty)
        #expect(
            second.compactMap(\.line) == [
                "the bot died: SIGKILL (killed by a person, a program or the kernel when memory ran out)"
            ])
    }

    @Test func aFirstKillIsSomebodyElses() {
        var state = SupervisorSituation.running.state()
        #expect(!state.hasKilled)
        let killed = WaitStatus.signaled(SIGKILL, coreDumped: false)
        let actions = state.handle(.exited(killed, healthyFor: nil, record: Record()))
        #expect(actions.compactMap(\.line).first?.contains("killed by a person") == true)
    }

    @Test(
        arguments: [
            (0, .info, "the bot ended with exit code 0"), (70, .error, "it reached MAX_RESTARTS"),
            (78, .error, "the bot cannot run (exit code 78)"),
        ] as [(Int32, Log.Level, String)])
    func anEndForGoodIsSaid(code: Int32, level: Log.Level, words: String) {
        var state = SupervisorSituation.running.state()
        let actions = state.handle(.exited(.exited(code), healthyFor: .zero, record: Record()))
        #expect(actions.first == .exit(code) && state.phase == .finished(code))
        guard case .log(level, let line) = actions.last else {
            Issue.record("\(actions)")
            return
        }
        #expect(line.contains(words))
    }

    @Test(
        arguments: [(75, "asked for a restart (exit code 75)"), (71, "disk space (exit code 71)")]
            as [(Int32, String)])
    func anEndThatCountsNothingSaysWhy(code: Int32, words: String) {
        var state = SupervisorSituation.running.state()
        let actions = state.handle(.exited(.exited(code), healthyFor: .zero, record: Record()))
        #expect(actions.compactMap(\.line).first?.hasSuffix(words) == true)
    }

    @Test func theReasonOfAnAbortOutlivesAStop() {
        var state = SupervisorSituation.running.state()
        _ = state.handle(.watchdogMissed)
        _ = state.handle(.stopSignal(SIGTERM))
        let aborted = WaitStatus.signaled(SIGABRT, coreDumped: false)
        let actions = state.handle(.exited(aborted, healthyFor: nil, record: Record()))
        #expect(actions.compactMap(\.reason) == ["it sent no WATCHDOG=1 in time"])
    }

    @Test func aBotThatWasWellForLongStartsTheSequenceOver() {
        var state = SupervisorSituation.running.state()
        let actions = state.handle(
            .exited(.exited(1), healthyFor: .seconds(300), record: Record(consecutive: 6, failures: 6)))
        #expect(marks(actions) == ["forget", "wait 5 s", "died"])
    }

    @Test(arguments: [nil, Duration.zero, .seconds(299)])
    func aBotThatWasNotWellForLongDoesNot(healthyFor: Duration?) {
        var state = SupervisorSituation.running.state()
        let actions = state.handle(
            .exited(.exited(1), healthyFor: healthyFor, record: Record(consecutive: 1, failures: 1)))
        #expect(marks(actions) == ["wait 10 s", "died"])
    }

    @Test func aReloadCountsNothing() {
        var state = SupervisorSituation.running.state()
        let record = Record(consecutive: 2, failures: 2)
        for _ in 0..<20 {
            _ = state.handle(.reloadSignal)
            let ended = state.handle(.exited(.signaled(SIGTERM, coreDumped: false), healthyFor: nil, record: record))
            #expect(marks(ended) == ["start"])
        }
        let crash = state.handle(.exited(.exited(1), healthyFor: .zero, record: record))
        #expect(crash.contains(.wait(.seconds(20), Record(consecutive: 3, failures: 3))))
    }

    @Test func theReasonOfACondemnedBotIsItsCrashReports() {
        var state = SupervisorSituation.running.state()
        _ = state.handle(.watchdogMissed)
        let status = WaitStatus.signaled(SIGABRT, coreDumped: false)
        let actions = state.handle(.exited(status, healthyFor: nil, record: Record()))
        #expect(actions.compactMap(\.reason) == ["it sent no WATCHDOG=1 in time"])
        // The line about its unhealthy state already had the reason.
        #expect(actions.compactMap(\.line) == ["the bot died: SIGABRT (aborted)"])
    }

    @Test func aBotThatCannotBeStartedUsesUpTheLimit() {
        var state = SupervisorSituation.running.state(policy: RestartPolicy(maxRestarts: 2))
        #expect(marks(state.handle(.startFailed("gone", record: Record()))) == ["wait 5 s"])
        _ = state.handle(.delayOver)
        let actions = state.handle(.startFailed("gone", record: Record(consecutive: 1, failures: 1)))
        #expect(marks(actions) == ["remember 10 s", "exit 70"])
        #expect(actions.contains(.log(.error, "gave up after 2 failures in a row (MAX_RESTARTS); the last one: gone")))
    }

    @Test func aDamagedRecordDoesNotTrap() {
        var state = SupervisorSituation.running.state(policy: RestartPolicy(maxRestarts: .max))
        let wild = Record(consecutive: .max, failures: .max - 1)
        #expect(marks(state.handle(.exited(.exited(1), healthyFor: nil, record: wild))).contains("exit 70"))
        var negative = SupervisorSituation.running.state()
        let actions = negative.handle(
            .exited(.exited(1), healthyFor: nil, record: Record(consecutive: .min, failures: -5)))
        #expect(marks(actions).first == "wait 5 s")
    }

    @Test func oneLineForACrashAndThenWhyItGaveUp() {
        var state = SupervisorSituation.running.state(policy: RestartPolicy(maxRestarts: 1))
        let actions = state.handle(.exited(.exited(1), healthyFor: .zero, record: Record()))
        let words = "gave up after 1 failure (MAX_RESTARTS); the last one: the bot died: exit code 1"
        #expect(actions.compactMap(\.line) == ["the bot died: exit code 1", words])
        #expect(state.reason == words)
        #expect(state.phase == .finished(70))
    }

    @Test func aProgramThatMakesItselfADaemonIsToldToStayInTheForeground() {
        var state = SupervisorSituation.running.state()
        let actions = state.handle(.exited(.exited(0), healthyFor: .zero, leftBehind: 2, record: Record()))
        #expect(marks(actions) == ["exit 0"])
        #expect(actions.compactMap(\.line).first?.contains("left 2 processes running") == true)
        #expect(actions.compactMap(\.line).first?.hasSuffix("start the bot in the foreground") == true)
        var other = SupervisorSituation.running.state()
        let plain = other.handle(.exited(.exited(0), healthyFor: .zero, record: Record()))
        #expect(plain.compactMap(\.line) == ["the bot ended with exit code 0"])
    }

    @Test func aStopDuringADelayIsLogged() {
        var state = SupervisorSituation.waiting.state()
        #expect(state.handle(.stopSignal(SIGTERM)).compactMap(\.line) == ["SIGTERM: stopping; no bot is running"])
    }

    @Test func otherLimitsHoldAtOnceAndNothingIsForgotten() {
        var state = SupervisorSituation.running.state()
        let actions = state.handle(.exited(.exited(1), healthyFor: .zero, record: Record()))
        #expect(actions.contains(.wait(.seconds(5), Record(consecutive: 1, failures: 1))))
        state.adopt(RestartPolicy(backoff: Backoff(initial: .seconds(7)), maxRestarts: 3))
        _ = state.handle(.delayOver)
        let next = state.handle(.exited(.exited(1), healthyFor: .zero, record: Record(consecutive: 1, failures: 1)))
        #expect(next.contains(.wait(.seconds(14), Record(consecutive: 2, failures: 2))))
    }
}
