import Foundation
import TestSupport
import Testing

/// Programs that speak sd_notify through systemd-notify(1), under a launcher under a manager.
@Suite(
    .timeLimit(.minutes(2)),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-notify"), "systemd-notify is missing"))
struct NotifyTests {
    private let folder: TemporaryDirectory
    private let manager: ManagerSocket

    init() throws {
        folder = try TemporaryDirectory(prefix: "ka")
        manager = try ManagerSocket(in: folder)
    }

    private func run(_ script: String, _ variables: [String: String] = [:]) throws -> LauncherRun {
        try LauncherRun(in: folder, script: script, variables.merging(["NOTIFY_SOCKET": manager.path]) { $1 })
    }

    @Test func readinessAndStatusArePassedUp() async throws {
        let run = try run("systemd-notify --ready --status='all is well'; echo sent; exec sleep 1000")
        try await run.process.waitForLine(containing: "the bot is ready")
        try await manager.wait(for: "READY=1")
        #expect(try await manager.wait(for: "STATUS=") == "STATUS=all is well")
        run.process.signal(SIGTERM)
        try await manager.wait(for: "STOPPING=1")
        let extended = try await manager.wait(for: "EXTEND_TIMEOUT_USEC=")
        #expect((Int(extended.dropFirst(20)) ?? 0) >= 20_000_000)
        #expect(await run.process.wait() == .exited(143))
        #expect(manager.assignments.elements.filter { $0 == "READY=1" }.count == 1)
    }

    @Test func notReadyBeforeTheBotSaysSo() async throws {
        mkfifo(folder.file("fifo").path, 0o600)
        let run = try run("systemd-notify --status=starting; read -r l < fifo; systemd-notify --ready; exec sleep 1000")
        try await manager.wait(for: "STATUS=starting")
        #expect(!manager.assignments.elements.contains("READY=1"))
        try folder.poke("fifo")
        try await manager.wait(for: "READY=1")
        // The line and the datagram come by two ways; either may be first.
        try await run.process.waitForLine(containing: "the bot is ready")
    }

    @Test func aProgramThatSaysNothingIsReadyAfterTheGrace() async throws {
        let run = try run("exec sleep 1000", ["HEALTH_GRACE_SEC": "0.2"])
        try await manager.wait(for: "READY=1")
        // The line and the datagram come by two ways; either may be first.
        try await run.process.waitForLine(containing: "the bot is ready")
    }

    @Test func aDelayIsToldToTheManager() async throws {
        let run = try run("exit 1", ["RESTART_DELAY_SEC": "1000", "RESTART_MAX_DELAY_SEC": "1000"])
        #expect(try await manager.wait(for: "STATUS=") == "STATUS=the bot has ended; next start in 1000 s")
        run.process.signal(SIGTERM)
        try await manager.wait(for: "STOPPING=1")
        #expect(await run.process.wait() == .exited(0))
    }

    @Test func theBotHasTheLaunchersSocketAndTheManagersWatchdog() async throws {
        let run = try run(
            "echo \"$NOTIFY_SOCKET $WATCHDOG_USEC ${WATCHDOG_PID-unset}\"; exit 0",
            ["WATCHDOG_USEC": "3000000"])
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output.contains("\(run.state)/notify.sock 3000000 unset\n"))
        #expect(manager.assignments.elements.contains("WATCHDOG=1"))
    }

    @Test func aMissedWatchdogAbortsAndRestarts() async throws {
        let run = try run(
            "echo up; systemd-notify WATCHDOG=1; exec sleep 1000", ["WATCHDOG_USEC": "400000", "MAX_RESTARTS": "2"])
        try await run.process.waitForLine(containing: "aborting the bot: it sent no WATCHDOG=1 in time")
        try await run.process.waitForLine(containing: "the bot died: SIGABRT (aborted)")
        try await run.process.waitForLine(containing: "up", occurrence: 2)
        #expect(await run.process.wait() == .exited(70))
        let folder = "\(run.state)/crashes"
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
        let report = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        #expect(report.contains("\nreason: it sent no WATCHDOG=1 in time\n"))
    }

    @Test func aBotThatHangsAfterItsFirstSignWasNotHealthyForLong() async throws {
        let run = try run(
            "systemd-notify WATCHDOG=1; exec sleep 1000",
            ["WATCHDOG_USEC": "1500000", "MAX_RESTARTS": "2", "RESTART_RESET_AFTER_SEC": "1"])
        try await run.process.waitForLine(containing: "the bot died: SIGABRT", occurrence: 2)
        try await run.process.waitForLine(containing: "gave up after 2 failures", within: .seconds(10))
    }

    @Test(arguments: ["WATCHDOG=1\nWATCHDOG_USEC=300000", "WATCHDOG_USEC=300000\nWATCHDOG=1", "WATCHDOG=trigger"])
    func theBotMayAskForAWatchdogItself(message: String) async throws {
        let lines = message.split(separator: "\n").map { "'\($0)'" }.joined(separator: " ")
        let run = try run("echo up; systemd-notify \(lines); systemd-notify WATCHDOG=1; exec sleep 1000")
        try await run.process.waitForLine(containing: "aborting the bot")
        try await run.process.waitForLine(containing: "up", occurrence: 2)
    }

    @Test func aBotThatKeepsSendingIsLeftAlone() async throws {
        let run = try run(
            "for i in 1 2 3 4 5 6 7 8; do systemd-notify WATCHDOG=1; sleep 0.2; done; exit 0",
            ["WATCHDOG_USEC": "1500000"])
        #expect(await run.process.wait() == .exited(0))
        #expect(!run.output.contains("aborting"))
    }
}
