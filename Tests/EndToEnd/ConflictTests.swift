import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ConflictTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    @Test func backsOffAndSaysWhoItMayBe() async throws {
        telegram.script(.conflict, for: "getUpdates", times: 2)
        let bot = try CasinoProcess(telegram, ["MAX_RESTARTS": "1", "RESTART_DELAY_SEC": "1"])
        let line = try await bot.child.waitForLine(containing: "Telegram: 409", occurrence: 2)
        #expect(line.contains("a second copy of the bot runs with the same BOT_TOKEN"))
        #expect(line.contains("uses up no attempt"))
        telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForSent { $0.chatID == 7 }
        let polls = telegram.calls(to: "getUpdates")
        #expect(polls.count <= 4)
        #expect(polls[0].time.duration(to: polls[1].time) >= .seconds(1))
        #expect(polls[1].time.duration(to: polls[2].time) >= .seconds(2))
        try await bot.health("healthy")
        #expect(await bot.stop() == .exited(0))
    }

    /// Two real copies: the older one is thrown out by the newer, waits, and takes over once that has gone.
    @Test func twoCopiesDoNotDoubleABet() async throws {
        let first = try CasinoProcess(telegram)
        try await telegram.waitForWaitingPoll()
        let second = try CasinoProcess(telegram)
        try await first.child.waitForLine(containing: "second copy of the bot")
        telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForSent { $0.chatID == 7 }
        #expect(await second.stop() == .exited(0))
        let id = telegram.enqueue(message: "/balance", from: 8)
        try await telegram.waitForSent { $0.chatID == 8 }
        try await telegram.waitForConfirmation(of: id)
        #expect(await first.stop() == .exited(0))
    }

    @Test func aWebhookIsNamedToo() async throws {
        telegram.overrideWebhookInfo(["url": "https://example.com/hook"])
        let bot = try CasinoProcess(telegram)
        let line = try await bot.child.waitForLine(containing: "Telegram: 409")
        #expect(line.contains("webhook is active"))
        try await bot.health("unhealthy") { $0["reasons"]?[0]?.string?.contains("409") == true }
        telegram.overrideWebhookInfo([:])
        try await bot.health("healthy")
        #expect(await bot.stop() == .exited(0))
    }
}
