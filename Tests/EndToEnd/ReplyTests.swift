import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ReplyTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    @Test(arguments: [
        Fault.status(403), .status(400, description: "Bad Request: chat not found"),
        .status(403, description: "Forbidden: user is deactivated"), .status(404),
    ])
    func oneThatIsRefusedIsDroppedAndHoldsUpNothing(fault: Fault) async throws {
        telegram.script(fault, for: "sendMessage")
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForCall("sendMessage")
        telegram.enqueue(message: "/start", from: 8)
        try await telegram.waitForSent { $0.chatID == 8 }
        #expect(telegram.sent(to: 7).isEmpty)
        // That lane logs it, whatever the other lane has sent meanwhile.
        try await bot.child.waitForLine(containing: "a reply is dropped")
        #expect(telegram.callCount("getMe") == 1)
        try await Books(path: bot.database).untilNoReplyWaits()
        #expect(await bot.stop() == .exited(0))
    }

    @Test(arguments: [Fault.status(500), .reset, .close, .badGateway, .truncatedJSON, .tooManyRequests(retryAfter: 1)])
    func oneThatFailsIsTriedAgainInItsTurn(fault: Fault) async throws {
        telegram.script(fault, for: "sendMessage", times: 2)
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(message: "/start", from: 7)
        telegram.enqueue(message: "/start", from: 8)
        try await telegram.waitForSent { $0.chatID == 8 }
        try await telegram.waitForSent { $0.chatID == 7 }
        #expect(telegram.sent(to: 7).first?.text.hasPrefix("Welcome!") == true)
        #expect(telegram.callCount("getMe") == 1)
        #expect(await bot.stop() == .exited(0))
    }

    /// For example the page of a captive portal: Telegram has refused nothing.
    @Test func aStrangersRefusalDropsNothing() async throws {
        telegram.script(.page(status: 403, contentType: "text/html", body: Array("<html>".utf8)), for: "sendMessage")
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(message: "/start", from: 7)
        telegram.enqueue(message: "/start", from: 8)
        try await telegram.waitForSent { $0.chatID == 8 }
        try await telegram.waitForSent { $0.chatID == 7 }
        #expect(await bot.stop() == .exited(0))
    }

    @Test func anUpgradedGroupGetsItInItsNewChat() async throws {
        let bot = try CasinoProcess(telegram)
        telegram.migrate(chat: -50, to: -1_000_000_000_050)
        telegram.enqueue(message: "/balance", from: 7, chat: -50)
        telegram.enqueue(message: "/dice", from: 7, chat: -50)
        try await telegram.waitForSent { $0.chatID == -1_000_000_000_050 && $0.method == "sendDice" }
        #expect(telegram.sent(to: -1_000_000_000_050).first?.text == "You have 1000 coins.")
        #expect(telegram.sent(to: -50).isEmpty)
        #expect(await bot.stop() == .exited(0))
    }

    @Test func theNoticeOfAnUpgradeMovesWhatWaits() async throws {
        // It waits as requested, and the notice is sent meanwhile.
        telegram.script(.tooManyRequests(retryAfter: 3600), for: "sendMessage")
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(message: "/balance", from: 7, chat: -50)
        try await telegram.waitForCall("sendMessage")
        let id = telegram.enqueue(raw: [
            "message": ["chat": ["id": -50, "type": "group"], "migrate_to_chat_id": -1_000_000_000_050]
        ])
        try await telegram.waitForConfirmation(of: id)
        #expect(await bot.stop() == .exited(0))
        let second = try CasinoProcess(telegram, in: bot.folder)
        try await telegram.waitForSent { $0.chatID == -1_000_000_000_050 }
        #expect(telegram.sent(to: -50).isEmpty)
        #expect(await second.stop() == .exited(0))
    }

    @Test func oneThatWasNotSentBeforeSIGKILLGoesOutAfterIt() async throws {
        telegram.script(.hang, for: "sendMessage")
        telegram.script(.hang, for: "sendDice")
        let bot = try CasinoProcess(telegram)
        let id = telegram.enqueue(message: "/start", from: 7)
        telegram.enqueue(message: "/dice", from: 8)
        telegram.enqueue(message: "/balance", from: 8)
        try await telegram.waitForConfirmation(of: id + 2)
        try await telegram.waitForCall("sendMessage")
        try await telegram.waitForCall("sendDice")
        #expect(telegram.sent.isEmpty)
        #expect(await bot.stop(SIGKILL) == .signaled(SIGKILL))
        let second = try CasinoProcess(telegram, in: bot.folder)
        try await telegram.waitForSent(count: 3)
        #expect(telegram.sent(to: 8).map(\.method) == ["sendDice", "sendMessage"])
        #expect(telegram.sent(to: 7).first?.text.hasPrefix("Welcome!") == true)
        #expect(await second.stop() == .exited(0))
        #expect(try Books(path: bot.database).rows("SELECT count(*) FROM entries") == ["2"])
    }

    @Test func aChatThatAskedToWaitIsLeftAloneByTheNextProcessToo() async throws {
        telegram.script(.tooManyRequests(retryAfter: 8), for: "sendMessage")
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(message: "/start", from: 7)
        try await bot.child.waitForLine(containing: "other chats are served")
        #expect(await bot.stop(SIGKILL) == .signaled(SIGKILL))
        let second = try CasinoProcess(telegram, in: bot.folder)
        telegram.enqueue(message: "/start", from: 8)
        try await telegram.waitForSent { $0.chatID == 8 }
        try await telegram.waitForSent { $0.chatID == 7 }
        let calls = telegram.calls(to: "sendMessage").filter { $0.parameters["chat_id"] == 7 }
        #expect(calls.count == 2 && calls[0].time.duration(to: calls[1].time) >= .seconds(8))
        #expect(await second.stop() == .exited(0))
    }

    @Test func theyGoOutInOrderWithinAChat() async throws {
        for number in 1...20 { telegram.enqueue(message: "/balance", from: 7, chat: Int64(-number)) }
        for command in ["/start", "/balance", "/help"] { telegram.enqueue(message: command, from: 8) }
        let bot = try CasinoProcess(telegram)
        try await telegram.waitForSent(count: 23)
        #expect(Set(telegram.sent.map(\.chatID)).count == 21)
        let texts = telegram.sent(to: 8).map(\.text)
        #expect(texts.count == 3 && texts[0].hasPrefix("Welcome!") && texts[1] == "You have 1000 coins.", "\(texts)")
        #expect(await bot.stop() == .exited(0))
    }
}
