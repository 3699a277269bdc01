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

    /// The status may be a killed launcher's, or its bot's number may be another process's by now.
    @Test(arguments: [true, false])
    func anothersProcessIsLeftAlone(isSupervised: Bool) async throws {
        let bystander = try ChildProcess(executable: "/bin/sleep", arguments: ["1000"])
        let number = bystander.processID
        let stat = try String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)
        let start = stat.drop { $0 != ")" }.split(separator: " ")[20]
        let run = try LauncherRun(script: "echo up; exec sleep 1000")
        try await run.process.waitForLine(containing: "up")
        if !isSupervised { await run.process.stop(SIGKILL) }
        // With a launcher the number is right and the start is another's; without one both are right.
        try "launcher=\(getpid())\nbot=\(number)\nbot_start=\(isSupervised ? "1" : start)\nstate=running\n".write(
            toFile: "\(run.state)/launcher.status", atomically: true, encoding: .utf8)
        let drill = try drill(in: run.folder)
        #expect(await drill.wait() == .exited(1))
        #expect(drill.output.hasPrefix("drill failed: \(isSupervised ? "the bot is not" : "no launcher is") running"))
        #expect(bystander.status == nil)
    }

    @Test func aStandbyIsCalledOne() async throws {
        let run = try LauncherRun(script: "echo up; exec sleep 1000")
        try await run.process.waitForLine(containing: "up")
        try "launcher=\(run.process.processID)\nstate=standby\nreason=alpha leads\n".write(
            toFile: "\(run.state)/launcher.status", atomically: true, encoding: .utf8)
        let drill = try drill(in: run.folder)
        #expect(await drill.wait() == .exited(1))
        #expect(drill.output == "drill failed: this launcher is a standby and runs no bot: alpha leads\n")
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
