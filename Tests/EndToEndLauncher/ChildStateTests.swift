import Foundation
import KeepAliveTestSupport
import Testing

/// The state that a bot finds when it starts.
@Suite(.timeLimit(.minutes(1)), .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "no /proc"))
struct ChildStateTests {
    /// Ignored signals stay ignored, except SIGTERM and SIGCHLD; none is blocked.
    @Test(
        arguments: [
            ([], 0), (["/usr/bin/env", "--ignore-signal=TERM,CHLD"], 0),
            (["/usr/bin/env", "--ignore-signal=TERM,HUP,INT,QUIT"], 0b111),
            (["/usr/bin/env", "--block-signal=TERM,INT,HUP,USR1,CHLD"], 0),
        ] as [([String], UInt64)])
    func signalsAreAsNew(wrapper: [String], ignored: UInt64) async throws {
        let run = try LauncherRun(script: "grep Sig /proc/self/status; exit 0", wrapper: wrapper)
        #expect(await run.process.wait() == .exited(0))
        for name in ["SigPnd", "SigBlk", "SigIgn"] {
            let line = try #require(run.output.split(separator: "\n").first { $0.hasPrefix("\(name):") })
            let mask = try #require(UInt64(line.dropFirst(name.count + 2), radix: 16))
            // 32 and 33 belong to the thread library, and posix_spawn(3) ignores them in each child of the tests.
            #expect(mask & ~0x1_8000_0000 == (name == "SigIgn" ? ignored : 0), "\(line)")
        }
    }

    /// nohup(1): the end of the terminal is no reason to restart.
    @Test func anIgnoredSignalIsNoCommand() async throws {
        let run = try LauncherRun(
            script: "echo up; exec sleep 1000", wrapper: ["/usr/bin/env", "--ignore-signal=HUP"])
        try await run.process.waitForLine(containing: "up")
        run.process.signal(SIGHUP)
        #expect(await run.process.stop() == .exited(143))
        #expect(!run.output.contains("SIGHUP"))
    }

    /// Bytes that are not UTF-8 reach the bot, and its output reaches standard output and the log.
    @Test func bytesPassThrough() async throws {
        let run = try LauncherRun(
            shell: "GREETING=$(printf 'caf\\351') exec $LAUNCHER 'printf \"<%s|%s>\\n\" \"$GREETING\" \"$0\"; exit 70' "
                + "\"$(printf 'na\\357ve')\" > out")
        #expect(await run.process.wait() == .exited(70))
        let expected = Data("<caf".utf8) + [0xE9] + Data("|na".utf8) + [0xEF] + Data("ve>\n".utf8)
        for name in ["out", "bot_launcher.log"] {
            #expect(try Data(contentsOf: run.folder.file(name)).range(of: expected) != nil, "\(name)")
        }
    }

    /// The first file opened must not become the bot's standard output.
    @Test func outputWithoutStandardOutputGoesToNoFile() async throws {
        let run = try LauncherRun(shell: "exec $LAUNCHER 'echo out; echo err >&2; exit 70' >&-")
        #expect(await run.process.wait() == .exited(70))
        for name in try FileManager.default.contentsOfDirectory(atPath: run.state) {
            let text = try? String(contentsOf: run.folder.file("state/\(name)"), encoding: .utf8)
            #expect(text?.contains("out\n") != true, "\(name)")
        }
        #expect(run.log.contains(" out\n") && run.log.contains(" err\n"))
    }

    @Test func blockedSignalsReachTheLauncher() async throws {
        let run = try LauncherRun(
            script: "echo up; exec sleep 1000", wrapper: ["/usr/bin/env", "--block-signal=TERM,CHLD"])
        try await run.process.waitForLine(containing: "up")
        run.process.signal(SIGTERM)
        try await run.process.waitForLine(containing: "SIGTERM: stopping the bot")
        #expect(await run.process.wait() == .exited(143))
    }

    @Test func aGroupOfItsOwn() async throws {
        let run = try LauncherRun(script: "echo \"self $$ $(cut -d' ' -f5 /proc/self/stat)\"; exit 0")
        let bot = try await run.bot()
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output.contains("self \(bot) \(bot)\n"))
        #expect(bot != run.process.processID)
    }

    /// The descriptors that ls(1) lists of itself, without the folder it reads.
    private func descriptors(_ output: String) -> [String] {
        output.matches(of: /([0-9]+) -> (.+)\n/).map { "\($0.1) \($0.2)" }.filter { !$0.contains(" /proc/") }
    }

    @Test func noDescriptorLeaks() async throws {
        let run = try LauncherRun(["--bot", "/bin/ls", "--health-url", "off", "--", "-l", "/proc/self/fd"])
        #expect(await run.process.wait() == .exited(0))
        let direct = try ChildProcess(
            executable: "/bin/ls", arguments: ["-l", "/proc/self/fd"], workingDirectory: run.folder.path)
        #expect(await direct.wait() == .exited(0))
        // The launcher passes on the descriptors it was given, like any program; it adds three of its own.
        let given = descriptors(direct.output)
        let found = descriptors(run.output)
        let own = found.filter { !given.contains($0) || $0.hasPrefix("0 ") }
        #expect(own.map { $0.prefix(7) } == ["0 /dev/", "1 pipe:", "2 pipe:"], "\(found)")
    }

    @Test func withoutStandardStreams() async throws {
        let run = try LauncherRun(shell: "$LAUNCHER 'echo up; exit 70' <&- >&- 2>&-; echo \"code $?\"")
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output == "code 70\n")
        #expect(run.log.contains("Z up\n"))
    }

    @Test func variablesAndArguments() async throws {
        let run = try LauncherRun(
            [
                "--bot", "/bin/sh", "--health-url", "off", "--", "-c", "echo \"<$1> <$KEEPALIVE_STATE_FILE> <$A>\"",
                "sh", "a  b",
            ],
            ["A": "1=2"])
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output.contains("<a  b> <\(run.state)/restart_backoff.json> <1=2>\n"))
    }
}
