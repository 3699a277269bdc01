import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveLauncher

/// What follows at its time, and not before.
extension SupervisorTests {
    @Test func aBotThatMissesItsTimeIsCondemned() throws {
        let limits: [(String, (BotWatch) -> MonotonicTime?, String)] = [
            ("WATCHDOG=1", { $0.watchdogAt }, "it sent no WATCHDOG=1 in time"),
            ("STOPPING=1", { $0.stopLimitAt }, "it did not end in time after its STOPPING=1"),
            ("STATUS=on my way", { $0.startLimitAt }, "it was not ready 100 s after its start"),
        ]
        for (notification, limit, words) in limits {
            let supervisor = try supervisor(["BOT_WATCHDOG_SEC": "9"])
            defer { kill(supervisor) }
            supervisor.handle(.delayOver)
            try say(notification, to: supervisor)
            let due = try #require(limit(supervisor.watch))
            supervisor.runTimers(at: due.advanced(by: .nanoseconds(-1)))
            #expect(supervisor.state.phase == .running, "\(notification)")
            supervisor.runTimers(at: due)
            #expect(supervisor.state.phase == .ending(.condemned(words)))
        }
    }

    @Test func aBotThatDoesNotStopInTimeIsKilledOnce() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        supervisor.handle(.stopSignal(SIGTERM))
        let due = try #require(supervisor.graceAt)
        supervisor.runTimers(at: due.advanced(by: .nanoseconds(-1)))
        #expect(!supervisor.state.hasKilled)
        supervisor.runTimers(at: due)
        #expect(supervisor.state.hasKilled)
        // Nothing is due that would wake the launcher again and again.
        #expect(supervisor.graceAt == nil)
    }

    /// The second one, for a bot without the kit; the grace period goes on.
    @Test func anAbortIsRepeatedOnce() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        supervisor.handle(.watchdogMissed)
        let due = try #require(supervisor.abortAt)
        supervisor.runTimers(at: due.advanced(by: .nanoseconds(-1)))
        #expect(supervisor.abortAt == due)
        supervisor.runTimers(at: due)
        #expect(supervisor.abortAt == nil)
        #expect(supervisor.graceAt != nil && !supervisor.state.hasKilled)
    }

    // MARK: Starts

    /// The grace period, the reserve of 60 s, and the margin of 30 s.
    @Test func theManagerLearnsHowLongAStartMayTake() throws {
        let supervisor = try supervisor(["HEALTH_GRACE_SEC": "20"])
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        #expect(heard().last == "EXTEND_TIMEOUT_USEC=110000000")
    }

    @Test func theNextBotIsStartedWhenItsDelayIsOver() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        let status = StatusFile(path: folder.file("state/launcher.status").path)
        supervisor.handle(.delayOver)
        _ = heard()
        let earliest = WallTime.now().microseconds + 5_000_000
        die(supervisor, .exited(1))
        let latest = WallTime.now().microseconds + 5_000_000
        #expect(heard() == ["STATUS=the bot ended; restart in 5 s", "EXTEND_TIMEOUT_USEC=35000000"])
        let waiting = try #require(status.read())
        #expect(waiting.state == "waiting" && waiting.bot == 0)
        #expect(earliest <= waiting.nextStart && waiting.nextStart <= latest)
        let due = try #require(supervisor.startAt)
        supervisor.runTimers(at: due.advanced(by: .nanoseconds(-1)))
        #expect(supervisor.child == nil)
        supervisor.runTimers(at: due)
        let child = try #require(supervisor.child)
        let running = try #require(status.read())
        #expect(running.state == "running" && running.bot == child.processID)
        #expect(running.nextStart == 0)
    }

    @Test func withoutADelayTheNextBotFollowsAtOnce() throws {
        let supervisor = try supervisor(["RESTART_DELAY_SEC": "0", "RESTART_MAX_DELAY_SEC": "0"])
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        let first = try #require(supervisor.child).processID
        _ = heard()
        die(supervisor, .exited(1))
        #expect(try #require(supervisor.child).processID != first)
        #expect(!heard().contains { $0.contains("restart in") })
    }

    /// Another launcher has the folder for now, and its status will tell who it is.
    @Test func aStartInADisputedFolderIsTriedAgainAfterASecond() throws {
        let path = folder.file("state").path
        _ = FileSystem.prepareFolder(path)
        let lock = try LockFile(path: "\(path)/launcher.lock")
        let supervisor = try supervisor()
        try FileManager.default.removeItem(atPath: path)
        _ = FileSystem.prepareFolder(path)
        let other = try LockFile(path: "\(path)/launcher.lock")
        let earliest = MonotonicTime.now().advanced(by: .seconds(1))
        supervisor.handle(.delayOver)
        let latest = MonotonicTime.now().advanced(by: .seconds(1))
        #expect(supervisor.state.phase == .waiting)
        #expect(supervisor.child == nil)
        let due = try #require(supervisor.startAt)
        #expect(earliest <= due && due <= latest)
        _ = consume other
        _ = consume lock
    }

    // MARK: SIGHUP

    private func supervisor(rereading next: LauncherSettings, _ findings: [String] = []) throws -> Supervisor {
        let launcher = try settings([:])
        _ = FileSystem.prepareFolder(launcher.stateDirectory)
        let botLog = BotLog(path: folder.file("log").path, level: .info, format: .text, secrets: [])
        let supervisor = try Supervisor(launcher, botLog: botLog) { (next, findings) }
        supervisor.manager = try Manager(environment: ["NOTIFY_SOCKET": above.address])
        return supervisor
    }

    /// The bot must find the ledger where it was.
    @Test func aReloadBringsLogAndSecretsAndLeavesTheFolder() throws {
        var variables = Settings(environment: ["LOG_LEVEL": "warn"], file: ["MY_TOKEN": "hush-hush-9"])
        let other = folder.file("other").path
        let options = try Options(["--bot", "/bin/sleep", "--state-dir", other, "--", "1000"])
        let supervisor = try supervisor(rereading: LauncherSettings(options, settings: &variables))
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        supervisor.reload()
        #expect(supervisor.state.phase == .ending(.reload))
        #expect(supervisor.settings.stateDirectory == folder.file("state").path)
        #expect(log.contains("SIGHUP: the state folder stays \(folder.file("state").path); restart "), "\(log)")
        supervisor.botLog.log(.warning, "it is hush-hush-9")
        #expect(log.contains("launcher: it is [hidden]\n"))
        #expect(!log.contains("SIGHUP: restarting the bot"))
    }

    @Test func aReloadOfWrongVariablesChangesNothing() throws {
        let supervisor = try supervisor(rereading: try settings(["MAX_RESTARTS": "1"]), ["PORT is wrong"])
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        supervisor.reload()
        #expect(supervisor.state.phase == .running)
        #expect(log.contains("SIGHUP: PORT is wrong\n"))
        #expect(log.contains("SIGHUP: variables are invalid; the bot keeps running with the old ones\n"))
        #expect(!log.contains("the state folder stays"))
        die(supervisor, .exited(1))
        #expect(supervisor.state.phase == .waiting)
    }

    @Test func aReloadIntoTheSameFolderSaysNothingOfIt() throws {
        let supervisor = try supervisor(rereading: try settings([:]))
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        supervisor.reload()
        #expect(log.contains("SIGHUP: restarting the bot\n"))
        #expect(!log.contains("the state folder stays"))
    }

    @Test func aHangUpThatComesTwiceStopsInOrder() throws {
        let supervisor = try supervisor()
        defer { kill(supervisor) }
        supervisor.handle(.delayOver)
        supervisor.stopAtHangup()
        supervisor.stopAtHangup()
        #expect(supervisor.state.phase == .ending(.shutdown))
        #expect(!supervisor.state.hasKilled)
        #expect(log.contains("SIGHUP: the terminal was closed; stopping"), "\(log)")
    }
}
