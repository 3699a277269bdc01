import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct StatusCommandTests {
    private static let waiting = StatusFile.Status(
        launcher: 5, state: "waiting", since: 1_000_000, restarts: 2, nextStart: 6_000_000, reason: "it \"died\"")

    private func report(_ status: StatusFile.Status?, isSupervised: Bool = true) -> StatusCommand.Report {
        StatusCommand.report(status, isSupervised: isSupervised, path: "/s/launcher.status")
    }

    @Test func textAndJSON() {
        let report = report(Self.waiting)
        #expect(!report.isWell)
        #expect(
            report.text == """
                state:       waiting
                since:       1970-01-01T00:00:01.000000Z
                pid:         -
                restarts:    2
                next start:  1970-01-01T00:00:06.000000Z
                reason:      it "died"
                """)
        #expect(
            report.json == #"{"state":"waiting","since":"1970-01-01T00:00:01.000000Z","pid":null,"restarts":2,"#
                + #""next_start":"1970-01-01T00:00:06.000000Z","reason":"it \"died\""}"#)
    }

    @Test func aBotThatRunsOrAStandbyIsWell() {
        #expect(report(.init(launcher: 5, bot: 6, state: "running")).isWell)
        #expect(report(.init(launcher: 5, bot: 6, state: "restarting")).isWell)
        #expect(report(.init(launcher: 5, state: "standby")).isWell)
        #expect(!report(.init(launcher: 5, state: "waiting")).isWell)
        #expect(!report(nil).isWell)
    }

    @Test func withoutAStateFileTheNextStepIsNamed() {
        let report = report(nil, isSupervised: false)
        #expect(report.state == "stopped")
        #expect(
            report.reason
                == "no launcher is running, and /s/launcher.status does not exist: start one, or give its --state-dir")
    }

    @Test func whatIsNotKnownIsNotShown() {
        let plain = report(.init(launcher: 5, bot: 6))
        #expect(plain == .init(state: "running", processID: 6, restarts: 0))
        #expect(!plain.text.contains("lease:"))
        let standby = report(.init(launcher: 5, state: "standby", lease: "bot"))
        #expect(standby == .init(state: "standby", restarts: 0, lease: "bot"))
        #expect(standby.text.hasSuffix("\nlease:       bot\nepoch:       -"))
        let leader = report(.init(launcher: 5, bot: 6, state: "running", lease: "bot", epoch: 1))
        #expect(leader.epoch == 1)
        #expect(leader.json.hasSuffix(#","reason":null,"lease":"bot","epoch":1}"#))
    }

    @Test func whatAKilledLauncherLeftIsStale() {
        let report = report(.init(launcher: 5, bot: 6, state: "running"), isSupervised: false)
        #expect(report.state == "stopped")
        #expect(report.processID == nil)
        #expect(report.reason == "no launcher is running: the last one was killed")
        #expect(!report.isWell)
    }

    @Test func whatAKilledLauncherWasAboutToDoIsOver() {
        var status = Self.waiting
        (status.lease, status.epoch) = ("bot", 7)
        let report = report(status, isSupervised: false)
        #expect(report.nextStart == nil && report.epoch == nil)
        #expect(report.lease == "bot" && report.restarts == 2)
    }

    @Test func whatALauncherThatGaveUpSaidStands() {
        let report = report(.init(launcher: 5, state: "stopped", reason: "gave up"), isSupervised: false)
        #expect(report.reason == "gave up")
        #expect(report.state == "stopped")
    }
}
