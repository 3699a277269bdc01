import Foundation
import KeepAliveTestSupport
import Testing

/// A killed launcher and its successor.
@Suite(.timeLimit(.minutes(2)))
struct LeftoverTests {
    @Test func aBotStopsWhenItsLauncherIsKilled() async throws {
        let run = try LauncherRun(demoIn: nil)
        try await run.process.waitForLine(containing: "the bot is ready")
        let bot = try await run.bot()
        #expect(await run.process.stop(SIGKILL) == .signaled(SIGKILL))
        #expect(await Processes.end(of: bot))
    }

    @Test func theNextLauncherEndsABotThatDidNot() async throws {
        let run = try LauncherRun(script: "trap '' TERM; mkfifo fifo; echo up; while :; do read -r l < fifo; done")
        try await run.process.waitForLine(containing: "up")
        let bot = try await run.bot()
        defer { kill(-bot, SIGKILL) }
        await run.process.stop(SIGKILL)
        #expect(!Processes.isGone(bot))
        let next = try LauncherRun(in: run.folder, script: "exit 0", ["SHUTDOWN_TIMEOUT_SEC": "0.2"])
        #expect(await next.process.wait() == .exited(0))
        #expect(next.output.contains("ending the bot that an earlier launcher left running (process \(bot))"))
        #expect(await Processes.end(of: bot))
    }

    @Test(.enabled(if: GroupMover.isInstalled, "no Perl"))
    func theNextLauncherEndsABotThatJoinedAnotherGroup() async throws {
        let run = try LauncherRun(
            ["--bot", GroupMover.program, "--health-url", "off", "--"] + GroupMover.arguments)
        try await run.process.waitForLine(containing: "moved to ")
        let bot = try await run.bot()
        defer { kill(bot, SIGKILL) }
        await run.process.stop(SIGKILL)
        let next = try LauncherRun(in: run.folder, script: "exit 0", ["SHUTDOWN_TIMEOUT_SEC": "0.1"])
        #expect(await next.process.wait() == .exited(0))
        #expect(await Processes.end(of: bot))
    }

    @Test func itsPortIsNotAnObstacle() async throws {
        let variables = ["PORT": "\(try PortRow.one())", "PORT_FALLBACKS": "0", "SHUTDOWN_TIMEOUT_SEC": "0.2"]
        let run = try LauncherRun(demoIn: nil, variables)
        try await run.process.waitForLine(containing: "the bot is ready")
        let bot = try await run.bot()
        defer { kill(-bot, SIGKILL) }
        // A hung bot does not stop with its launcher, and keeps its port.
        kill(bot, SIGSTOP)
        await run.process.stop(SIGKILL)
        let next = try LauncherRun(demoIn: run.folder, variables)
        try await next.process.waitForLine(containing: "the bot is ready")
        #expect(await next.process.stop() == .exited(0))
    }

    /// The lock goes with the folder, so that a second launcher may start meanwhile.
    @Test func onlyTheNextLauncherRunsOnInADeletedFolder() async throws {
        let script = "echo up; exec sleep 1000"
        let run = try LauncherRun(script: script)
        try await run.process.waitForLine(containing: "up")
        let bot = try await run.bot()
        run.process.signal(SIGSTOP)
        try FileManager.default.removeItem(atPath: run.state)
        let next = try LauncherRun(in: run.folder, script: script)
        try await next.process.waitForLine(containing: "up")
        run.process.signal(SIGCONT)
        #expect(await run.process.wait() == .exited(78))
        #expect(run.output.contains("was deleted, and another launcher runs a bot with it now"))
        #expect(Processes.isGone(bot))
        #expect(FileManager.default.fileExists(atPath: run.folder.file("state/notify.sock").path))
        #expect(await next.process.stop() == .exited(143))
    }

    @Test func anothersProcessOfTheSameNumberIsLeftAlone() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let bystander = try ChildProcess(executable: "/bin/sleep", arguments: ["1000"])
        try FileManager.default.createDirectory(at: folder.file("state"), withIntermediateDirectories: false)
        try folder.write("launcher=1\nbot=\(bystander.processID)\nbot_start=1\n", to: "state/launcher.status")
        let run = try LauncherRun(in: folder, script: "exit 0")
        #expect(await run.process.wait() == .exited(0))
        #expect(bystander.status == nil)
        #expect(!run.output.contains("left behind"))
    }

    /// Such as the program of a person who tries the socket.
    @Test func aProcessThatIsOlderThanTheBotIsNotItsChild() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        try FileManager.default.createDirectory(at: folder.file("state"), withIntermediateDirectories: false)
        let mark = ["NOTIFY_SOCKET": folder.file("state/notify.sock").path]
        let older = try ChildProcess(executable: "/bin/sleep", arguments: ["1000"], environment: mark)
        // The largest number is no process, and its start is in the future.
        let status = "launcher=1\nbot=\(Int32.max)\nbot_start=\(UInt64.max)\n"
        try folder.write(status, to: "state/launcher.status")
        let run = try LauncherRun(in: folder, script: "exit 0")
        #expect(await run.process.wait() == .exited(0))
        #expect(older.status == nil)
    }

    /// Its bot has gone, but not the processes that the bot started, inside and outside its group.
    @Test(arguments: ["", "setsid "])
    func theNextLauncherEndsWhatItsBotHadStarted(way: String) async throws {
        let run = try LauncherRun(script: "\(way)sleep 1000 & echo \"child $!\"; exec sleep 1000")
        let child = try await run.child()
        defer { kill(child, SIGKILL) }
        let bot = try await run.bot()
        await run.process.stop(SIGKILL)
        #expect(await Processes.end(of: bot))
        #expect(!Processes.isGone(child))
        let next = try LauncherRun(in: run.folder, script: "exit 0")
        #expect(await next.process.wait() == .exited(0))
        #expect(next.output.contains("ending processes that an earlier launcher left running: "))
        #expect(next.output.contains("(process \(child))"))
        #expect(await Processes.end(of: child))
    }
}

/// A path that no socket can have: the bot's socket is elsewhere.
@Suite(.timeLimit(.minutes(2)))
struct LongPathTests {
    private let folder: TemporaryDirectory
    private let sockets: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory(prefix: "ka")
        sockets = try TemporaryDirectory(prefix: "ka")
    }

    private func launcher(script: String) throws -> LauncherRun {
        let state = "state-" + String(repeating: "x", count: 120)
        return try LauncherRun(
            in: folder, script: script, ["TMPDIR": sockets.path],
            options: ["--health-url", "off", "--state-dir", state])
    }

    @Test func theNextLauncherEndsWhatTheBotHadStarted() async throws {
        let run = try launcher(script: "setsid sleep 1000 & echo \"child $!\"; exec sleep 1000")
        let child = try await run.child()
        defer { kill(child, SIGKILL) }
        let bot = try await run.bot()
        await run.process.stop(SIGKILL)
        #expect(await Processes.end(of: bot))
        let next = try launcher(script: "exit 0")
        #expect(await next.process.wait() == .exited(0))
        #expect(await Processes.end(of: child))
    }

    @Test(arguments: [0, 78])
    func noFolderIsLeftOfARun(code: Int32) async throws {
        let run = try launcher(script: "test -S \"$NOTIFY_SOCKET\" && exit \(code)")
        #expect(await run.process.wait() == .exited(code))
        #expect(try FileManager.default.contentsOfDirectory(atPath: sockets.path) == [])
    }
}

/// Processes that an ended bot leaves running.
@Suite(.timeLimit(.minutes(2)), .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/stat"), "no /proc"))
struct DescendantTests {
    @Test(arguments: ["", "setsid ", "env -i setsid ", "trap '' TERM; setsid "])
    func areEndedWithIt(way: String) async throws {
        let run = try LauncherRun(script: "\(way)sleep 1000 & echo \"child $!\"; exit 3", ["MAX_RESTARTS": "1"])
        #expect(await run.process.wait() == .exited(70))
        let child = try await run.child()
        #expect(Processes.isGone(child))
        #expect(run.output.contains("ended processes that the bot left running: "))
        #expect(run.output.contains("(process \(child))"))
    }

    @Test func areEndedWhenTheLauncherIsStopped() async throws {
        let run = try LauncherRun(script: "setsid sleep 1000 & echo \"child $!\"; exec sleep 1000")
        let child = try await run.child()
        #expect(await run.process.stop() == .exited(143))
        #expect(Processes.isGone(child))
    }

    /// It may have something to put away.
    @Test func aStoppedOneIsWokenToEnd() async throws {
        let run = try LauncherRun(
            script: "setsid sh -c 'trap \"echo woken; exit\" TERM; kill -STOP $$; while :; do sleep 0.1; done' & "
                + "until grep -q 'State:.T' /proc/$!/status; do :; done; exit 3", ["MAX_RESTARTS": "1"])
        #expect(await run.process.wait() == .exited(70))
        #expect(run.output.contains("woken\n"))
    }

    @Test func aDaemonIsCalledOne() async throws {
        let run = try LauncherRun(script: "(setsid sleep 1000 & echo \"child $!\"); exit 0")
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output.contains("left a process running"))
        #expect(run.output.contains("start the bot in the foreground"))
        #expect(Processes.isGone(try await run.child()))
    }

    @Test func childrenThatWereThereBeforeTheLauncherAreLeftAlone() async throws {
        let run = try LauncherRun(
            script: "exit 0",
            wrapper: ["/bin/sh", "-c", "sleep 1000 > /dev/null 2>&1 & echo \"child $!\"; exec \"$@\"", "sh"])
        let child = try await run.child()
        defer { kill(child, SIGKILL) }
        #expect(await run.process.wait() == .exited(0))
        #expect(!Processes.isGone(child))
        #expect(!run.output.contains("left running"))
    }
}

extension LauncherRun {
    /// The process that the line `child N` names.
    func child() async throws -> Int32 {
        try await process.number(after: "child ")
    }
}
