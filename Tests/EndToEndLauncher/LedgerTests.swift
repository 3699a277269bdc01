import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LedgerTests {
    private static func ledger(consecutive: Int, failures: Int, delay: Double, left: Double) -> String {
        let next = Int64((Date().timeIntervalSince1970 + left) * 1_000_000)
        return "{\"version\":1,\"consecutive\":\(consecutive),\"failures\":\(failures),"
            + "\"delay_ms\":\(Int(delay * 1000)),\"next_start_us\":\(next)}\n"
    }

    private func folder(_ ledger: String) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory(prefix: "ka")
        try FileManager.default.createDirectory(at: folder.file("state"), withIntermediateDirectories: false)
        try folder.write(ledger, to: "state/restart_backoff.json")
        return folder
    }

    @Test func theSequenceGoesOnWhereAnEarlierProcessLeftIt() async throws {
        let folder = try folder(Self.ledger(consecutive: 2, failures: 2, delay: 0.2, left: 0))
        let run = try LauncherRun(in: folder, script: "exit 1", ["MAX_RESTARTS": "5"])
        #expect(await run.process.wait() == .exited(70))
        #expect(LogLines(run.output).delays == ["0.4 s", "0.8 s"])
        #expect(run.output.contains("continuing after 2 earlier failures"))
        let left = try String(contentsOf: folder.file("state/restart_backoff.json"), encoding: .utf8)
        #expect(try JSON(parsing: left)["failures"] == 5)
    }

    @Test func whatTheBotWritesIsContinued() async throws {
        // Its own loop has failed three times before it died.
        let script =
            "echo '\(Self.ledger(consecutive: 3, failures: 3, delay: 0, left: -1).dropLast())' "
            + "> \"$KEEPALIVE_STATE_FILE\"; exit 1"
        let run = try LauncherRun(script: script, ["MAX_RESTARTS": "10"])
        let line = try await run.process.waitForLine(containing: "failure 4 of 10")
        #expect(line.contains("failure 4 of 10, restart in 0.8 s"))
    }

    @Test func whatIsLeftOfADelayIsWaitedOut() async throws {
        let due = Date().timeIntervalSince1970 + 1
        let folder = try folder(Self.ledger(consecutive: 1, failures: 1, delay: 1, left: 1))
        let run = try LauncherRun(in: folder, script: "exit 0")
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output.contains("s of the restart delay are left"))
        let start = try #require(LogLines(run.output).times("launcher: started").first)
        // The stamp has microseconds, the timer milliseconds.
        #expect(start >= due - 0.002)
    }

    @Test func nowForgetsTheDelayAndKeepsTheCount() async throws {
        let folder = try folder(Self.ledger(consecutive: 3, failures: 3, delay: 9000, left: 9000))
        let run = try LauncherRun(
            in: folder, script: "cat \"$KEEPALIVE_STATE_FILE\"; exit 1", ["MAX_RESTARTS": "4"],
            options: ["--now", "--health-url", "off"])
        #expect(await run.process.wait() == .exited(70))
        let line = try #require(run.output.split(separator: "\n").first { $0.hasPrefix("{") })
        // The bot reads the file too, and must not wait either.
        #expect(try JSON(parsing: String(line))["delay_ms"] == 0)
        #expect(run.output.contains("gave up after 4 failures in a row"))
    }

    @Test func failuresOfLongAgoAreHistory() async throws {
        let folder = try folder(Self.ledger(consecutive: 9, failures: 9, delay: 300, left: -400))
        let run = try LauncherRun(in: folder, script: "exit 1", ["MAX_RESTARTS": "2"])
        #expect(await run.process.wait() == .exited(70))
        #expect(LogLines(run.output).delays == ["0.1 s"])
    }

    @Test(arguments: ["", "{", "garbage\u{0}", "{\"version\":2}", "[1,0,0,0,0]"])
    func aDamagedLedgerIsSetAsideAndSaid(text: String) async throws {
        let folder = try folder(text)
        let run = try LauncherRun(in: folder, script: "exit 0")
        #expect(await run.process.wait() == .exited(0))
        let path = "\(run.state)/restart_backoff.json"
        #expect(run.output.contains("the restart ledger \(path) is damaged; moved to \(path).damaged"))
        #expect(try String(contentsOfFile: path + ".damaged", encoding: .utf8) == text)
    }

    @Test func aLauncherKilledRightAfterAStartHasForgottenNothing() async throws {
        // The second bot kills its launcher before the launcher acts.
        let run = try LauncherRun(
            script: "if [ -e once ]; then kill -KILL $PPID; exec sleep 1000; fi; touch once; exit 1",
            ["RESTART_DELAY_SEC": "0", "RESTART_MAX_DELAY_SEC": "0"])
        #expect(await run.process.wait() == .signaled(SIGKILL))
        let left = try String(contentsOfFile: "\(run.state)/restart_backoff.json", encoding: .utf8)
        #expect(try JSON(parsing: left)["failures"] == 1)
    }

    @Test func damageIsSaidAlsoWhileTheBotRuns() async throws {
        let run = try LauncherRun(script: "echo garbage > \"$KEEPALIVE_STATE_FILE\"; exit 1", ["MAX_RESTARTS": "1"])
        #expect(await run.process.wait() == .exited(70))
        #expect(run.output.contains("restart_backoff.json is damaged; moved to"))
    }
}
