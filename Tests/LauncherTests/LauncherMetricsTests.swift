import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct LauncherMetricsTests {
    private let metrics = LauncherMetrics(bot: "/usr/bin/casino \"bot\"", stateDirectory: "/s")

    private let time = WallTime(microseconds: 1_700_000_000_500_000)

    private func values(_ metrics: LauncherMetrics) -> [String: String] {
        var values: [String: String] = [:]
        for line in String(decoding: metrics.text(at: time), as: UTF8.self).split(separator: "\n")
        where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            let name = parts.dropLast().joined(separator: " ")
                .replacing("bot=\"casino \\\"bot\\\"\",state_dir=\"/s\"", with: "")
                .replacing("{}", with: "").replacing("{,", with: "{").replacing("keepalive_launcher_", with: "")
            values[name] = parts.last.map(String.init)
        }
        return values
    }

    @Test func beforeTheFirstStart() {
        let values = values(metrics)
        #expect(values["build_info{version=\"\(kitVersion)\"}"] == "1")
        #expect(values["bot_up"] == "0")
        #expect(values["written_timestamp_seconds"] == "1700000000.5")
        #expect(values["restarts_total{reason=\"crash\"}"] == "0")
        #expect(values["last_exit_code"] == nil)
    }

    @Test(
        arguments: [
            (nil, WaitStatus.exited(1), "crash", "1"), (nil, .exited(75), "asked", "75"),
            (nil, WaitStatus(raw: 9), "crash", "137"), (.unhealthy("x", isStuck: false), .exited(1), "unhealthy", "1"),
            (.watchdogMissed, .exited(1), "watchdog", "1"), (.reloadSignal, .exited(0), "reload", "0"),
            (nil, .exited(71), "asked", "71"), (.notReady(after: .seconds(1)), .exited(1), "start_failed", "1"),
            (.notEnded, .exited(0), "unhealthy", "0"), (.hung("x"), .exited(1), "watchdog", "1"),
            (.tooLarge("x", after: .seconds(1)), .exited(0), "memory", "0"),
        ] as [(SupervisorState.Event?, WaitStatus, String, String)])
    func aRestartAndItsReason(event: SupervisorState.Event?, status: WaitStatus, reason: String, code: String) {
        var metrics = metrics
        metrics.noteStart()
        if let event {
            metrics.note(event)
            // Later events during its end are no other reason.
            metrics.note(reason == "unhealthy" ? .watchdogMissed : .unhealthy("y", isStuck: true))
        }
        metrics.note(.exited(status, healthyFor: nil, record: .init()))
        metrics.noteWait(.seconds(5))
        var found = values(metrics)
        #expect(found["bot_up"] == "0")
        #expect(found["backoff_delay_seconds"] == "5")
        #expect(found["last_exit_code"] == code)
        #expect(found["restarts_total{reason=\"\(reason)\"}"] == "0")
        // SIGHUP ends the delay, but is not its reason.
        metrics.note(.reloadSignal)
        metrics.noteStart()
        found = values(metrics)
        #expect(found["bot_up"] == "1")
        #expect(found["backoff_delay_seconds"] == "0")
        for other in LauncherMetrics.Reason.allCases {
            #expect(found["restarts_total{reason=\"\(other.rawValue)\"}"] == (other.rawValue == reason ? "1" : "0"))
        }
    }

    /// The lease went to another machine and came back.
    @Test(arguments: [.leaseEnded("the lease is passed on"), .leaseLost("gone")] as [SupervisorState.Event])
    func aHandoverIsNoRestart(event: SupervisorState.Event) {
        var metrics = metrics
        metrics.noteStart()
        metrics.note(event)
        metrics.note(.exited(.exited(0), healthyFor: nil, record: .init()))
        metrics.noteStart()
        #expect(metrics.allRestarts == 0)
        // Between two bots it says nothing about the next one's end.
        metrics.note(.exited(.exited(1), healthyFor: nil, record: .init()))
        metrics.note(event)
        metrics.noteStart()
        #expect(values(metrics)["restarts_total{reason=\"crash\"}"] == "1")
    }

    @Test(arguments: [true, false])
    func thePlaceInALease(isLeader: Bool) {
        var metrics = metrics
        #expect(values(metrics)["keepalive_lease_epoch{name=\"bot\"}"] == nil)
        metrics.note(LauncherMetrics.LeaseFigures(name: "bot", isLeader: isLeader, epoch: 7))
        let found = values(metrics)
        #expect(found["keepalive_lease_leader{name=\"bot\"}"] == (isLeader ? "1" : "0"))
        #expect(found["keepalive_lease_epoch{name=\"bot\"}"] == "7")
    }

    @Test func theFileIsWrittenOnChangeAndOnceAMinute() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("launcher.prom").path
        var file = MetricsFile(path: path)
        var metrics = metrics
        let start = MonotonicTime.now()
        #expect(file.write(metrics, at: start) == nil)
        try FileManager.default.removeItem(atPath: path)
        let later = start.advanced(by: .seconds(59))
        #expect(file.write(metrics, at: later) == nil)
        #expect(!FileManager.default.fileExists(atPath: path), "nothing has changed")
        metrics.notePollFailure()
        #expect(file.write(metrics, at: later) == nil)
        #expect(try text(path).contains("health_poll_failures_total{bot=\"casino \\\"bot\\\"\",state_dir=\"/s\"} 1\n"))
        #expect(FileSystem.names(in: folder.path) == ["launcher.prom"])
        try FileManager.default.removeItem(atPath: path)
        let due = try #require(file.dueAt)
        #expect(due == later.advanced(by: .seconds(60)))
        #expect(file.write(metrics, at: due) == nil)
        #expect(try text(path).contains("written_timestamp_seconds"), "it tells that somebody writes")
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    /// Units often have `UMask=0077`, and the collector is another user.
    @Test func everybodyMayReadItWhateverTheUmask() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("launcher.prom").path
        // Left by an earlier launcher under such a mask.
        try folder.write("", to: "launcher.prom.tmp")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(path).tmp")
        var file = MetricsFile(path: path)
        #expect(file.write(metrics) == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o644)
        // In the state folder nobody looks for it.
        var own = MetricsFile(path: folder.file("own.prom").path, isForOthers: false)
        #expect(own.write(metrics) == nil)
        let ownMode = try FileManager.default.attributesOfItem(atPath: own.path)[.posixPermissions] as? Int
        #expect(ownMode == 0o600)
        own.remove()
        #expect(!FileManager.default.fileExists(atPath: own.path))
    }

    @Test func whatCannotBeWrittenIsSaidOnce() throws {
        let folder = try TemporaryDirectory()
        let inner = folder.file("later")
        var file = MetricsFile(path: inner.appending(path: "launcher.prom").path)
        var metrics = metrics
        #expect(file.write(metrics)?.code == ENOENT)
        metrics.notePollFailure()
        #expect(file.write(metrics) == nil)
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
        metrics.notePollFailure()
        #expect(file.write(metrics) == nil)
        #expect(FileSystem.names(in: inner.path) == ["launcher.prom"])
        try FileManager.default.removeItem(at: inner)
        metrics.notePollFailure()
        #expect(file.write(metrics)?.code == ENOENT, "it could be written meanwhile")
        file.remove()
    }
}
