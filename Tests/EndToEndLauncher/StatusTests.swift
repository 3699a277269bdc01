import Foundation
import KeepAliveTestSupport
import Testing

/// `launcher status`.
@Suite(.timeLimit(.minutes(2)))
struct StatusTests {
    private func status(in folder: TemporaryDirectory, _ options: [String] = []) async throws -> (
        ChildProcess.ExitStatus, String
    ) {
        try await ChildProcess.run(
            ChildProcess.product("launcher"), ["status"] + options, environment: LauncherRun.variables, in: folder.path)
    }

    @Test func aBotThatRuns() async throws {
        let run = try LauncherRun(script: "echo up; exec sleep 1000")
        try await run.process.waitForLine(containing: "up")
        let bot = try await run.bot()
        // The status names the bot once the bot runs.
        let (code, text) = try await Polling.until(
            { try await status(in: run.folder, ["--json", "--state-dir", "state"]) }, isMet: { $0.0 == .exited(0) })
        #expect(code == .exited(0))
        let json = try JSON(parsing: text)
        #expect(json["state"] == "running")
        #expect(json["pid"] == .integer(Int64(bot)))
        #expect(json["restarts"] == 0)
        #expect(json["next_start"] == .null)
        await run.process.stop()
        let (after, words) = try await status(in: run.folder)
        #expect(after == .exited(1))
        #expect(words.hasPrefix("state:       stopped\n"))
        #expect(words.contains("reason:      SIGTERM"))
    }

    @Test func aDelay() async throws {
        let run = try LauncherRun(script: "exit 9", ["RESTART_DELAY_SEC": "1000", "RESTART_MAX_DELAY_SEC": "1000"])
        try await run.process.waitForLine(containing: "restart in")
        let (code, text) = try await Polling.until(
            { try await status(in: run.folder) }, isMet: { $0.1.contains("waiting") })
        #expect(code == .exited(1))
        #expect(text.contains("\nnext start:  20"))
        #expect(text.contains("\nreason:      the bot died: exit code 9"))
    }

    @Test func nobody() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        #expect(try await status(in: folder).0 == .exited(1))
        let run = try LauncherRun(in: folder, script: "echo up; exec sleep 1000")
        try await run.process.waitForLine(containing: "up")
        await run.process.stop(SIGKILL)
        let (code, text) = try await status(in: folder)
        #expect(code == .exited(1))
        #expect(text.hasPrefix("state:       stopped\n"))
    }
}

/// SIGHUP rereads the variables.
@Suite(.timeLimit(.minutes(2)))
struct ReloadTests {
    @Test func theFileIsReadAnew() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        try folder.write("GREETING=first\n", to: ".env")
        let run = try LauncherRun(in: folder, script: "echo \"says $GREETING $MY_TOKEN\"; exec sleep 1000")
        try await run.process.waitForLine(containing: "says first")
        try folder.write("GREETING=second\nMY_TOKEN=hush-hush-hush\n", to: ".env")
        run.process.signal(SIGHUP)
        try await run.process.waitForLine(containing: "says second [hidden]")
        #expect(await run.process.stop() == .exited(143))
    }

    @Test func aFileThatCannotBeUsedKeepsTheOldBot() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        try folder.write("GREETING=first\n", to: ".env")
        let run = try LauncherRun(in: folder, script: "echo \"says $GREETING\"; exec sleep 1000")
        try await run.process.waitForLine(containing: "says first")
        try folder.write("MAX_RESTARTS=none\nGREETING=second\n", to: ".env")
        run.process.signal(SIGHUP)
        try await run.process.waitForLine(containing: "SIGHUP: MAX_RESTARTS=\"none\" is not allowed")
        try await run.process.waitForLine(containing: "the bot keeps running with the old ones")
        #expect(!Processes.isGone(try await run.bot()))
        #expect(await run.process.stop() == .exited(143))
        #expect(run.count("launcher: started") == 1)
    }

    /// A folder that the launcher does not look into would split the ledger.
    @Test func aReloadStaysInItsFolderAndAdoptsTheLog() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        try FileManager.default.createDirectory(at: folder.file("state"), withIntermediateDirectories: false)
        let run = try LauncherRun(in: folder, script: "echo \"ledger $KEEPALIVE_STATE_FILE\"; exec sleep 1000")
        let first = try await run.process.waitForLine(containing: "ledger ")
        try folder.write("STATE_DIRECTORY=\(folder.file("other").path)\nLOG_LEVEL=error\n", to: ".env")
        run.process.signal(SIGHUP)
        try await run.process.waitForLine(containing: "SIGHUP: the state folder stays \(run.state)")
        #expect(try await run.process.waitForLine(containing: "ledger ", occurrence: 2) == first)
        #expect(await run.process.stop() == .exited(143))
        #expect(run.count("launcher: started") == 1, "it is no error")
    }

    @Test func aFileThatCannotBeUsedNamesNoBotThatDoesNotRun() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let run = try LauncherRun(
            in: folder, script: "exit 1", ["RESTART_DELAY_SEC": "1000", "RESTART_MAX_DELAY_SEC": "1000"])
        try await run.process.waitForLine(containing: "restart in 1000 s")
        try folder.write("MAX_RESTARTS=none\n", to: ".env")
        run.process.signal(SIGHUP)
        try await run.process.waitForLine(containing: "variables are invalid; the launcher goes on with the old ones")
        #expect(await run.process.stop() == .exited(0))
    }
}
