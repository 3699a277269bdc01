import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ExitCodeTests {
    @Test(
        arguments: [(0, "the bot ended with exit code 0"), (70, "it reached MAX_RESTARTS"), (78, "cannot run")]
            as [(Int32, String)])
    func finalCodesEndTheLauncher(code: Int32, words: String) async throws {
        let run = try LauncherRun(script: "exit \(code)")
        #expect(await run.process.wait() == .exited(code))
        #expect(run.count("launcher: started") == 1)
        #expect(run.output.contains(words))
        #expect(run.log == run.output)
        #expect(!FileManager.default.fileExists(atPath: "\(run.state)/restart_backoff.json"))
    }

    @Test(arguments: ["exit 1", "kill -KILL $$", "kill -SEGV $$"])
    func anythingElseStartsItAgainByTheBackoff(script: String) async throws {
        let run = try LauncherRun(script: script, ["MAX_RESTARTS": "4", "RESTART_MAX_DELAY_SEC": "0.3"])
        #expect(await run.process.wait() == .exited(70))
        let lines = LogLines(run.output)
        #expect(lines.delays == ["0.1 s", "0.2 s", "0.3 s"])
        let starts = lines.times("launcher: started")
        #expect(starts.count == 4)
        for (index, (decided, delay)) in zip(lines.times("restart in"), [0.1, 0.2, 0.3]).enumerated() {
            // The stamp has microseconds, the timer milliseconds.
            #expect(starts[index + 1] - decided >= delay - 0.002)
        }
        #expect(run.output.contains("gave up after 4 failures in a row (MAX_RESTARTS)"))
        #expect(try run.crashReports().count == 4)
    }

    @Test(arguments: [
        ("kill -SEGV $$", "ended with: SIGSEGV (segmentation fault)", "signal: 11"),
        ("kill -KILL $$", "ended with: SIGKILL", "signal: 9"), ("exit 9", "ended with: exit code 9", "exit code: 9"),
    ])
    func aCrashIsReported(script: String, words: String, number: String) async throws {
        let run = try LauncherRun(
            script: "echo \"token $MY_TOKEN\"; echo line; printf 'last words'; \(script)",
            ["MAX_RESTARTS": "1", "MY_TOKEN": "hush-hush"])
        #expect(await run.process.wait() == .exited(70))
        let folder = "\(run.state)/crashes"
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
        let report = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        for text in [words, "\n\(number)\n", "\nuptime: ", "\n  token [hidden]\n", "\n  line\n", "\n  last words\n"] {
            #expect(report.contains(text), "\(text) is missing in:\n\(report)")
        }
        #expect(!(report + run.log).contains("hush"))
        let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aBotThatAsksToBeStartedAgainIsNotGivenUp() async throws {
        let run = try LauncherRun(
            script: "echo x >> ends; [ \"$(wc -l < ends)\" -ge 4 ] && exit 0; exit 75",
            ["MAX_RESTARTS": "1", "RESTART_MAX_DELAY_SEC": "0.1", "RESTART_DELAY_SEC": "0.1"])
        #expect(await run.process.wait() == .exited(0))
        #expect(run.count("the bot asked for a restart (exit code 75) after ") == 3)
        #expect(!run.output.contains("failure"))
    }

    @Test func aShortageThatTheBotMeetsCountsTowardNoLimit() async throws {
        let run = try LauncherRun(
            script: "echo x >> ends; [ \"$(wc -l < ends)\" -ge 4 ] && exit 0; exit 71",
            ["MAX_RESTARTS": "1", "RESTART_MAX_DELAY_SEC": "0.1", "RESTART_DELAY_SEC": "0.1"])
        #expect(await run.process.wait() == .exited(0))
        let words = "the bot reports a shortage of descriptors, memory, threads or disk space (exit code 71)"
        #expect(run.count(words) == 3)
    }

    @Test(arguments: ["0", "0.1"])
    func aCrashIsOneLineAndOneReport(delay: String) async throws {
        let run = try LauncherRun(
            script: "[ -e once ] && exit 0; touch once; kill -SEGV $$",
            ["RESTART_DELAY_SEC": delay, "RESTART_MAX_DELAY_SEC": delay])
        #expect(await run.process.wait() == .exited(0))
        let lines = LogLines(run.output).lines.map(\.text)
        let start = try #require(lines.lastIndex { $0.contains("launcher: started") })
        let death = try #require(lines.firstIndex { $0.contains("the bot died: SIGSEGV") })
        #expect(death < start, "\(lines)")
        #expect(lines.count { $0.contains("SIGSEGV") } == 1, "\(lines)")
        let path = try #require(lines[death].firstMatch(of: /; report: (.+)/)?.1)
        #expect(try String(contentsOfFile: String(path), encoding: .utf8).contains("SIGSEGV"))
    }

    @Test func aProgramThatCannotBeExecuted() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let shell = folder.file("shell")
        try FileManager.default.createSymbolicLink(atPath: shell.path, withDestinationPath: "/bin/sh")
        // It is gone at the bot's restart: the kernel then reports "no such file" for the bot.
        let program = try await folder.writeScript("#!\(shell.path)\nrm '\(shell.path)'; exit 1\n", to: "bot")
        let run = try LauncherRun(in: folder, ["--bot", program, "--health-url", "off"], ["MAX_RESTARTS": "2"])
        #expect(await run.process.wait() == .exited(70))
        #expect(
            run.output.contains("the bot \(program) cannot be executed: its interpreter \(shell.path) does not exist"))
        let again = try LauncherRun(in: folder, ["--bot", program])
        #expect(await again.process.wait() == .exited(78))
        #expect(again.output.contains("its interpreter \(shell.path) does not exist"))
    }

    @Test func aReaderOfTheLogThatGoesAway() async throws {
        // head ends after one line; then nothing reads the launcher's output.
        let run = try LauncherRun(
            shell: "{ $LAUNCHER 'i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; exit 7'; "
                + "echo \"code $?\" >&3; } 3>&2 2>/dev/null | head -n 1", ["MAX_RESTARTS": "2"])
        try await run.process.waitForLine(containing: "code 70")
        #expect(run.log.components(separatedBy: "Z line 499\n").count == 3)
    }

    @Test func aTalkativeDescendantOfADeadBotHoldsUpNothing() async throws {
        // The launcher's own output has no reader either, so it reads more slowly than the descendant writes.
        let unread = ["/bin/sh", "-c", "mkfifo unread && exec 9<>unread && exec \"$@\" >&9", "sh"]
        let loop = "BEGIN { for (;;) { print \"spam\"; if (++n == 5000) { print n > \"up\"; close(\"up\") } } }"
        let run = try LauncherRun(
            script: "setsid awk '\(loop)' & while [ ! -s up ]; do :; done; exit 3", ["MAX_RESTARTS": "1"],
            wrapper: unread)
        // If it kept reading, the suite would run out of time first.
        #expect(await run.process.wait() == .exited(70))
    }

    @Test func aLedgerThatCannotBeWrittenIsKeptInMemory() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        try FileManager.default.createDirectory(
            at: folder.file("state/restart_backoff.json"), withIntermediateDirectories: true)
        let run = try LauncherRun(in: folder, script: "exit 1", ["MAX_RESTARTS": "3"])
        #expect(await run.process.wait() == .exited(70))
        #expect(LogLines(run.output).delays == ["0.1 s", "0.2 s"])
        #expect(run.output.contains("cannot be used (Is a directory); delays are kept in memory only"))
    }
}
