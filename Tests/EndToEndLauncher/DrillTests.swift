import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct DrillTests {
    private func drill(in folder: TemporaryDirectory) throws -> ChildProcess {
        try ChildProcess(
            executable: try ChildProcess.product("launcher"), arguments: ["drill"],
            environment: LauncherRun.variables, workingDirectory: folder.path)
    }

    @Test func killsAndReports() async throws {
        let run = try LauncherRun(demoIn: nil, ["HEALTH_INTERVAL_SEC": "1"])
        try await run.process.waitForLine(containing: "the bot is ready")
        let first = try await run.bot()
        let drill = try drill(in: run.folder)
        #expect(await drill.wait() == .exited(0))
        let second = try await run.bot(2)
        let lines = drill.output.split(separator: "\n")
        #expect(lines.count == 4, "\(drill.output)")
        #expect(lines.first == "killing the bot (process \(first)) with SIGKILL")
        #expect(lines.dropFirst().first?.wholeMatch(of: /detected after   [0-9.]+ m?s/) != nil)
        #expect(
            lines.dropFirst(2).first?.wholeMatch(of: /restarted after  [0-9.]+ m?s \(process ([0-9]+)\)/)?.1
                == "\(second)")
        #expect(lines.last?.wholeMatch(of: /healthy after    [0-9.]+ m?s/) != nil)
    }

    @Test func aProgramWithoutHealth() async throws {
        let run = try LauncherRun(script: "echo up; exec sleep 1000")
        try await run.process.waitForLine(containing: "up")
        let drill = try drill(in: run.folder)
        #expect(await drill.wait() == .exited(0))
        #expect(drill.output.contains("healthy after    unknown: the bot announces no health port"))
    }

    @Test func nobodyToKill() async throws {
        let empty = try TemporaryDirectory(prefix: "ka")
        let drill = try drill(in: empty)
        #expect(await drill.wait() == .exited(1))
        #expect(drill.output.hasPrefix("drill failed: no launcher is running with the state file \(empty.path)/state"))
        let run = try LauncherRun(script: "exit 1", ["RESTART_DELAY_SEC": "1000", "RESTART_MAX_DELAY_SEC": "1000"])
        try await run.process.waitForLine(containing: "restart in")
        let second = try self.drill(in: run.folder)
        #expect(await second.wait() == .exited(1))
        #expect(second.output.contains("drill failed: the bot is not running now"))
    }

    /// A process id of a killed launcher's status file may belong to another program by now.
    @Test func aStrangerIsNotKilled() async throws {
        let stranger = try ChildProcess(executable: "/bin/sleep", arguments: ["1000"])
        let folder = try TemporaryDirectory(prefix: "ka")
        try FileManager.default.createDirectory(atPath: folder.file("state").path, withIntermediateDirectories: false)
        let status = "launcher=\(stranger.processID)\nbot=\(stranger.processID)\nbot_start=1\nstate=running\n"
        try folder.write(status, to: "state/launcher.status")
        let first = try drill(in: folder)
        #expect(await first.wait() == .exited(1))
        #expect(first.output.contains("no launcher is running"))

        // The same with a launcher that could not write its last status.
        let run = try LauncherRun(script: "echo up; exec sleep 1000")
        try await run.process.waitForLine(containing: "up")
        _ = try await run.bot()
        try run.folder.write(status, to: "state/launcher.status")
        let second = try drill(in: run.folder)
        #expect(await second.wait() == .exited(1))
        #expect(second.output.contains("the bot is not running now"))
        #expect(kill(stranger.processID, 0) == 0)
        #expect(await stranger.stop() == .signaled(SIGTERM))
    }

    @Test func aLauncherThatGivesUpEndsTheDrill() async throws {
        let run = try LauncherRun(script: "echo up; exec sleep 1000", ["MAX_RESTARTS": "1"])
        try await run.process.waitForLine(containing: "up")
        let drill = try drill(in: run.folder)
        #expect(await run.process.wait() == .exited(70))
        #expect(await drill.wait() == .exited(1))
        #expect(drill.output.contains("drill failed: "))
    }
}
