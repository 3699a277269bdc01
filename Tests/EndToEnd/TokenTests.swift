import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct TokenTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    private func expectCriticalEnd(_ bot: CasinoProcess) async {
        #expect(await bot.child.wait() == .exited(78))
        #expect(bot.output.contains("Telegram rejects the token"))
        #expect(bot.output.contains("BOT_TOKEN"))
        #expect(bot.output.contains("a restart will not help"))
        #expect(!bot.output.contains(telegram.token))
    }

    @Test(arguments: [401, 404])
    func aTokenThatIsRefusedAtTheStartEndsIt(status: Int) async throws {
        telegram.scriptForever(.status(status), for: "getMe")
        await expectCriticalEnd(try CasinoProcess(telegram))
        #expect(telegram.callCount("getMe") == 1)
    }

    @Test func anotherBotsTokenEndsIt() async throws {
        let bot = try CasinoProcess(telegram, ["BOT_TOKEN": "110201543:" + String(repeating: "x", count: 35)])
        await expectCriticalEnd(bot)
    }

    @Test(arguments: ["getUpdates", "sendMessage", "sendDice"])
    func aTokenThatIsRevokedLaterEndsIt(method: String) async throws {
        let bot = try CasinoProcess(telegram)
        try await telegram.waitForWaitingPoll()
        telegram.scriptForever(.status(401), for: method)
        telegram.enqueue(message: method == "sendDice" ? "/dice" : "/start", from: 7)
        await expectCriticalEnd(bot)
        #expect(telegram.callCount(method) <= 2)
    }

    @Test(arguments: [true, false])
    func theTokenMayStandInAFile(isCredential: Bool) async throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(telegram.token + "\n", to: "bot_token").path
        let variables = isCredential ? ["CREDENTIALS_DIRECTORY": folder.path] : ["BOT_TOKEN_FILE": path]
        let bot = try CasinoProcess(telegram, ["BOT_TOKEN": ""].merging(variables) { $1 })
        try await telegram.waitForWaitingPoll()
        #expect(await bot.child.stop() == .exited(0))
        #expect(!bot.output.contains(telegram.token))
    }

    @Test(arguments: [
        (["BOT_TOKEN_FILE": "/nonexistent/token"], ["BOT_TOKEN", "BOT_TOKEN_FILE (in the environment) are both set"]),
        (
            ["BOT_TOKEN": "", "BOT_TOKEN_FILE": "/nonexistent/token"],
            ["BOT_TOKEN_FILE=\"/nonexistent/token\" cannot be read"]
        ),
        (["PORT": "", "PORT_FILE": "/"], ["PORT_FILE=\"/\" is a folder"]),
    ])
    func aFileThatCannotBeUsedEndsIt(variables: [String: String], words: [String]) async throws {
        let bot = try CasinoProcess(telegram, variables)
        #expect(await bot.child.wait() == .exited(78))
        for words in words { #expect(bot.output.contains(words), "\(bot.output)") }
        #expect(!bot.output.contains(telegram.token))
    }
}
