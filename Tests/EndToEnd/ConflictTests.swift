import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ConflictTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    /// A test of the body alone covers the later log line about a duplicate, which takes a minute.
    @Test func waitsOutThePollOfTheProcessBefore() async throws {
        telegram.script(.conflict, for: "getUpdates", times: 2)
        let bot = try CasinoProcess(telegram, ["MAX_RESTARTS": "1", "RESTART_DELAY_SEC": "1"])
        let words = "the poll of the earlier process may still be open (409); retrying in"
        #expect(try await bot.child.waitForLine(containing: words, occurrence: 2).hasSuffix("retrying in 2 s"))
        try await bot.health("healthy")
        telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForSent { $0.chatID == 7 }
        let polls = telegram.calls(to: "getUpdates")
        #expect(polls.count <= 4)
        #expect(polls[0].time.duration(to: polls[1].time) >= .seconds(1))
        #expect(polls[1].time.duration(to: polls[2].time) >= .seconds(2))
        #expect(telegram.callCount("getMe") == 1)
        #expect(await bot.stop() == .exited(0))
    }

    /// Two real duplicates: the newer bot displaces the older, which waits and takes over once the newer has gone.
    @Test func twoCopiesDoNotDoubleABet() async throws {
        let first = try CasinoProcess(telegram)
        try await telegram.waitForWaitingPoll()
        let second = try CasinoProcess(telegram)
        try await first.child.waitForLine(containing: "may still be open (409)")
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
        let line = try await bot.child.waitForLine(containing: "to a webhook at example.com (409)")
        #expect(line.contains("call deleteWebhook"))
        try await bot.health("unhealthy") { $0["reasons"]?[0]?.string?.contains("409") == true }
        telegram.overrideWebhookInfo([:])
        try await bot.health("healthy")
        #expect(await bot.stop() == .exited(0))
    }
}
