import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CommandLineTests {
    private func run(_ arguments: [String], _ variables: [String: String] = [:]) async throws -> (Int32?, String) {
        let bot = try CasinoProcess(nil, variables, arguments: arguments)
        guard case .exited(let code) = await bot.child.wait() else { return (nil, bot.output) }
        return (code, bot.output)
    }

    @Test func help() async throws {
        for flag in ["--help", "-h"] {
            let (code, output) = try await run([flag])
            #expect(code == 0)
            #expect(output.contains("Usage: casino-bot [--demo] [--env-file PATH] [--port N] [--version] [--help]"))
        }
    }

    @Test(arguments: [["--nonsense"], ["--port"], ["demo"], ["--demo", "--env-file"], ["--help", "--x"]])
    func usage(arguments: [String]) async throws {
        let (code, output) = try await run(arguments)
        #expect(code == 64)
        #expect(output.hasPrefix("casino-bot: "))
        #expect(output.contains("Try casino-bot --help"))
        #expect(output.split(separator: "\n").count == 1)
    }

    @Test func nothingIsSetAndAllOfItIsSaid() async throws {
        let (code, output) = try await run([])
        #expect(code == 78)
        #expect(output.contains("BOT_TOKEN is not set") && output.contains("OWNER_USER_ID is not set"))
    }

    @Test func aLogFileThatCannotBeOpenedIsNamed() async throws {
        let (code, output) = try await run(["--demo"], ["LOG_FILE": "/nonexistent/bot.log"])
        #expect(code == 78)
        #expect(output.contains("LOG_FILE=\"/nonexistent/bot.log\" cannot be opened"))
    }

    @Test func aWatchdogTimeThatIsNoNumberIsNamed() async throws {
        let bot = try CasinoProcess(nil, ["WATCHDOG_USEC": "soon"], arguments: ["--demo"])
        try await bot.child.waitForLine(containing: "WARN  WATCHDOG_USEC=\"soon\" has no effect: give a whole number")
        #expect(await bot.stop() == .exited(0))
    }

    @Test func aFlagWinsOverTheEnvironmentAndThatOverTheFile() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("DEMO_MODE=true\nPORT=x\nBOT_ENV='stage'\nLOG_FORMAT=\"json\"\n", to: ".env")
        let bot = try CasinoProcess(nil, in: folder, ["PORT": "y", "LOG_FORMAT": "text"], arguments: ["--port", "0"])
        try await bot.child.waitForLine(containing: "INFO  Casino Bot 1.0.0-rc.1 starts (environment stage)")
        #expect(try await bot.port() != 0)
        #expect(await bot.stop() == .exited(0))
    }

    @Test(arguments: [
        ("A=1\nB='open\n", "other.env line 2"), ("=x", "other.env line 1"), ("DEMO_MODE=true\njunk secret\n", "line 2"),
    ])
    func aFileThatCannotBeReadIsNamed(text: String, words: String) async throws {
        let folder = try TemporaryDirectory()
        try folder.write(text, to: "other.env")
        let bot = try CasinoProcess(nil, in: folder, arguments: ["--demo", "--env-file", "other.env"])
        #expect(await bot.child.wait() == .exited(78))
        #expect(bot.output.contains(words))
        #expect(!bot.output.contains("secret"))
    }

    @Test func aFileThatIsNotThereIsNamed() async throws {
        let (code, output) = try await run(["--demo", "--env-file", "none.env"])
        #expect(code == 78)
        #expect(output.contains("none.env: the file does not exist; check the path"))
    }
}
