import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FakeTelegramSendingTests {
    let telegram: FakeTelegram
    let client: BotClient

    init() throws {
        telegram = try FakeTelegram()
        client = try BotClient(telegram)
    }

    @Test func recordsMessages() async throws {
        let keyboard: JSON = ["inline_keyboard": [[["text": "Spin", "callback_data": "spin"]]]]
        let message = try await client.result(
            "sendMessage", ["chat_id": 7, "text": "Hello", "reply_markup": keyboard])
        #expect(message?["text"] == "Hello")
        #expect(message?["chat"]?["type"] == "private")
        #expect(message?["reply_markup"] == keyboard)
        let sent = try await telegram.waitForSent { $0.chatID == 7 }
        #expect(sent.method == "sendMessage")
        #expect(sent.text == "Hello")
        #expect(message?["message_id"] == .integer(sent.messageID))
        #expect(telegram.sent(to: 8).isEmpty)
    }

    private static let tooLong = JSON.string(String(repeating: "🎰", count: 2049))

    private static let badMessages: [(JSON, String)] = [
        (["chat_id": 7], "Bad Request: message text is empty"),
        (["chat_id": 7, "text": " \n"], "Bad Request: message text is empty"),
        (["chat_id": 7, "text": tooLong], "Bad Request: message is too long"),
        (["text": "x"], "Bad Request: chat_id is empty"),
        (["chat_id": "x", "text": "x"], "Bad Request: chat not found"),
        (["chat_id": 7, "text": "x", "reply_markup": "["], "Bad Request: object expected as reply markup"),
    ]

    @Test(arguments: badMessages)
    func refusesBadMessages(parameters: JSON, description: String) async throws {
        let response = try await client.call("sendMessage", parameters)
        #expect(response.status == 400)
        #expect(try response.json()["description"] == .string(description))
        #expect(telegram.sent.isEmpty)
    }

    @Test func takesTheLongestMessage() async throws {
        let text = String(repeating: "🎰", count: 2048)
        #expect(try await client.call("sendMessage", ["chat_id": 7, "text": .string(text)]).status == 200)
    }

    @Test func pointsToTheNewChatOfAMigratedOne() async throws {
        telegram.migrate(chat: -5, to: -1_000_000_000_005)
        let response = try await client.call("sendMessage", ["chat_id": -5, "text": "x"])
        #expect(response.status == 400)
        let json = try response.json()
        #expect(json["description"] == "Bad Request: group chat was upgraded to a supergroup chat")
        #expect(json["parameters"]?["migrate_to_chat_id"] == -1_000_000_000_005)
        #expect(try await client.call("sendMessage", ["chat_id": -1_000_000_000_005, "text": "x"]).status == 200)
    }

    @Test func throwsDice() async throws {
        telegram.scriptDice([4])
        #expect(try await client.result("sendDice", ["chat_id": 7])?["dice"] == ["emoji": "🎲", "value": 4])
        let value = try await client.result("sendDice", ["chat_id": 7])?["dice"]?["value"]?.integer
        #expect((1...6).contains(try #require(value)))
        #expect(telegram.sent.map(\.method) == ["sendDice", "sendDice"])
    }

    @Test func knowsTheCallbacksItMade() async throws {
        telegram.enqueue(callback: "spin")
        let query = try await client.result("getUpdates")?[0]?["callback_query"]
        let id = try #require(query?["id"])
        #expect(try await client.result("answerCallbackQuery", ["callback_query_id": id, "text": "ok"]) == true)
        #expect(telegram.sent.first?.method == "answerCallbackQuery")
        #expect(try await client.call("answerCallbackQuery", ["callback_query_id": "1"]).status == 400)
        #expect(telegram.sent.count == 1)
    }

    @Test func awaitsWhatIsYetToCome() async throws {
        async let message = telegram.waitForSent { $0.text == "second" }
        async let call = telegram.waitForCall("sendMessage", count: 2)
        _ = try await client.call("sendMessage", ["chat_id": 7, "text": "first"])
        _ = try await client.call("sendMessage", ["chat_id": 7, "text": "second"])
        #expect(try await message.messageID == telegram.sent[1].messageID)
        #expect(try await call.parameters["text"] == "second")
        try await telegram.waitForSent(count: 2)
        #expect(telegram.callCount("sendMessage") == 2)
    }

    @Test func saysWhatItSawWhenNothingComes() async throws {
        _ = try await client.call("sendMessage", ["chat_id": 7, "text": "something else"])
        let failure = await #expect(throws: SafetyTimeout.self) {
            try await telegram.waitForSent(within: .milliseconds(1)) { $0.text == "x" }
        }
        #expect(failure?.description.contains("something else") == true)
    }
}
