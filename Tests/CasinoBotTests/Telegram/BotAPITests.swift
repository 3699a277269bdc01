import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct BotAPITests {
    private let telegram: FakeTelegram
    private let api: BotAPI

    init() throws {
        telegram = try FakeTelegram()
        api = BotAPI(baseURL: telegram.baseURL, token: telegram.token, client: HTTPClient())
    }

    @Test func knowsItself() async throws {
        #expect(try await api.getMe() == TelegramUser(id: 110_201_543, username: "test_casino_bot"))
    }

    @Test func pollsAsTheContractSays() async throws {
        let id = telegram.enqueue(message: "/dice 5 🎲", from: 7)
        let updates = try await api.getUpdates(offset: nil, wait: .seconds(30)).readable
        #expect(updates.map(\.incoming) == [Incoming(updateID: id, userID: 7, chatID: 7, text: "/dice 5 🎲")])
        #expect(try await api.getUpdates(offset: id + 1, wait: .zero).readable.isEmpty)
        let calls = telegram.calls(to: "getUpdates").map(\.parameters)
        #expect(calls[0]["offset"] == nil && calls[1]["offset"] == .integer(id + 1))
        #expect(calls[0]["timeout"] == 30 && calls[1]["timeout"] == 0)
        #expect(calls.allSatisfy { $0["allowed_updates"] == ["message", "callback_query"] && $0["limit"] == 100 })
    }

    @Test func oneThatCannotBeReadSpoilsNotTheOthers() async throws {
        let good: JSON = [
            "update_id": 8, "message": ["from": ["id": 7], "chat": ["id": 7, "type": "private"], "text": "a"],
        ]
        telegram.script(
            .result([["update_id": "x"], 7, nil, good, ["update_id": 9, "message": []]]), for: "getUpdates")
        let updates = try await api.getUpdates(offset: nil, wait: .zero)
        #expect(updates.readable.map(\.updateID) == [8, 9])
        #expect(updates.readable.map { $0.incoming?.text } == ["a", nil])
        #expect(updates.dropped == 3)
    }

    /// An empty list would say that all is well.
    @Test func updatesThatCannotBeReadAreNoEmptyAnswer() async throws {
        for updates: JSON in [[["update_id": "1"]], [5, nil, "x"], [[:]]] {
            telegram.script(.result(updates), for: "getUpdates")
            await #expect(throws: TelegramError.unreadable(method: "getUpdates", status: 200)) {
                try await api.getUpdates(offset: nil, wait: .zero)
            }
        }
    }

    @Test func sendsEachKindOfReply() async throws {
        try await api.send(.message(chat: -50, text: "Hé 🎲\n", again: "/dice 5"))
        try await api.send(.message(chat: 7, text: "plain", again: nil))
        try await api.send(.dice(chat: 7))
        telegram.enqueue(callback: "x")
        let updates = try await api.getUpdates(offset: nil, wait: .zero).readable
        let callback = try #require(updates.first?.incoming?.callbackID)
        try await api.send(.answerCallback(id: callback))
        let sent = telegram.sent
        #expect(sent.map(\.method) == ["sendMessage", "sendMessage", "sendDice", "answerCallbackQuery"])
        #expect(sent.map(\.chatID) == [-50, 7, 7, nil])
        #expect(sent[0].text == "Hé 🎲\n")
        #expect(
            sent[0].parameters["reply_markup"]
                == ["inline_keyboard": [[["text": "Again: /dice 5", "callback_data": "/dice 5"]]]])
        #expect(sent[1].parameters["reply_markup"] == nil)
    }

    /// Telegram refuses more than 4096 UTF-16 units.
    @Test(arguments: ["a", "🎲", "👨‍👩‍👧‍👦", "e\u{301}\u{302}"])
    func cutsWhatIsTooLong(character: String) async throws {
        try await api.send(.message(chat: 7, text: String(repeating: character, count: 5000), again: nil))
        #expect(telegram.sent.first?.text.hasPrefix(character) == true)
        #expect((telegram.sent.first?.text.utf16.count ?? 0) > 1000)
    }

    @Test(arguments: [4095, 4096, 4097, 5000]) func cutsNoMoreThanItMust(count: Int) async throws {
        try await api.send(.message(chat: 7, text: String(repeating: "a", count: count), again: nil))
        #expect(telegram.sent.first?.text.utf16.count == min(count, 4096))
    }

    /// A hundred long texts are more than other answers may be.
    @Test func takesALargeAnswer() async throws {
        telegram.enqueue(message: String(repeating: "a", count: 2 << 20), from: 7)
        let updates = try await api.getUpdates(offset: nil, wait: .zero).readable
        #expect(updates.first?.incoming?.text.utf8.count == 2 << 20)
    }

    @Test func asksHowMuchWaits() async throws {
        telegram.overrideWebhookInfo(["pending_update_count": 12])
        #expect(try await api.getWebhookInfo().pendingUpdateCount == 12)
    }

    @Test(arguments: [Fault.close, .reset, .truncatedJSON, .malformedJSON, .badGateway, .status(500), .rawBody([])])
    func everyFailureIsAnOutage(fault: Fault) async throws {
        telegram.scriptForever(fault, for: "getMe")
        let error = await #expect(throws: TelegramError.self) { try await api.getMe() }
        #expect(error?.errorClass == .network())
        #expect(error.map { "\($0)" }?.contains(telegram.token) == false)
    }

    @Test func nobodyThere() async throws {
        try telegram.stopListening()
        let error = await #expect(throws: TelegramError.self) { try await api.getMe() }
        guard case .unreachable(let reason)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(reason.kind == .couldNotConnect)
        #expect("\(reason)".contains(telegram.token) == false)
    }

    @Test func anotherTokenIsRefused() async throws {
        let stranger = BotAPI(baseURL: telegram.baseURL, token: "1:wrong", client: HTTPClient())
        await #expect(throws: TelegramError.badToken(method: "getMe", words: "401 Unauthorized")) {
            try await stranger.getMe()
        }
    }
}
