import Foundation
import KeepAliveKit
import Testing

@testable import KeepAliveLauncher

/// The lease's phases and events of the supervisor. A cell reads `actions > next phase`, without log lines.
@Suite struct SupervisorLeaseTests {
    typealias Event = SupervisorState.Event

    private static func state(_ phase: String) -> SupervisorState {
        var state = SupervisorState(policy: RestartPolicy(), needsLease: true)
        let events: [Event] =
            switch phase {
            case "standby": []
            case "waiting": [.leaseTaken(nil), .exited(.exited(1), healthyFor: nil, record: .init())]
            case "running": [.leaseTaken(nil)]
            case "shutdown": [.leaseTaken(nil), .stopSignal(SIGTERM)]
            case "reload": [.leaseTaken(nil), .reloadSignal]
            case "condemned": [.leaseTaken(nil), .unhealthy("ill", isStuck: false)]
            case "yielding": [.leaseTaken(nil), .leaseEnded("lost")]
            case "too large": [.leaseTaken(nil), .tooLarge("it holds 2 GiB", after: .seconds(86_400))]
            default: [.stopSignal(SIGTERM)]
            }
        for event in events { _ = state.handle(event) }
        return state
    }

    private static func cell(_ event: Event, in phase: String) -> String {
        var state = state(phase)
        let actions = state.handle(event)
        return String(
            "\(actions.compactMap(\.mark).joined(separator: ", ")) > \(state.phase.mark)".drop { $0 == " " })
    }

    @Test(arguments: [
        ("standby", "start > running"), ("waiting", "> waiting"), ("running", "> running"),
        ("shutdown", "> shutdown"), ("reload", "> reload"), ("condemned", "> condemned"), ("yielding", "> yielding"),
        ("too large", "> too large"), ("finished", "> finished 0"),
    ])
    func `a bot starts when the lease is taken`(_ phase: String, _ expected: String) {
        #expect(Self.cell(.leaseTaken(.init(consecutive: 2, failures: 1)), in: phase) == expected)
    }

    @Test(arguments: [
        ("standby", "> standby"), ("waiting", "> standby"), ("running", "signal 15, grace > yielding"),
        ("shutdown", "> shutdown"), ("reload", "signal 15, grace > yielding"),
        ("condemned", "signal 15, grace > yielding"), ("yielding", "> yielding"),
        ("too large", "signal 15, grace > yielding"), ("finished", "> finished 0"),
    ])
    func `a bot ends with the lease`(_ phase: String, _ expected: String) {
        #expect(Self.cell(.leaseEnded("lost"), in: phase) == expected)
    }

    @Test(arguments: [
        ("standby", "> standby"), ("waiting", "> standby"), ("running", "killGroup > yielding"),
        ("shutdown", "killGroup > shutdown"), ("reload", "killGroup > yielding"),
        ("condemned", "killGroup > yielding"), ("yielding", "killGroup > yielding"),
        ("too large", "killGroup > yielding"), ("finished", "> finished 0"),
    ])
    func `a bot is killed when another machine has the lease`(_ phase: String, _ expected: String) {
        #expect(Self.cell(.leaseLost("gone"), in: phase) == expected)
    }

    @Test(arguments: [
        ("standby", "> standby"), ("waiting", "> waiting"), ("running", "> waiting"), ("yielding", "> yielding"),
        ("finished", "> finished 0"),
    ])
    func `a start waits for the next renewal`(_ phase: String, _ expected: String) {
        #expect(Self.cell(.postponed, in: phase) == expected)
    }

    @Test(
        arguments: [
            (.stopSignal(SIGTERM), "exit 0 > finished 0", "signal 15 > shutdown"),
            (.reloadSignal, "> standby", "> yielding"),
            (.otherSignal(SIGUSR1), "> standby", "signal 10 > yielding"), (.delayOver, "> standby", "> yielding"),
            (.graceOver, "> standby", "killGroup > yielding"), (.watchdogMissed, "> standby", "> yielding"),
            (.unhealthy("ill", isStuck: true), "> standby", "> yielding"), (.notEnded, "> standby", "> yielding"),
            (.notReady(after: .seconds(1)), "> standby", "> yielding"),
        ] as [(Event, String, String)])
    func `a standby and a bot that yields heed few events`(_ event: Event, _ standby: String, _ yielding: String) {
        #expect(Self.cell(event, in: "standby") == standby)
        #expect(Self.cell(event, in: "yielding") == yielding)
    }

    @Test(
        arguments: [
            (.exited(0), "> standby"), (.exited(78), "> standby"), (.signaled(SIGKILL, coreDumped: false), "> standby"),
            (.signaled(SIGSEGV, coreDumped: false), "died > standby"),
        ] as [(WaitStatus, String)])
    func `the end of a bot that yields counts as no failure`(_ status: WaitStatus, _ expected: String) {
        let record = RestartPolicy.Record(consecutive: 3, failures: 9)
        #expect(Self.cell(.exited(status, healthyFor: nil, record: record), in: "yielding") == expected)
    }

    @Test func `a bot that was too large at the handover starts again with the lease`() {
        var state = Self.state("too large")
        _ = state.handle(.leaseEnded("passed on"))
        let ended = state.handle(.exited(.exited(0), healthyFor: nil, record: .init()))
        #expect(ended.compactMap(\.mark) == [])
        #expect(state.phase == .standby)
        #expect(state.handle(.leaseTaken(nil)).compactMap(\.mark) == ["start"])
    }

    @Test func `a leader has no reason of the time before`() {
        var state = Self.state("yielding")
        _ = state.handle(.exited(.exited(0), healthyFor: nil, record: .init()))
        #expect(state.reason == "lost")
        _ = state.handle(.leaseTaken(nil))
        #expect(state.reason == nil)
    }

    @Test(arguments: [
        ("standby", "standby", false), ("waiting", "waiting", false), ("running", "running", true),
        ("shutdown", "stopping", true), ("reload", "restarting", true), ("condemned", "restarting", true),
        ("yielding", "restarting", true), ("too large", "restarting", true), ("finished", "stopped", false),
    ])
    func `the status names each phase, and whether a bot runs`(_ phase: String, _ word: String, _ hasBot: Bool) {
        #expect(Self.state(phase).word == word)
        #expect(Self.state(phase).hasBot == hasBot)
    }

    @Test func `a new leader resumes the record of the one before`() {
        var state = SupervisorState(policy: RestartPolicy(maxRestarts: 3), needsLease: true)
        let record = RestartPolicy.Record(consecutive: 2, failures: 2)
        _ = state.handle(.leaseTaken(record))
        let actions = state.handle(.exited(.exited(1), healthyFor: nil, record: record))
        #expect(actions.contains(.exit(70)))
    }
}
