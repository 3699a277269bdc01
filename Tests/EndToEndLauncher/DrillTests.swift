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

    @Test func aLauncherThatGivesUpEndsTheDrill() async throws {
        let run = try LauncherRun(script: "echo up; exec sleep 1000", ["MAX_RESTARTS": "1"])
        try await run.process.waitForLine(containing: "up")
        let drill = try drill(in: run.folder)
        #expect(await run.process.wait() == .exited(70))
        #expect(await drill.wait() == .exited(1))
        #expect(drill.output.contains("drill failed: "))
    }
}
