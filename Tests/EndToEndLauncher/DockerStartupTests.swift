import Foundation
import KeepAliveTestSupport
import Testing

/// docker-startup.sh with the programs beside it, as the Dockerfile lays them out.
@Suite(.timeLimit(.minutes(2)))
struct DockerStartupTests {
    private let image: TemporaryDirectory
    private var entry: String { image.file("bin/docker-startup.sh").path }

    init() throws {
        image = try TemporaryDirectory(prefix: "ka")
        let files = FileManager.default
        try files.createDirectory(at: image.file("bin"), withIntermediateDirectories: false)
        try files.createDirectory(at: image.file("data"), withIntermediateDirectories: false)
        // A link, not a copy: a file that another test's child has open for writing cannot be executed.
        try files.createSymbolicLink(atPath: entry, withDestinationPath: Repository.file("docker-startup.sh"))
        for name in ["launcher", "casino-bot", "health-check"] {
            try files.createSymbolicLink(
                atPath: image.file("bin/\(name)").path, withDestinationPath: try ChildProcess.product(name))
        }
    }

    private func start(
        _ arguments: [String] = ["--demo"], _ variables: [String: String] = [:], wrapper: [String] = []
    ) throws -> ChildProcess {
        let command = wrapper + [entry] + arguments
        let defaults = ["PATH": "/usr/bin:/bin", "DATA_DIR": image.file("data").path, "PORT": "0"]
        return try ChildProcess(
            executable: command[0], arguments: Array(command.dropFirst()),
            environment: defaults.merging(variables) { $1 }, workingDirectory: image.path)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/shellcheck"), "no shellcheck"))
    func isCleanUnderShellcheck() async throws {
        let child = try ChildProcess(
            executable: "/usr/bin/shellcheck", arguments: [Repository.file("docker-startup.sh")])
        #expect(await child.wait() == .exited(0))
        #expect(child.output == "")
    }

    @Test(.enabled("a PID namespace is not permitted here", { await Namespace.isPermitted(.process) }))
    func asTheFirstProcessOfAContainer() async throws {
        let child = try start(wrapper: Namespace.process)
        let port = try await child.healthPort()
        try await child.waitForLine(containing: "the bot is ready")
        let first = try #require(Processes.child(of: child.processID))
        #expect(try String(contentsOfFile: "/proc/\(first)/comm", encoding: .utf8) == "launcher\n")
        let check = try ChildProcess(
            executable: image.file("bin/health-check").path, arguments: ["--quiet"], environment: ["PORT": "\(port)"],
            workingDirectory: image.file("data").path)
        #expect(await check.wait() == .exited(0))
        kill(first, SIGTERM)
        #expect(await child.wait() == .exited(0))
        for name in ["casino.db", "state/launcher.lock", "bot_launcher.log"] {
            #expect(FileManager.default.fileExists(atPath: image.file("data/\(name)").path), "\(name)")
        }
    }

    @Test func theEnvironmentIsLookedAt() async throws {
        let child = try start([], ["BOT_TOKEN": "1:tooshort"])
        #expect(await child.wait() == .exited(78))
        #expect(child.output.contains("BOT_TOKEN (hidden, 10 characters) is not allowed: give"))
        #expect(child.output.contains("OWNER_USER_ID is not set: "))
    }

    @Test(arguments: [
        ("BIN_DIR", "/nonexistent", "/nonexistent/launcher does not exist or is not executable: rebuild the image"),
        ("DATA_DIR", "/proc/nothing", "/proc/nothing is no folder and cannot be created: mount a volume"),
        ("DATA_DIR", "/dev/null", "/dev/null is no folder and cannot be created: mount a volume"),
    ])
    func errorsNameTheirRemedy(name: String, value: String, words: String) async throws {
        let child = try start(["--demo"], [name: value])
        #expect(await child.wait() == .exited(78))
        #expect(child.output.hasPrefix("docker-startup: \(words)"), "\(child.output)")
        #expect(child.output.split(separator: "\n").count == 1)
    }

    @Test func aPathMayStandInAFile() async throws {
        let paths = ["DATABASE_PATH": image.file("mine.db").path, "STATE_DIRECTORY": image.file("mine").path]
        var variables: [String: String] = [:]
        for (name, path) in paths { variables["\(name)_FILE"] = try image.write(path + "\n", to: name).path }
        let child = try start(["--demo"], variables)
        try await child.waitForLine(containing: "the bot is ready")
        #expect(await child.stop() == .exited(0))
        for path in [paths["DATABASE_PATH"], image.file("mine/launcher.lock").path] {
            #expect(try FileManager.default.fileExists(atPath: #require(path)), "\(child.output)")
        }
        #expect(!FileManager.default.fileExists(atPath: image.file("data/casino.db").path))
    }

    @Test func relativeFoldersAreThoseOfTheCaller() async throws {
        let child = try start(["--demo"], ["DATA_DIR": "data", "BIN_DIR": "bin"])
        try await child.waitForLine(containing: "the bot is ready")
        #expect(await child.stop() == .exited(0))
        #expect(FileManager.default.fileExists(atPath: image.file("data/casino.db").path))
    }

    @Test(arguments: ["/bin/dash", "/bin/bash", "/bin/sh"].filter { FileManager.default.isExecutableFile(atPath: $0) })
    func runsUnderEachShell(shell: String) async throws {
        let child = try start(["--demo", "--what"], wrapper: [shell])
        // The arguments reach the bot unchanged; the bot judges them.
        #expect(try await child.waitForLine(containing: "unknown argument").contains("unknown argument --what"))
        await child.stop()
    }
}
