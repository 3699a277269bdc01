import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FakeTelegramPollingTests {
    let telegram: FakeTelegram
    let client: BotClient

    init() throws {
        telegram = try FakeTelegram()
        client = try BotClient(telegram)
    }

    @Test func deliversUntilConfirmed() async throws {
        for text in ["a", "b", "c"] { telegram.enqueue(message: text, from: 7, username: "ann") }
        #expect(try await client.updateIDs() == [1000, 1001, 1002])
        #expect(try await client.updateIDs(["limit": 2]) == [1000, 1001])
        #expect(telegram.confirmedOffset == 0)
        #expect(try await client.updateIDs(["offset": 1002]) == [1002])
        #expect(telegram.confirmedOffset == 1002)
        #expect(telegram.pendingCount == 1)
        #expect(try await client.updateIDs(["offset": 1]) == [1002])
        #expect(try await client.updateIDs(["offset": 1003]) == [])
        try await telegram.waitForConfirmation(of: 1002)
        #expect(telegram.confirmedOffset == 1003)
    }

    @Test func takesNegativeOffsets() async throws {
        for text in ["a", "b", "c"] { telegram.enqueue(message: text) }
        #expect(try await client.updateIDs(["offset": -1]) == [1002])
        #expect(try await client.updateIDs() == [1002])
        #expect(telegram.confirmedOffset == 1002)
    }

    @Test func describesMessages() async throws {
        telegram.enqueue(message: "/start now", from: 7, chat: -50, username: "ann", firstName: "Ann")
        let update = try await client.result("getUpdates")?[0]
        let message = update?["message"]
        #expect(message?["text"] == "/start now")
        #expect(message?["from"]?["username"] == "ann")
        #expect(message?["from"]?["first_name"] == "Ann")
        #expect(message?["chat"]?["id"] == -50)
        #expect(message?["chat"]?["type"] == "group")
        #expect(message?["entities"] == [["type": "bot_command", "offset": 0, "length": 6]])
    }

    @Test func describesOtherUpdates() async throws {
        telegram.enqueue(callback: "spin", from: 7)
        telegram.enqueue(raw: ["poll_answer": ["poll_id": "9"]])
        let updates = try await client.result("getUpdates")
        #expect(updates?[0]?["callback_query"]?["data"] == "spin")
        #expect(updates?[0]?["callback_query"]?["message"]?["chat"]?["id"] == 7)
        #expect(updates?[1]?["poll_answer"]?["poll_id"] == "9")
        #expect(updates?[1]?["update_id"] == 1001)
    }

    @Test func remembersWhichKindsAreWanted() async throws {
        telegram.enqueue(raw: ["chat_member": [:]])
        #expect(try await client.updateIDs(["allowed_updates": ["message"]]) == [])
        telegram.enqueue(callback: "x")
        telegram.enqueue(message: "y")
        #expect(try await client.updateIDs() == [1002])
        #expect(try await client.updateIDs(["allowed_updates": "[]", "offset": 1003]) == [])
        telegram.enqueue(callback: "x")
        #expect(try await client.updateIDs() == [1003])
    }

    @Test func waitsForAnUpdate() async throws {
        try client.send("getUpdates", ["timeout": 50])
        try await telegram.waitForWaitingPoll()
        telegram.enqueue(message: "late")
        let response = try await client.receive()
        #expect(try response.json()["result"]?[0]?["message"]?["text"] == "late")
    }

    @Test func waitsNoLongerThanAsked() async throws {
        let start = ContinuousClock.now
        #expect(try await client.updateIDs(["timeout": "1"]) == [])
        #expect(start.duration(to: .now) >= .seconds(1))
    }

    @Test func theNewerPollEndsTheOlder() async throws {
        let second = try BotClient(telegram)
        try client.send("getUpdates", ["timeout": 50])
        try await telegram.waitForWaitingPoll()
        try second.send("getUpdates", ["timeout": 50])
        let conflict = try await client.receive()
        #expect(conflict.status == 409)
        #expect(
            try conflict.json()["description"]
                == "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
        try await telegram.waitForWaitingPoll(count: 2)
        telegram.enqueue(message: "x")
        #expect(try await second.receive().json()["result"]?[0]?["update_id"] == 1000)
    }

    @Test func survivesAClientThatGoesAway() async throws {
        try client.send("getUpdates", ["timeout": 50])
        try await telegram.waitForWaitingPoll()
        client.raw.abort()
        let second = try BotClient(telegram)
        telegram.enqueue(message: "x")
        #expect(try await second.updateIDs(["timeout": 50]) == [1000])
    }

    @Test func copesWithThousandsOfUpdates() async throws {
        let count: Int64 = 10_000
        for number in 0..<count { telegram.enqueue(message: "update \(number)") }
        var offset: Int64 = 0
        var received: Int64 = 0
        while received < count {
            let ids = try await client.updateIDs(["offset": .integer(offset), "timeout": 50])
            received += Int64(ids.count)
            offset = try #require(ids.last) + 1
        }
        #expect(try await client.updateIDs(["offset": .integer(offset)]) == [])
        #expect(telegram.pendingCount == 0)
        #expect(telegram.confirmedOffset == FakeTelegram.firstUpdateID + count)
    }
}
