import Foundation
import KeepAliveKit
import KeepAliveLease
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveLauncher

struct StateFolderTests {
    @Test func aStatusThatCannotBeWrittenIsSaidOnceAndWrittenLater() throws {
        let folder = try TemporaryDirectory()
        let (later, log) = (folder.file("later"), folder.file("log"))
        let botLog = BotLog(path: log.path, level: .info, format: .text, secrets: [])
        let file = StatusFile(path: later.appendingPathComponent("launcher.status").path)
        let state = StateFolder(
            folder.path, ledger: folder.file("ledger").path, status: file.path, botLog: botLog)
        let start = MonotonicTime.now()
        func write(after seconds: Int64, restarts: Int) {
            state.note(bot: nil, healthURL: nil, state: "waiting", restarts: restarts, nextStart: nil, reason: nil)
            state.writeUnwritten(at: start.advanced(by: .seconds(seconds)))
        }
        for second in 0..<3 { write(after: Int64(second), restarts: second) }
        try FileManager.default.createDirectory(at: later, withIntermediateDirectories: false)
        // Only the time has changed.
        #expect(file.read() == nil)
        write(after: 3, restarts: 2)
        #expect(file.read()?.restarts == 2)
        #expect(state.retryAt == nil)
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 1)
        #expect(lines.first?.contains("cannot write the status to \(file.path)") == true)
        // An existing file is not rewritten.
        try FileManager.default.removeItem(at: later)
        write(after: 4, restarts: 3)
        #expect(state.retryAt == start.advanced(by: .seconds(5)))
        write(after: 4, restarts: 2)
        #expect(state.retryAt == nil)
    }

    @Test func aReasonIsOneShortLineAndAPhaseHasItsTime() throws {
        let folder = try TemporaryDirectory()
        let botLog = BotLog(path: folder.file("log").path, level: .info, format: .text, secrets: [])
        let file = StatusFile(path: folder.file("launcher.status").path)
        let state = StateFolder(folder.path, ledger: folder.file("ledger").path, status: file.path, botLog: botLog)
        func write(restarts: Int) {
            let reason = "a\nb" + String(repeating: "x", count: 600)
            state.note(bot: nil, healthURL: nil, state: "waiting", restarts: restarts, nextStart: nil, reason: reason)
            state.writeUnwritten()
        }
        write(restarts: 0)
        let first = try #require(file.read())
        #expect(first.reason == "a b" + String(repeating: "x", count: 497))
        #expect(first.since > 0)
        // The phase is still the same.
        write(restarts: 1)
        #expect(file.read()?.since == first.since)
        #expect(file.read()?.restarts == 1)
    }

    private struct Place {
        let folder: TemporaryDirectory
        let state: StateFolder
        let file: StatusFile

        init(secret: String = "hush-hush") throws {
            folder = try TemporaryDirectory()
            file = StatusFile(path: folder.file("launcher.status").path)
            let botLog = BotLog(
                path: folder.file("log").path, level: .info, format: .text, secrets: [Array(secret.utf8)])
            state = StateFolder(folder.path, ledger: folder.file("ledger").path, status: file.path, botLog: botLog)
        }
    }

    /// A launcher in a folder of its own, which it has locked.
    private final class Locked {
        let lock: LockFile?
        let parent: TemporaryDirectory
        let path: String
        let state: StateFolder
        let file: StatusFile
        var log: String { (try? String(contentsOf: parent.file("log"), encoding: .utf8)) ?? "" }

        init() throws {
            parent = try TemporaryDirectory()
            path = parent.file("state").path
            _ = FileSystem.prepareFolder(path)
            lock = try LockFile(path: "\(path)/launcher.lock")
            file = StatusFile(path: "\(path)/launcher.status")
            let botLog = BotLog(path: parent.file("log").path, level: .info, format: .text, secrets: [])
            state = StateFolder(path, ledger: "\(path)/restart_backoff.json", status: file.path, botLog: botLog)
            write(restarts: 0)
        }

        func write(restarts: Int) {
            state.note(bot: nil, healthURL: nil, state: "waiting", restarts: restarts, nextStart: nil, reason: nil)
            state.writeUnwritten()
        }
    }

    @Test func aDeletedFolderIsMadeAgainBeforeAReport() throws {
        let place = try Locked()
        #expect(place.file.read()?.launcher == getpid())
        try FileManager.default.removeItem(atPath: place.path)
        let child = try KeepAliveLauncher.ChildProcess(executable: "/bin/sh", arguments: [], environment: [:])
        Children.wait(for: child.processID)
        place.state.takeBacktrace()
        let record = RestartPolicy.Record(consecutive: 2, failures: 2)
        place.state.save(record, delay: .zero)
        let report = place.state.noteCrash(.exited(3), of: child, reason: nil)
        place.state.writeUnwritten()
        #expect(FileSystem.exists(report))
        #expect(place.file.read()?.launcher == getpid())
        #expect(place.state.ledger.record == record)
        #expect(try LockFile.isHeld(path: "\(place.path)/launcher.lock"))
        #expect(place.log.contains("the state folder \(place.path) was deleted; the launcher made it again"))
        #expect(!place.log.contains("cannot write"), "\(place.log)")
    }

    @Test func aFolderThatAnotherLauncherHasTakenIsItsAlone() throws {
        let place = try Locked()
        try FileManager.default.removeItem(atPath: place.path)
        _ = FileSystem.prepareFolder(place.path)
        let other = try LockFile(path: "\(place.path)/launcher.lock")
        // Until it is known who has it, no bot starts.
        #expect(!place.state.prepareStart() && !place.state.isLost)
        try place.file.write(.init(launcher: getpid() + 1))
        #expect(!place.state.prepareStart() && place.state.isLost)
        place.write(restarts: 1)
        place.state.save(.init(consecutive: 1, failures: 1), delay: .zero)
        #expect(place.file.read()?.launcher == getpid() + 1)
        #expect(!FileSystem.exists("\(place.path)/restart_backoff.json"))
        let theirs = "\(place.path)/restart_backoff.json"
        try "theirs".write(toFile: theirs, atomically: false, encoding: .utf8)
        place.state.forgetFailures()
        #expect(try String(contentsOfFile: theirs, encoding: .utf8) == "theirs")
        _ = consume other
    }

    /// Nothing has changed that would have to be written.
    @Test func aFolderIsLookedForEveryFiveSeconds() throws {
        let place = try Locked()
        let look = MonotonicTime.now().advanced(by: .seconds(100))
        place.state.writeUnwritten(at: look)
        try FileManager.default.removeItem(atPath: place.path)
        place.state.writeUnwritten(at: look.advanced(by: .milliseconds(4999)))
        #expect(!FileSystem.exists(place.path))
        place.state.writeUnwritten(at: look.advanced(by: .seconds(5)))
        #expect(place.file.read()?.launcher == getpid())
    }

    @Test func theRunningBotIsKnownToTheNextLauncher() throws {
        let place = try Place()
        let url = HTTPURL(host: "localhost", port: 8001, target: "/health")
        place.state.note(
            bot: getpid(), healthURL: url, state: "running", restarts: 3, nextStart: nil, reason: "SIGHUP")
        place.state.writeUnwritten()
        let running = try #require(place.file.read())
        #expect(running.healthURL == "http://localhost:8001/health")
        #expect(running.restarts == 3 && running.reason == "SIGHUP")
        #expect(place.file.leftover == getpid())
        place.state.note(bot: nil, healthURL: nil, state: "waiting", restarts: 3, nextStart: nil, reason: nil)
        place.state.writeUnwritten()
        let waiting = try #require(place.file.read())
        #expect(waiting.bot == 0 && waiting.botStartTime == 0)
        #expect(waiting.healthURL.isEmpty && waiting.reason.isEmpty)
    }

    /// The bot reads the ledger too, and must wait as long as its launcher.
    @Test(arguments: [false, true])
    func anEarlierDelayIsWaitedOutUnlessAPersonHurries(forgetsDelay: Bool) throws {
        let place = try Place()
        let record = RestartPolicy.Record(consecutive: 2, failures: 2)
        place.state.save(record, delay: .seconds(3600))
        let remaining = place.state.resume(resetAfter: .seconds(86_400), forgetsDelay: forgetsDelay)
        for time in [remaining, place.state.ledger.remaining] {
            #expect(forgetsDelay ? time == .zero : time > .seconds(3000))
        }
        #expect(place.state.ledger.record == record)
    }

    /// Everybody who may see the status or a report may see no secret in it.
    @Test func aReportIsWrittenOnceAndShowsNoSecret() throws {
        let place = try Place()
        let child = try KeepAliveLauncher.ChildProcess(executable: "/bin/sh", arguments: [], environment: [:])
        Children.wait(for: child.processID)
        try "at hush-hush".write(toFile: place.state.backtracePath, atomically: false, encoding: .utf8)
        place.state.takeBacktrace()
        let path = place.state.noteCrash(.exited(3), of: child, reason: "it said hush-hush")
        place.state.note(
            bot: nil, healthURL: nil, state: "waiting", restarts: 0, nextStart: nil, reason: "it said hush-hush")
        #expect(!FileSystem.exists(path))
        place.state.writeUnwritten()
        let report = try String(contentsOfFile: path, encoding: .utf8)
        #expect(report.contains("\nreason: it said [hidden]\n") && report.contains("\nat [hidden]\n"), "\(report)")
        #expect(place.file.read()?.reason == "it said [hidden]")
        try FileSystem.remove(path)
        place.state.writeUnwritten()
        #expect(!FileSystem.exists(path))
    }

    @Test func noBacktraceIsLeftAtTheEnd() throws {
        let place = try Place()
        let state = place.state
        try "half".write(toFile: state.backtracePath, atomically: false, encoding: .utf8)
        state.finish()
        #expect(!FileSystem.exists(state.backtracePath))
    }

    /// The delay was the other machine's.
    @Test func theCountOfAnotherMachineComesWithoutItsDelay() throws {
        let place = try Place()
        let state = place.state
        let record = RestartPolicy.Record(consecutive: 2, failures: 2)
        state.adopt(record)
        #expect(state.ledger.record == record)
        #expect(state.ledger.remaining == .zero)
        state.adopt(.init())
        #expect(state.ledger.record == RestartPolicy.Record())
    }

    @Test func theDelayBeforeAStartIsTheBotsNoMore() throws {
        let place = try Place()
        let state = place.state
        let record = RestartPolicy.Record(consecutive: 2, failures: 2)
        state.save(record, delay: .seconds(3600))
        #expect(state.ledger.remaining > .seconds(3000))
        state.prepareStart()
        #expect(state.ledger.record == record)
        #expect(state.ledger.remaining == .zero)
    }

    @Test func thePlaceInALeaseIsOneLineEach() throws {
        let place = try Place()
        let lease = LeaseState(times: LeaseTimes(timeToLive: .seconds(30)), label: "a")
        place.state.note(
            bot: nil, healthURL: nil, state: "standby", restarts: 0, nextStart: WallTime(microseconds: 7), reason: nil,
            lease: LeaseStatus(lease, name: "bot", handover: "R1 done a\nb", unfit: nil))
        place.state.writeUnwritten()
        let status = try #require(place.file.read())
        #expect(status.lease == "bot" && status.epoch == 0)
        #expect(status.handover == "R1 done a b")
        #expect(status.nextStart == 7)
    }
}
