import Foundation
import KeepAliveTestSupport
import Testing

/// The bots of docs/languages.md, unchanged, each in its own language under the real launcher.
@Suite(.timeLimit(.minutes(4)))
struct LanguageTests {
    private let folder: TemporaryDirectory
    private let manager: ManagerSocket

    init() throws {
        folder = try TemporaryDirectory(prefix: "ka")
        manager = try ManagerSocket(in: folder)
    }

    /// A bot of the page, by its file's name.
    enum Bot: String, CaseIterable, CustomTestStringConvertible {
        case python = "bot.py"
        case asyncio = "async_bot.py"
        case node = "bot.js"
        case go = "bot.go"
        case shell = "bot.sh"

        var testDescription: String { rawValue }

        private var programs: [String] {
            switch self {
            case .python, .asyncio: ["python3"]
            case .node: ["node", "systemd-notify"]
            case .go: ["go"]
            case .shell: ["sh", "systemd-notify"]
            }
        }

        /// The first missing program on this machine; nil if it has all.
        var missing: String? { programs.first { Self.path(of: $0) == nil } }

        /// The bots that can run here.
        static var runnable: [Bot] { allCases.filter { $0.missing == nil } }

        static var skipped: Comment {
            Comment(
                rawValue: allCases.compactMap { bot in bot.missing.map { "\(bot.rawValue): no \($0)" } }.joined(
                    separator: ", "))
        }

        /// The system's program comes before the user's, which may be a script that starts another.
        private static func path(of program: String) -> String? {
            let folders =
                ["/usr/bin", "/usr/local/bin"]
                + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
            return folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        }

        /// The bot's command and arguments, ready in a folder.
        func command(in folder: TemporaryDirectory, code: String) async throws -> [String] {
            let file = folder.file(rawValue).path
            try code.write(toFile: file, atomically: true, encoding: .utf8)
            let program = try #require(programs.first.flatMap(Self.path))
            guard self == .go else { return [program, file] }
            let built = folder.file("bot").path
            let (status, output) = try await ChildProcess.run(
                program, ["build", "-o", built, file],
                environment: [
                    "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path,
                    "GOFLAGS": "-mod=mod",
                    "GO111MODULE": "off", "GOCACHE": folder.file("cache").path,
                ], in: folder.path)
            try #require(status == .exited(0), "\(output)")
            return [built]
        }
    }

    /// The page's code blocks, by the names after their language.
    private static func blocks() throws -> [String: String] {
        let page = try String(contentsOfFile: Repository.file("docs/languages.md"), encoding: .utf8)
        var blocks: [String: String] = [:]
        for part in page.components(separatedBy: "\n```").dropFirst() {
            let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let words = lines[0].split(separator: " ")
            if words.count == 2, lines.count == 2 { blocks[String(words[1])] = "\(lines[1])\n" }
        }
        return blocks
    }

    private func code(_ bot: Bot) throws -> String { try #require(try Self.blocks()[bot.rawValue]) }

    private func launch(
        _ command: [String], health: String = "off", _ variables: [String: String] = [:]
    ) throws -> LauncherRun {
        let defaults = ["NOTIFY_SOCKET": manager.path, "BOT_WATCHDOG_SEC": "8", "SHUTDOWN_TIMEOUT_SEC": "0"]
        return try LauncherRun(
            in: folder, ["--bot", command[0], "--health-url", health, "--"] + command.dropFirst(),
            defaults.merging(variables) { $1 })
    }

    @Test func thePageHasTheseBotsAndNoOthers() throws {
        let blocks = try Self.blocks()
        #expect(Set(blocks.keys) == Set(Bot.allCases.map(\.rawValue)))
        for (name, code) in blocks {
            let lines = code.split(separator: "\n").count
            #expect((7...18).contains(lines), "\(name) has \(lines) lines")
        }
    }

    @Test(.enabled(if: Bot.allCases == Bot.runnable, Bot.skipped)) func noLanguageIsMissing() {
        #expect(Bot.runnable.count == Bot.allCases.count)
    }

    /// Directly under the manager, which sees each sign of life.
    @Test(arguments: Bot.runnable) func saysItIsReadyAndGoesOnToSaySo(bot: Bot) async throws {
        let command = try await bot.command(in: folder, code: code(bot))
        let process = try ChildProcess(
            executable: command[0], arguments: Array(command.dropFirst()),
            environment: LauncherRun.variables.merging(["NOTIFY_SOCKET": manager.path]) { $1 },
            workingDirectory: folder.path)
        try await manager.wait(for: "READY=1")
        try await manager.wait(for: "STATUS=connected")
        try await manager.wait(for: "WATCHDOG=1", occurrence: 4)
        #expect(process.status == nil, "\(process.output)")
        process.signalGroup(SIGKILL)
    }

    @Test(arguments: Bot.runnable) func oneThatFreezesIsStartedAgain(bot: Bot) async throws {
        let run = try launch(try await bot.command(in: folder, code: code(bot)))
        let first = try await run.bot()
        try await run.process.waitForLine(containing: "the bot is ready")
        try await manager.wait(for: "READY=1")
        try await manager.wait(for: "STATUS=connected")
        kill(first, SIGSTOP)
        try await run.process.waitForLine(containing: "aborting the bot: it sent no WATCHDOG=1 in time")
        #expect(try await run.bot(2) != first)
        try await manager.wait(for: "READY=1", occurrence: 2)
        #expect(await run.process.stop() == .exited(143))
    }

    /// Alive for the kernel, but permanently stuck in a call.
    @Test(
        .enabled(if: Bot.python.missing == nil, "python3 is missing"),
        arguments: [(Bot.python, "    time.sleep(1)"), (.asyncio, "        await asyncio.sleep(1)")])
    func aCallThatNeverReturnsIsSeen(bot: Bot, work: String) async throws {
        let code = try code(bot)
        let indent = work.prefix { $0 == " " }
        let hang = "\(indent)__import__('time').sleep(10**6 if os.path.exists('hang') else 1)"
        let stuck = code.replacing(work, with: hang)
        try #require(stuck != code)
        let run = try launch(try await bot.command(in: folder, code: stuck))
        try await manager.wait(for: "READY=1")
        try "".write(toFile: folder.file("hang").path, atomically: true, encoding: .utf8)
        try await run.process.waitForLine(containing: "aborting the bot: it sent no WATCHDOG=1 in time")
        try await run.process.waitForLine(containing: "the bot died: SIGABRT")
        try FileManager.default.removeItem(atPath: folder.file("hang").path)
        try await manager.wait(for: "READY=1", occurrence: 2)
        await run.process.stop()
    }

    /// Work follows the first notification.
    @Test(
        .enabled(if: Bot.python.missing == nil, "python3 is missing"),
        arguments: [(Bot.python, "    time.sleep(1)"), (.asyncio, "        await asyncio.sleep(1)")])
    func aSocketThatIsGoneEndsNoBot(bot: Bot, work: String) async throws {
        let indent = work.prefix { $0 == " " }
        let said = "\(indent)print('at work', flush=True); __import__('time').sleep(0.1)"
        let command = try await bot.command(in: folder, code: try code(bot).replacing(work, with: said))
        let process = try ChildProcess(
            executable: command[0], arguments: Array(command.dropFirst()),
            environment: LauncherRun.variables.merging(["NOTIFY_SOCKET": folder.file("gone").path]) { $1 },
            workingDirectory: folder.path)
        try await process.waitForLine(containing: "at work", occurrence: 2)
        process.signalGroup(SIGKILL)
    }

    @Test(.enabled(if: Bot.node.missing == nil, "node or systemd-notify is missing"))
    func thePortThatNodeAnnouncesIsPolled() async throws {
        let run = try launch(
            try await Bot.node.command(in: folder, code: code(.node)), health: "auto",
            ["BOT_WATCHDOG_SEC": "0", "HEALTH_GRACE_SEC": "0", "HEALTH_INTERVAL_SEC": "1", "HEALTH_FAILURES": "2"])
        let first = try await run.bot()
        // Without a grace period the launcher counts it as ready at once; its status comes with the port.
        try await manager.wait(for: "STATUS=connected")
        kill(first, SIGSTOP)
        try await run.process.waitForLine(containing: "restarting the bot: its health check failed 2 times in a row")
        #expect(try await run.bot(2) != first)
        await run.process.stop()
    }

    /// It is polled nowhere, warned of once where it would be polled, and left alone.
    @Test(
        .enabled(if: Bot.shell.missing == nil, "systemd-notify is missing"), arguments: [("auto", 1), ("off", 0)])
    func aWrongPortIsNamedOnce(health: String, count: Int) async throws {
        let script =
            "for i in 1 2 3; do systemd-notify --ready X_KEEPALIVE_PORT=99999; done; echo said; exec sleep 1000"
        let run = try launch(
            ["/bin/sh", "-c", script], health: health, ["HEALTH_GRACE_SEC": "0", "HEALTH_INTERVAL_SEC": "1"])
        try await run.process.waitForLine(containing: "said")
        try await manager.wait(for: "READY=1", occurrence: 3)
        #expect(await run.process.stop() == .exited(143))
        #expect(run.count("X_KEEPALIVE_PORT=\"99999\", which is not a port (1 to 65535)") == count)
        #expect(run.count("launcher: started") == 1)
        #expect(!run.output.contains("health check failed"))
    }
}
