import Foundation
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

/// What the supervisor says of an end, and which reason the status keeps.
@Suite struct SupervisorReasonTests {
    typealias Event = SupervisorState.Event

    private static let nothing = RestartPolicy.Record()
    private static let aborted = WaitStatus.signaled(SIGABRT, coreDumped: false)
    private static let killed = WaitStatus.signaled(SIGKILL, coreDumped: false)

    private static func running(then events: Event...) -> SupervisorState {
        var state = SupervisorSituation.running.state()
        for event in events { _ = state.handle(event) }
        return state
    }

    private static func exited(_ status: WaitStatus) -> Event { .exited(status, healthyFor: nil, record: nothing) }

    @Test(
        arguments: [
            (.stopSignal(SIGINT), "SIGINT"), (.reloadSignal, "SIGHUP"), (.unhealthy("ill", isStuck: false), "ill"),
            (.watchdogMissed, "it sent no WATCHDOG=1 in time"), (.hung("silent"), "silent"),
            (.leaseEnded("lost"), "lost"), (.leaseLost("gone"), "gone"),
            (.startFailed("no program", record: nothing), "no program"),
            (exited(.exited(1)), "the bot died: exit code 1"),
            (exited(.exited(75)), "the bot asked for a restart (exit code 75)"),
            (exited(.exited(70)), "the bot gave up (exit code 70): it reached MAX_RESTARTS"),
        ] as [(Event, String)])
    func theStatusKeepsTheLastReason(_ event: Event, _ reason: String) {
        #expect(Self.running(then: event).reason == reason)
    }

    @Test func theReasonOfAStopDuringADelayIsItsSignal() {
        var state = SupervisorSituation.waiting.state()
        _ = state.handle(.stopSignal(SIGTERM))
        #expect(state.reason == "SIGTERM")
    }

    @Test func theKillOfABotWithoutALeaseIsTheLaunchersOwn() {
        var state = Self.running(then: .leaseLost("gone"))
        #expect(state.hasKilled)
        let actions = state.handle(Self.exited(Self.killed))
        #expect(actions == [.log(.info, "the bot ended with SIGKILL (killed by the launcher)")])
        #expect(!state.hasKilled)
    }

    @Test func theCrashOfABotThatYieldsHasTheFirstReason() {
        var lost = Self.running(then: .leaseEnded("lost"))
        #expect(lost.handle(Self.exited(Self.aborted)).compactMap(\.reason) == ["lost"])
        var ill = Self.running(then: .unhealthy("ill", isStuck: true), .leaseEnded("lost"))
        #expect(ill.handle(Self.exited(Self.aborted)).compactMap(\.reason) == ["ill"])
    }

    @Test func aCrashDuringAStopIsReportedAsSuch() {
        var state = Self.running(then: .stopSignal(SIGTERM))
        let actions = state.handle(Self.exited(Self.aborted))
        #expect(actions.compactMap(\.reason) == ["it crashed while it was stopping"])
    }

    @Test func aBotThatWasTooLargeStartsNow() {
        var state = Self.running(then: .tooLarge("it is large", after: .seconds(300)))
        let died = SupervisorState.Action.died(
            .exited(1), words: "the bot died: exit code 1", reason: "it is large", next: "restart now")
        #expect(state.handle(Self.exited(.exited(1))) == [.start, died])
    }

    @Test func aCondemnedBotsDelayIsWaitedOutToo() {
        var state = SupervisorSituation.condemned.state()
        let actions = state.handle(
            .exited(Self.aborted, healthyFor: nil, record: Self.nothing, remaining: .seconds(3600)))
        #expect(actions.first?.mark == "wait 3600 s")
    }

    @Test func onlyAFailureIsCountedInWords() {
        var failed = Self.running()
        #expect(
            failed.handle(.startFailed("gone", record: Self.nothing)) == [
                .wait(.seconds(5), .init(consecutive: 1, failures: 1)),
                .log(.warning, "gone; failure 1 of 10, restart in 5 s"),
            ])
        var passing = Self.running()
        #expect(
            passing.handle(.startFailed("gone", isPassing: true, record: Self.nothing)) == [
                .wait(.seconds(5), .init(consecutive: 1, failures: 0)), .log(.warning, "gone; restart in 5 s"),
            ])
        var last = SupervisorSituation.running.state(policy: RestartPolicy(maxRestarts: 1))
        #expect(last.handle(.startFailed("gone", record: Self.nothing)).contains(.log(.warning, "gone")))
        #expect(last.reason == "gave up after 1 failure (MAX_RESTARTS); the last one: gone")
    }

    @Test func oneProcessThatIsLeftMakesADaemonToo() {
        var state = Self.running()
        let actions = state.handle(.exited(.exited(0), healthyFor: nil, leftBehind: 1, record: Self.nothing))
        let words =
            "the bot ended with exit code 0 and left a process running, like a daemon; start the bot in the foreground"
        #expect(actions == [.exit(0), .log(.error, words)])
        #expect(state.reason == words)
        #expect(state.phase == .finished(0))
    }
}
