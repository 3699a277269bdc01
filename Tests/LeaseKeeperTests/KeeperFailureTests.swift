import Foundation
import KeepAliveLease
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

/// The keeper beside a database, a launcher and a bot that fail.
struct KeeperFailureTests {
    private let folder: TemporaryDirectory
    private let server: PostgreSQLServer

    init() async throws {
        folder = try TemporaryDirectory()
        server = try await PostgreSQLServer.shared()
    }

    /// A bot that ignores SIGTERM or not, with a child that has left its group.
    private func bot(_ script: String) async throws -> ChildProcess {
        let process = try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", "\(script)\necho ready; while :; do sleep 1; done"])
        try await process.waitForLine(containing: "ready")
        return process
    }

    /// Signals the server and its sessions, each of which is a group of its own.
    private func signal(_ number: Int32, to server: PostgreSQLServer) throws {
        let id = server.process.processID
        let children = try String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)
        for process in [id] + children.split(separator: " ").compactMap({ Int32($0) }) { kill(process, number) }
    }

    /// In nanoseconds of CLOCK_BOOTTIME.
    private func deadline(in time: Duration) -> UInt64 {
        UInt64(clamping: (BootClock.now() + time).saturatedNanoseconds)
    }

    @Test func aFrozenDatabaseIsUnknownAndItsLateAnswerChangesNothing() async throws {
        let server = try await PostgreSQLServer.start()
        let keeper = try KeeperDriver(server.url(), folder: folder, timeToLive: 5_000)
        let (epoch, first) = try await keeper.take()
        try signal(SIGSTOP, to: server)
        let second = Beat()
        guard case .unknown = try await keeper.ask(.renew(epoch: epoch, new: second, over: [first], info: nil)) else {
            Issue.record("a stopped database answered")
            return
        }
        try signal(SIGCONT, to: server)
        // The statement may have taken effect or not: one renews over both beats.
        var answer = KeeperAnswer.none
        for _ in 0..<200 {
            let third = Beat()
            answer = try await keeper.ask(.renew(epoch: epoch, new: third, over: [first, second, third], info: nil))
            if case .unknown = answer { continue }
            break
        }
        #expect(answer == .renewed(heir: nil))

        await server.stop()
        guard case .unknown = try await keeper.ask(.observe) else {
            Issue.record("an ended database answered")
            return
        }
    }

    @Test func theGuardKillsTheBotsGroupAtTheDeadline() async throws {
        let keeper = try KeeperDriver(server.url(), folder: folder)
        let process = try await bot("trap '' TERM; sleep 1000 & echo child $!.")
        let child = try await process.number(after: "child ", as: Int32.self)
        let handle = try ProcessHandle(of: process.processID)
        let late = deadline(in: .seconds(600))
        #expect(
            try await keeper.ask(.protect(deadline: late, process: process.processID), passing: handle.raw) == .done)
        #expect(try await keeper.ask(.protect(deadline: nil, process: process.processID)) == .done)
        #expect(process.status == nil)
        let soon = deadline(in: .milliseconds(50))
        #expect(try await keeper.ask(.protect(deadline: soon, process: process.processID)) == .done)
        #expect(await process.wait() == .signaled(SIGKILL))
        #expect(await Processes.end(of: child))
        try await keeper.process.waitForLine(containing: "the lease runs out; killed the bot")
    }

    @Test(.enabled(if: GroupMover.isInstalled, "no Perl"), arguments: [true, false])
    func aBotThatJoinedAnotherGroupIsKilledToo(isLauncherGone: Bool) async throws {
        let keeper = try KeeperDriver(try await server.makeDatabase(), folder: folder, grace: 0)
        _ = try await keeper.take()
        let process = try ChildProcess(executable: GroupMover.program, arguments: GroupMover.arguments)
        let group: Int32 = try await process.number(after: "moved to ")
        defer {
            kill(-group, SIGKILL)
            process.signal(SIGKILL)
        }
        let handle = try ProcessHandle(of: process.processID)
        let time = Duration.milliseconds(isLauncherGone ? 60_000 : 50)
        try await keeper.ask(
            .protect(deadline: deadline(in: time), process: process.processID), passing: handle.raw)
        if isLauncherGone { try await keeper.leave() }
        #expect(await Processes.end(of: process.processID))
        try await keeper.process.waitForLine(
            containing: isLauncherGone ? "released the lease" : "the lease runs out; killed the bot")
    }

    @Test func whenTheLauncherIsGoneTheBotEndsBeforeTheLeaseIsReleased() async throws {
        let url = try await server.makeDatabase()
        let keeper = try KeeperDriver(url, folder: folder)
        let (epoch, first) = try await keeper.take()
        let second = Beat()
        try await keeper.ask(.renew(epoch: epoch, new: second, over: [first], info: nil))
        let process = try await bot("trap '' TERM")
        let handle = try ProcessHandle(of: process.processID)
        try await keeper.ask(
            .protect(deadline: deadline(in: .seconds(2)), process: process.processID), passing: handle.raw)
        try await keeper.leave()
        #expect(await process.wait() == .signaled(SIGKILL))
        #expect(await keeper.process.wait() == .exited(0))
        let other = try KeeperDriver(url, folder: folder, label: "b")
        let row = try await other.row()
        #expect(row.holder == nil)
        #expect(row.epoch == epoch)
        #expect(row.beat != second)
        // Its own kill comes a little before the guard's.
        #expect(!keeper.process.output.contains("the lease runs out"))
    }

    /// The group's number may be another's once its bot has ended.
    @Test func theGuardLeavesTheGroupOfAnEndedBotAlone() async throws {
        let keeper = try KeeperDriver(server.url(), folder: folder)
        let process = try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", "sleep 1000 > /dev/null 2>&1 & echo child $!.; exec sleep 1000"])
        let child = try await process.number(after: "child ", as: Int32.self)
        defer { kill(child, SIGKILL) }
        let handle = try ProcessHandle(of: process.processID)
        try await keeper.ask(
            .protect(deadline: deadline(in: .seconds(600)), process: process.processID), passing: handle.raw)
        await process.stop(SIGKILL)
        let end = BootClock.now() + .milliseconds(50)
        let soon = UInt64(clamping: end.saturatedNanoseconds)
        #expect(try await keeper.ask(.protect(deadline: soon, process: process.processID)) == .done)
        _ = try await Polling.until({ BootClock.now() }, isMet: { $0 > end + .milliseconds(300) })
        #expect(!Processes.isGone(child))
        #expect(!keeper.process.output.contains("the lease runs out"))
    }

    /// One that has passed on is not freed under the next holder.
    @Test func aLeaseThatHasPassedOnIsNotReleased() async throws {
        let url = try await server.makeDatabase()
        let first = try KeeperDriver(url, folder: folder)
        _ = try await first.take()
        let second = try KeeperDriver(url, folder: folder, label: "b")
        _ = try await second.take()
        try await first.leave()
        #expect(await first.process.wait() == .exited(0))
        #expect(first.process.output.contains("the lease had passed on already"))
        #expect(try await second.row().holder == "b")
    }

    @Test func aChildThatLeftTheBotsGroupEndsToo() async throws {
        let url = try await server.makeDatabase()
        let keeper = try KeeperDriver(url, folder: folder)
        let (epoch, _) = try await keeper.take()
        // The same lease, by its name and epoch: that of another database.
        let stranger = "KEEPALIVE_LEASE_HOLDER=another KEEPALIVE_LEASE_NAME=bot KEEPALIVE_LEASE_EPOCH=\(epoch)"
        let process = try await bot(
            """
            export KEEPALIVE_LEASE_HOLDER=a
            setsid sh -c 'echo child $$.; exec sleep 1000' &
            \(stranger) setsid sh -c 'echo stranger $$.; exec sleep 1000' &
            """)
        let child = try await process.number(after: "child ", as: Int32.self)
        let other = try await process.number(after: "stranger ", as: Int32.self)
        defer { kill(other, SIGKILL) }
        let handle = try ProcessHandle(of: process.processID)
        try await keeper.ask(
            .protect(deadline: deadline(in: .seconds(20)), process: process.processID), passing: handle.raw)
        try await keeper.leave()
        #expect(await keeper.process.wait() == .exited(0))
        #expect(Processes.isGone(child))
        #expect(!Processes.isGone(other))
    }

    @Test func theBotHasTheLaunchersGracePeriod() async throws {
        let keeper = try KeeperDriver(try await server.makeDatabase(), folder: folder, grace: 0)
        _ = try await keeper.take()
        let process = try await bot("trap 'sleep 2; exit 0' TERM")
        let handle = try ProcessHandle(of: process.processID)
        try await keeper.ask(
            .protect(deadline: deadline(in: .seconds(60)), process: process.processID), passing: handle.raw)
        try await keeper.leave()
        #expect(await process.wait() == .signaled(SIGKILL))
    }

    @Test func theGroupsSignalsDoNotStopIt() async throws {
        let keeper = try KeeperDriver(server.url(), folder: folder)
        // Before that it may not have begun to ignore them.
        _ = try await keeper.row()
        for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { keeper.process.signal(number) }
        _ = try await keeper.row()
        #expect(keeper.process.status == nil)
        // Its lock is free as soon as it has ended.
        let lock = folder.file("keeper-a.lock").path
        #expect(try LockFile.isHeld(path: lock))
        try await keeper.leave()
        #expect(await keeper.process.wait() == .exited(0))
        #expect(try !LockFile.isHeld(path: lock))
    }

    @Test func byHandItSaysWhatItIsFor() async throws {
        let program = try ChildProcess.product("lease-keeper")
        let alone = try await ChildProcess.run(program, environment: [:])
        #expect(alone.status == .exited(64))
        #expect(alone.output.contains("set LEASE_URL"))
        #expect(try await ChildProcess.run(program, ["--version"]).output.hasPrefix("lease-keeper 1."))
        #expect(try await ChildProcess.run(program, ["--help"]).status == .exited(0))
        #expect(try await ChildProcess.run(program, ["--hepl"]).status == .exited(64))
    }

    @Test(
        arguments: [
            ("postgres://db/x", nil), ("postgres://user:geheim@127.0.0.1:99999/x", "the port is not a number from 1"),
            ("postgres://user:geheim@db/x?bogus=1", "invalid URI query parameter"),
            ("postgres://db/x?sslmode=geheim", "sslmode has to be"),
            ("postgres://user:geheim@[::1/x", "end of string reached"), ("db/x", "it has to begin with"),
        ] as [(String, String?)])
    func itChecksTheAddressAlone(url: String, words: String?) async throws {
        let program = try ChildProcess.product("lease-keeper")
        let check = try await ChildProcess.run(program, ["--check"], environment: ["LEASE_URL": url])
        #expect(check.status == .exited(words == nil ? 0 : 78))
        if let words {
            #expect(check.output.hasPrefix("lease-keeper: LEASE_URL (hidden) is not allowed: the PostgreSQL URL "))
            #expect(check.output.contains(words), "\(check.output)")
        } else {
            #expect(check.output == "")
        }
        #expect(!check.output.contains("geheim"))
    }

    @Test(arguments: [[:], ["LEASE_URL": ""]] as [[String: String]])
    func aMissingAddressIsNamedSo(environment: [String: String]) async throws {
        let check = try await ChildProcess.run(
            ChildProcess.product("lease-keeper"), ["--check"], environment: environment)
        #expect(check.status == .exited(78))
        #expect(check.output.hasPrefix("lease-keeper: LEASE_URL is not set: give "), "\(check.output)")
    }
}
