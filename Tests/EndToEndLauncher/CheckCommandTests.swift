import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct CheckCommandTests {
    private func end(_ options: [String], _ variables: [String: String] = [:], in folder: TemporaryDirectory? = nil)
        async throws -> (ChildProcess.ExitStatus, String)
    {
        let run = try LauncherRun(in: folder, options, variables)
        return (await run.process.wait(), run.output)
    }

    @Test func aBotThatCanRun() async throws {
        let (status, output) = try await end(["--check", "--", "--demo"], ["PORT": "0"])
        #expect(status == .exited(0))
        #expect(output == "launcher: the bot can run\n")
    }

    @Test func everyFindingAtOnceWithItsRemedy() async throws {
        let (status, output) = try await end(
            ["--check"], ["BOT_TOKEN": "1:tooshort", "PORT": "0", "MAX_RESTARTS": "no", "DATABASE_PATH": "none/x.db"])
        #expect(status == .exited(78))
        for words in [
            "BOT_TOKEN (hidden, 10 characters) is not allowed: give", "OWNER_USER_ID is not set: send /start",
            "MAX_RESTARTS=\"no\" is not allowed: give",
            "the folder none of DATABASE_PATH does not exist or is not writable",
        ] {
            #expect(output.contains("\n  - \(words)"))
        }
        #expect(!output.contains("tooshort"))
        #expect(output.components(separatedBy: "\n  - ").count == 5)
    }

    /// lease-keeper reads it with libpq, as at its start.
    @Test(arguments: [["--check"], []], ["127.0.0.1:99999/x", "127.0.0.1/x?bogus=1", "[::1/x"])
    func anAddressOfTheLeaseThatLibpqRefuses(options: [String], address: String) async throws {
        let (status, output) = try await end(
            options + ["--bot", "/bin/sh"], ["LEASE_URL": "postgres://user:geheim@\(address)"])
        #expect(status == .exited(78))
        #expect(output.contains("\n  - LEASE_URL (hidden) is not allowed: the PostgreSQL URL cannot be read: "))
        #expect(output.components(separatedBy: "\n  - ").count == 2, "\(output)")
        #expect(!output.contains("geheim"))
    }

    @Test func anAddressOfTheLeaseThatLibpqTakes() async throws {
        let (status, output) = try await end(["--check", "--bot", "/bin/sh"], ["LEASE_URL": "postgres://db.example/x"])
        #expect(status == .exited(0))
        #expect(output == "launcher: the bot can run\n")
    }

    @Test(arguments: [["--what"], ["--bot"], ["--health-url", "x"]])
    func wrongUsage(arguments: [String]) async throws {
        let (status, output) = try await end(arguments)
        #expect(status == .exited(64))
        #expect(output.hasSuffix(" Try launcher --help.\n"))
    }

    @Test(arguments: ["launcher", "lease-keeper", "health-check", "casino-bot"])
    func noArgumentActsOnTheTerminal(program: String) async throws {
        let (status, output) = try await ChildProcess.run(ChildProcess.product(program), ["--x\u{1B}[31m\u{202E}"])
        #expect(status == .exited(64))
        #expect(output.hasPrefix("\(program): unknown argument --x\\x1b[31m\\u202e"), "\(output)")
    }

    @Test func noVariableActsOnTheTerminal() async throws {
        let (status, output) = try await end(["--check", "--bot", "/bin/sh"], ["PORT": "\u{1B}[31m"])
        #expect(status == .exited(78))
        #expect(output.contains("\n  - PORT=\"\\x1b[31m\" is not allowed: give "), "\(output)")
    }

    /// casino-bot has its own version, because it uses only public API; a release has one version for all.
    @Test(arguments: ["launcher", "health-check", "casino-bot"], ["--version", "-V"])
    func version(program: String, flag: String) async throws {
        let (status, output) = try await ChildProcess.run(ChildProcess.product(program), [flag])
        #expect(status == .exited(0))
        #expect(output == "\(program) \(kitVersion)\n")
    }

    @Test func help() async throws {
        let (status, output) = try await end(["--help"])
        #expect(status == .exited(0))
        #expect(output.hasPrefix("launcher: "))
    }

    @Test func whatOthersCanReadIsAWarning() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let file = try folder.write("A=b\n", to: ".env").path
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        let (status, output) = try await end(["--check", "--bot", "/bin/sh"], in: folder)
        #expect(status == .exited(0))
        #expect(output.contains("warning: .env is readable by others and may hold secrets: chmod 600 .env"))
    }

    @Test(arguments: [("A=1\nB\n", ".env line 2: "), ("A=\"x\n", ".env line 1: ")])
    func aBrokenEnvironmentFile(text: String, words: String) async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        try folder.write(text, to: ".env")
        let (status, output) = try await end(["--check", "--bot", "/bin/sh"], in: folder)
        #expect(status == .exited(78))
        #expect(output.contains(words))
    }

    /// LOGS_DIRECTORY comes from the environment alone.
    @Test func aCheckWarnsOfTheLogAndLeavesNothingBehind() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let (status, output) = try await end(
            ["--check", "--bot", "/bin/sh", "--state-dir", "a/state"], ["LOGS_DIRECTORY": "none"], in: folder)
        #expect(status == .exited(0))
        #expect(output.hasPrefix("launcher: warning: the folder none of LOGS_DIRECTORY does not exist or is not"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test(arguments: [
        ("/proc/nothing", "is not writable: make it writable, or give another"),
        ("/dev/null/state", "cannot be used: /dev/null is not a folder; give another"),
    ])
    func aStateFolderThatCannotBeWritten(path: String, words: String) async throws {
        let (status, output) = try await end(["--bot", "/bin/sh", "--state-dir", path])
        #expect(status == .exited(78))
        #expect(output.contains("the state folder \(path) \(words) --state-dir"))
    }

    @Test(.enabled("mounting is not permitted here", { await Namespace.isPermitted(.mount) }))
    func aReadOnlyFileSystem() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        try FileManager.default.createDirectory(at: folder.file("state"), withIntermediateDirectories: false)
        let run = try LauncherRun(
            in: folder, ["--bot", "/bin/sh"],
            wrapper: Namespace.mount("mount -t tmpfs -o ro none state"))
        #expect(await run.process.wait() == .exited(78))
        #expect(run.output.contains("/state is not writable: make it writable, or give another --state-dir"))
    }

    @Test func aPathTooLongForASocket() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let long = folder.file(String(repeating: "x", count: 120)).path
        let (status, _) = try await end(["--check", "--bot", "/bin/sh", "--state-dir", long], in: folder)
        #expect(status == .exited(0))
        // The socket is in another place, where no other user can take it.
        let script = "test -S \"$NOTIFY_SOCKET\" && ls -ld \"${NOTIFY_SOCKET%/*}\" | cut -c1-10; exit 70"
        let (ended, output) = try await end(
            ["--bot", "/bin/sh", "--health-url", "off", "--state-dir", long, "--", "-c", script], in: folder)
        #expect(ended == .exited(70))
        #expect(output.contains("drwx------\n"))
    }

    @Test func theSecondLauncherIsRefused() async throws {
        let run = try LauncherRun(script: "echo up; exec sleep 1000")
        try await run.process.waitForLine(containing: "up")
        let second = try LauncherRun(in: run.folder, script: "echo up")
        #expect(await second.process.wait() == .exited(78))
        #expect(second.output.contains("another launcher runs a bot with the state folder \(run.state): stop it"))
        #expect(run.process.status == nil)
    }

    @Test(arguments: [(["V": ""], "from file"), (["V": "from outside"], "from outside"), ([:], "from file")])
    func anEmptyVariableCountsAsNone(variables: [String: String], expected: String) async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        try folder.write("V='from file'\n", to: "env")
        let run = try LauncherRun(
            in: folder, script: "echo \"V is $V\"; exit 0", variables,
            options: ["--health-url", "off", "--env-file", "env"])
        #expect(await run.process.wait() == .exited(0))
        #expect(run.output.contains("V is \(expected)\n"))
    }

    @Test(arguments: [("", "state"), ("one", "one"), ("one:two", "one")])
    func theFolderThatSystemdGives(value: String, expected: String) async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let value = value.split(separator: ":").map { folder.file(String($0)).path }.joined(separator: ":")
        let run = try LauncherRun(in: folder, script: "exit 0", ["STATE_DIRECTORY": value])
        #expect(await run.process.wait() == .exited(0))
        #expect(FileManager.default.fileExists(atPath: folder.file("\(expected)/launcher.lock").path))
    }
}
