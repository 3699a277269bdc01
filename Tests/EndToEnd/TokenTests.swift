import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct TokenTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    private func expectCriticalEnd(_ bot: CasinoProcess) async {
        #expect(await bot.child.wait() == .exited(78))
        #expect(bot.output.contains("Telegram refuses the token"))
        #expect(bot.output.contains("BOT_TOKEN"))
        #expect(bot.output.contains("starting again will not help"))
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
}
