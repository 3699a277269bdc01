import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FakeTelegramFaultTests {
    let telegram: FakeTelegram
    let client: BotClient

    init() throws {
        telegram = try FakeTelegram()
        client = try BotClient(telegram)
    }

    private let message: JSON = ["chat_id": 7, "text": "x"]

    @Test func faultsComeInOrderAndEnd() async throws {
        telegram.script(.status(500), for: "sendMessage", times: 2)
        telegram.script(.tooManyRequests(retryAfter: 3), for: "sendmessage")
        telegram.script(.badGateway, for: "sendMessage")
        telegram.script(.conflict, for: "getUpdates")
        var statuses: [Int] = []
        for _ in 1...2 { statuses.append(try await client.call("sendMessage", message).status) }
        #expect(statuses == [500, 500])
        let limited = try await client.call("sendMessage", message)
        #expect(limited.status == 429)
        #expect(try limited.json()["parameters"]?["retry_after"] == 3)
        #expect(try limited.json()["description"] == "Too Many Requests: retry after 3")
        let page = try await client.call("sendMessage", message)
        #expect(page.status == 502)
        #expect(page.headers["Content-Type"] == "text/html")
        #expect(telegram.sent.isEmpty)
        #expect(try await client.call("sendMessage", message).status == 200)
        #expect(try await client.call("getUpdates").status == 409)
        #expect(try await client.call("getUpdates").status == 200)
    }

    @Test func aFaultMayStayUntilCleared() async throws {
        telegram.scriptForever(.status(401), for: "getMe")
        for _ in 1...3 { #expect(try await client.call("getMe").status == 401) }
        telegram.clearFaults("getMe")
        #expect(try await client.call("getMe").status == 200)
    }

    @Test func bodiesCanBeWrong() async throws {
        telegram.script(.truncatedJSON, for: "sendMessage")
        telegram.script(.malformedJSON, for: "sendMessage")
        telegram.script(.rawBody(Array("nonsense".utf8)), for: "sendMessage")
        telegram.script(.result(["message_id": "x"]), for: "sendMessage")
        let truncated = try await client.call("sendMessage", message)
        #expect(truncated.text.hasPrefix(#"{"ok":true,"result":{"#))
        #expect(throws: (any Error).self) { try truncated.json() }
        let malformed = try await client.call("sendMessage", message)
        #expect(throws: (any Error).self) { try malformed.json() }
        #expect(telegram.sent.count == 2)
        #expect(try await client.call("sendMessage", message).text == "nonsense")
        #expect(try await client.result("sendMessage", message) == ["message_id": "x"])
        #expect(telegram.sent.count == 2)
    }

    @Test func aFaultyPollDoesNotWait() async throws {
        telegram.script(.truncatedJSON, for: "getUpdates")
        let response = try await client.call("getUpdates", ["timeout": 50])
        #expect(throws: (any Error).self) { try response.json() }
    }

    @Test func answersCanDrip() async throws {
        telegram.script(.dripOver(.milliseconds(300)), for: "getMe")
        let start = ContinuousClock.now
        #expect(try await client.result("getMe")?["is_bot"] == true)
        #expect(start.duration(to: .now) >= .milliseconds(200))
        telegram.script(.drip(byteInterval: .microseconds(100)), for: "getMe")
        #expect(try await client.result("getMe")?["is_bot"] == true)
    }

    @Test func connectionsCanBreak() async throws {
        telegram.script(.close, for: "sendMessage")
        telegram.script(.reset, for: "sendMessage")
        try client.send("sendMessage", message)
        #expect(try client.raw.readAll().isEmpty)
        #expect(telegram.sent.isEmpty)
        let second = try BotClient(telegram)
        await #expect(throws: SystemFailure.self) { try await second.call("sendMessage", message) }
        #expect(telegram.sent.count == 1)
    }

    @Test func callsCanHang() async throws {
        telegram.script(.hang, for: "sendMessage", times: 2)
        try client.send("sendMessage", message)
        try await telegram.waitForCall("sendMessage")
        #expect(telegram.hangingCount == 1)
        #expect(telegram.sent.isEmpty)
        telegram.releaseHanging("sendMessage")
        #expect(try await client.receive().status == 200)
        #expect(telegram.sent.count == 1)

        try client.send("sendMessage", message)
        try await telegram.waitForCall("sendMessage", count: 2)
        client.raw.abort()
        telegram.shutDown()
        #expect(telegram.hangingCount == 0)
        #expect(telegram.sent.count == 1)
    }
}
