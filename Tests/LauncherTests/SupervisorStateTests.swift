import Foundation
import KeepAliveKit
import Testing

@testable import KeepAliveLauncher

/// Every phase × every event. A cell reads `actions > next phase`, without log lines.
struct SupervisorStateTests {
    typealias Event = SupervisorState.Event

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let event: Event
        /// In the order of `SupervisorSituation.allCases`; nil is an impossible pair.
        let cells: [String?]

        init(_ name: String, _ event: Event, _ cells: String?...) {
            self.name = name
            self.event = event
            self.cells = cells
        }

        var testDescription: String { name }
    }

    static let nothing = RestartPolicy.Record()
    static func exited(_ status: WaitStatus) -> Event { .exited(status, healthyFor: .zero, record: nothing) }

    static let table: [Row] = [
        // event, and then: waiting, running, shutdown, reload, condemned, finished
        Row(
            "SIGTERM", .stopSignal(SIGTERM), "exit 0 > finished 0", "signal 15, grace > shutdown",
            "killGroup > shutdown", "signal 15 > shutdown", "signal 15 > shutdown", "> finished 78"),
        Row(
            "SIGINT", .stopSignal(SIGINT), "exit 0 > finished 0", "signal 2, grace > shutdown", "killGroup > shutdown",
            "signal 2 > shutdown", "signal 2 > shutdown", "> finished 78"),
        Row(
            "SIGHUP", .reloadSignal, "start > running", "signal 15, grace > reload", "> shutdown", "> reload",
            "> condemned", "> finished 78"),
        Row(
            "SIGUSR1", .otherSignal(SIGUSR1), "> waiting", "signal 10 > running", "signal 10 > shutdown",
            "signal 10 > reload", "signal 10 > condemned", "> finished 78"),
        Row(
            "exit 0", exited(.exited(0)), nil, "exit 0 > finished 0", "exit 0 > finished 0",
            "start > running", "wait 5 s, died > waiting", "> finished 78"),
        Row(
            "exit 1", exited(.exited(1)), nil, "wait 5 s, died > waiting",
            "exit 1 > finished 1", "start > running", "wait 5 s, died > waiting",
            "> finished 78"),
        Row(
            "exit 70", exited(.exited(70)), nil, "exit 70 > finished 70", "exit 70 > finished 70",
            "start > running", "wait 5 s, died > waiting", "> finished 78"),
        Row(
            "exit 71", exited(.exited(71)), nil, "wait 5 s, died > waiting",
            "exit 71 > finished 71", "start > running", "wait 5 s, died > waiting",
            "> finished 78"),
        Row(
            "exit 75", exited(.exited(75)), nil, "wait 5 s, died > waiting",
            "exit 75 > finished 75", "start > running", "wait 5 s, died > waiting",
            "> finished 78"),
        Row(
            "exit 78", exited(.exited(78)), nil, "exit 78 > finished 78", "exit 78 > finished 78",
            "start > running", "wait 5 s, died > waiting", "> finished 78"),
        Row(
            "SIGKILLed", exited(.signaled(SIGKILL, coreDumped: false)), nil, "wait 5 s, died > waiting",
            "exit 137 > finished 137", "start > running",
            "wait 5 s, died > waiting", "> finished 78"),
        Row(
            "SIGSEGV", exited(.signaled(SIGSEGV, coreDumped: false)), nil, "wait 5 s, died > waiting",
            "exit 139, died > finished 139", "start, died > running",
            "wait 5 s, died > waiting", "> finished 78"),
        Row(
            "start failed for now", .startFailed("no", isPassing: true, record: nothing), nil, "wait 5 s > waiting",
            nil, nil,
            nil, "> finished 78"),
        Row(
            "start failed", .startFailed("no", record: nothing), nil, "wait 5 s > waiting", nil, nil, nil,
            "> finished 78"),
        Row(
            "stuck", .unhealthy("ill", isStuck: true), "> waiting", "signal 6, grace > condemned", "> shutdown",
            "> reload", "> condemned", "> finished 78"),
        Row(
            "unhealthy", .unhealthy("ill", isStuck: false), "> waiting", "signal 15, grace > condemned", "> shutdown",
            "> reload",
            "> condemned", "> finished 78"),
        Row(
            "not ready", .notReady(after: .seconds(100)), "> waiting", "signal 15, grace > condemned", "> shutdown",
            "> reload", "> condemned", "> finished 78"),
        Row(
            "not ended", .notEnded, "> waiting", "signal 15, grace > condemned", "> shutdown", "> reload",
            "> condemned", "> finished 78"),
        Row(
            "watchdog", .watchdogMissed, "> waiting", "signal 6, grace > condemned", "> shutdown", "> reload",
            "> condemned", "> finished 78"),
        Row(
            "hung", .hung("silent"), "> waiting", "signal 6, grace > condemned", "> shutdown", "> reload",
            "> condemned", "> finished 78"),
        Row(
            "grace over", .graceOver, "> waiting", "> running", "killGroup > shutdown", "killGroup > reload",
            "killGroup > condemned", "> finished 78"),
        Row(
            "delay over", .delayOver, "start > running", "> running", "> shutdown", "> reload", "> condemned",
            "> finished 78"),
    ]

    @Test(arguments: table, SupervisorSituation.allCases)
    func cell(row: Row, situation: SupervisorSituation) throws {
        #expect(row.cells.count == SupervisorSituation.allCases.count)
        let index = try #require(SupervisorSituation.allCases.firstIndex(of: situation))
        guard let expected = row.cells[index] else { return }
        var state = situation.state()
        let actions = state.handle(row.event)
        let found = "\(actions.compactMap(\.mark).joined(separator: ", ")) > \(state.phase.mark)"
        #expect(found.drop { $0 == " " } == expected)
        // A slow reader of the log delays nothing else.
        #expect(actions.drop { $0.line == nil }.allSatisfy { $0.line != nil }, "\(actions)")
    }
}
