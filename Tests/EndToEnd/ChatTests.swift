import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ChatTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    @Test func answersAndStops() async throws {
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(message: "/start", from: 7)
        let reply = try await telegram.waitForSent { $0.chatID == 7 }
        #expect(reply.text == "Welcome! You have 1000 coins of play money. /help shows the games.")
        let health = try await bot.health("healthy")
        #expect(health["total_updates"] == 1 && health["total_errors"] == 0 && health["bot_version"] == "1.0.0-rc.1")
        #expect(health["checks"]?["database"]?["critical"] == true)
        #expect(health["checks"]?["telegram"]?["critical"] == false)
        #expect(try await bot.get("/").json()["bot"] == "Casino Bot")
        #expect(await bot.stop() == .exited(0))
    }

    @Test func confirmsOnlyWhatIsCommitted() async throws {
        let bot = try CasinoProcess(telegram)
        for round in 0..<20 as Range<Int64> {
            let id = telegram.enqueue(message: "/dice 1", from: 100 + round)
            if round.isMultiple(of: 3) { telegram.enqueue(raw: ["poll_answer": ["poll_id": "1"]]) }
            try await telegram.waitForConfirmation(of: id)
            let committed = try Books(path: bot.database).integers(
                "SELECT update_id FROM updates WHERE update_id = \(id)")
            #expect(committed == [id])
            #expect(telegram.confirmedOffset > id)
        }
        #expect(await bot.stop() == .exited(0))
        #expect(try Books(path: bot.database).imbalances() == [])
    }

    @Test func skipsAndConfirmsKindsItDoesNotKnow() async throws {
        let first: JSON = ["update_id": 5000, "poll_answer": ["poll_id": "1"]]
        let odd: JSON = ["update_id": 5001, "message": ["text": 5]]
        let none: JSON = ["update_id": "5002"]
        telegram.script(.result([first, odd, none, 17]), for: "getUpdates")
        let bot = try CasinoProcess(telegram)
        try await telegram.waitForCall("getUpdates", count: 2)
        #expect(telegram.calls(to: "getUpdates")[1].parameters["offset"] == 5002)
        #expect(try Books(path: bot.database).integers("SELECT update_id FROM updates ORDER BY 1") == [5000, 5001])
        #expect(await bot.stop() == .exited(0))
    }

    @Test(arguments: [
        "/dice ٣", "/dice １０", "/dice 5️⃣", "/🎲 5", "👨‍👩‍👧‍👦", "/dice ␀5", "␀", "/dice 5␀", "e\u{301}",
        String(repeating: "z", count: 4096), String(repeating: "🎰", count: 2048),
        "/dice " + String(repeating: "9", count: 4090), "/flip " + String(repeating: "heads ", count: 600),
        String(repeating: "/", count: 4096),
    ])
    func survivesEveryText(text: String) async throws {
        let bot = try CasinoProcess(telegram)
        // A NUL would truncate the test case's name.
        telegram.enqueue(message: text.replacing("␀", with: "\u{0}"), from: 7)
        #expect(try await !telegram.waitForSent { $0.chatID == 7 }.text.isEmpty)
        telegram.enqueue(message: "/balance", from: 7)
        try await telegram.waitForSent { $0.text == "You have 1000 coins." }
        #expect(await bot.stop() == .exited(0))
        #expect(try Books(path: bot.database).rows("SELECT reason FROM entries") == ["start"])
    }

    @Test func answersPressedButtons() async throws {
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(callback: "/dice 5", from: 7, chat: -50)
        telegram.enqueue(callback: "gibberish", from: 7)
        try await telegram.waitForSent(count: 4)
        // Chats wait neither for each other nor for the answer to a button.
        #expect(
            telegram.sent.map(\.method).sorted()
                == ["answerCallbackQuery", "answerCallbackQuery", "sendMessage", "sendMessage"])
        #expect(telegram.sent(to: 7).count == 1)
        let reply = try #require(telegram.sent(to: -50).first)
        #expect(reply.text.hasPrefix("🎲 You rolled"))
        #expect(reply.parameters["reply_markup"]?["inline_keyboard"]?[0]?[0]?["callback_data"] == "/dice 5")
        #expect(await bot.stop() == .exited(0))
    }

    @Test func throwsADie() async throws {
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(message: "/dice", from: 7)
        #expect(try await telegram.waitForSent { $0.chatID == 7 }.method == "sendDice")
        #expect(await bot.stop() == .exited(0))
    }

    @Test func isQuietInGroupsUnlessAsked() async throws {
        let bot = try CasinoProcess(telegram)
        for text in ["hello", "/dice@other_bot 5", "good night"] { telegram.enqueue(message: text, from: 7, chat: -50) }
        telegram.enqueue(message: "/balance@test_casino_bot", from: 7, chat: -50)
        #expect(try await telegram.waitForSent { $0.chatID == -50 }.text == "You have 1000 coins.")
        #expect(telegram.sent.count == 1)
        #expect(await bot.stop() == .exited(0))
    }

    @Test func theOwnerRestartsTheBodyOnce() async throws {
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(message: "/restart", from: 7)
        telegram.enqueue(message: "/restart", from: 1)
        try await bot.child.waitForLine(containing: "bot body restarted (start 2)")
        try await telegram.waitForSent { $0.chatID == 1 && $0.text == "Restarting." }
        // One more update passes through completely: by then a loop would have shown.
        let id = telegram.enqueue(message: "/health", from: 2)
        let report = try await telegram.waitForSent { $0.chatID == 2 }
        #expect(report.text.hasPrefix("healthy:") && report.text.hasSuffix(" 1 restarts"), "\(report.text)")
        try await telegram.waitForConfirmation(of: id)
        try await telegram.waitForSent { $0.chatID == 7 }
        #expect(telegram.callCount("getMe") == 2)
        #expect(telegram.sent(to: 7).map(\.text) == ["You may not use that command. /help shows your commands."])
        #expect(await bot.stop() == .exited(0))
        #expect(!bot.output.contains("start 3"))
    }

    @Test func restartOverHTTPNeedsItsToken() async throws {
        let bot = try CasinoProcess(telegram, ["RESTART_TOKEN": "open-sesame-at-once"])
        try await telegram.waitForWaitingPoll()
        #expect(try await bot.get("/restart").status == 401)
        #expect(try await bot.get("/restart", headers: ["Authorization": "Bearer open-sesame-at-once"]).status == 202)
        try await telegram.waitForWaitingPoll(count: 2)
        #expect(telegram.callCount("getMe") == 2)
        #expect(await bot.stop() == .exited(0))
    }
}
