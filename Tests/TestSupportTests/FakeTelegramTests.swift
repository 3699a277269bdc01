import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FakeTelegramTests {
    let telegram: FakeTelegram
    let client: BotClient

    init() throws {
        telegram = try FakeTelegram()
        client = try BotClient(telegram)
    }

    @Test func introducesTheBot() async throws {
        let response = try await client.call("getMe")
        #expect(response.status == 200)
        #expect(response.headers["content-type"] == "application/json")
        let json = try response.json()
        #expect(json["ok"] == true)
        #expect(json["result"]?["id"] == 110_201_543)
        #expect(json["result"]?["is_bot"] == true)
        #expect(json["result"]?["username"] == "test_casino_bot")
        #expect(json["result"]?["can_join_groups"] == true)
    }

    @Test(arguments: [
        ("/bot110201543:wrong/getMe", 401, "Unauthorized"), ("/botnonsense/getMe", 404, "Not Found"),
        ("/bot1:a/b/getMe", 404, "Not Found"), ("/", 404, "Not Found"),
    ])
    func refusesOtherAddresses(path: String, status: Int, description: String) throws {
        let response = try RawClient.get(port: telegram.port, path: path)
        #expect(response.status == status)
        let expected: JSON = [
            "ok": false, "error_code": .integer(Int64(status)), "description": .string(description),
        ]
        #expect(try response.json() == expected)
        #expect(telegram.calls.isEmpty)
    }

    @Test func doesNotKnowOtherMethods() async throws {
        #expect(try await client.call("flyToTheMoon").status == 404)
        #expect(telegram.callCount("flytothemoon") == 1)
    }

    @Test func takesParametersFromQueryAndForm() async throws {
        let body = Array("text=a+b%26c&chat_id=7".utf8)
        let type = "application/x-www-form-urlencoded"
        let path = telegram.path("SENDMESSAGE") + "?chat_id=5&x=y"
        try client.raw.request("POST", path, headers: ["Content-Type": type], body: body)
        #expect(try await client.receive().status == 200)
        let message = try #require(telegram.sent.first)
        #expect(message.chatID == 7)
        #expect(message.text == "a b&c")
        #expect(message.parameters["x"] == "y")
    }

    @Test func refusesBrokenJSON() async throws {
        try client.raw.request(
            "POST", telegram.path("getMe"), headers: ["Content-Type": "application/json"], body: Array("{".utf8))
        #expect(try await client.receive().status == 400)
    }

    @Test func takesChunkedBodies() async throws {
        try client.raw.send(
            "POST \(telegram.path("sendMessage")) HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
                + "Content-Type: application/json\r\n\r\n"
                + "10\r\n{\"chat_id\":1,\"te\r\n9\r\nxt\":\"hi\"}\r\n0\r\n\r\n")
        #expect(try await client.receive().status == 200)
        #expect(telegram.sent.first?.text == "hi")
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try client.send("getMe")
        try client.send("sendMessage", ["chat_id": 1, "text": "x"])
        try client.send("getMe")
        #expect(try await client.receive().json()["result"]?["is_bot"] == true)
        #expect(try await client.receive().json()["result"]?["text"] == "x")
        #expect(try await client.receive().json()["result"]?["is_bot"] == true)
    }

    @Test func closesWhenAsked() async throws {
        try client.raw.request("GET", telegram.path("getMe"), headers: ["Connection": "close"])
        #expect(try await client.receive().headers["connection"] == "close")
        #expect(try client.raw.readAll().isEmpty)
    }

    @Test func describesTheWebhook() async throws {
        telegram.enqueue(message: "a")
        telegram.enqueue(message: "b")
        #expect(try await client.result("getWebhookInfo")?["url"] == "")
        #expect(try await client.result("getWebhookInfo")?["pending_update_count"] == 2)
        telegram.overrideWebhookInfo(["pending_update_count": 99, "url": "https://example.org"])
        #expect(try await client.result("getWebhookInfo")?["pending_update_count"] == 99)
        #expect(try await client.call("getUpdates").status == 409)
        #expect(try await client.result("deleteWebhook") == true)
        #expect(try await client.updateIDs() == [1000, 1001])
        #expect(try await client.result("deleteWebhook", ["drop_pending_updates": true]) == true)
        #expect(telegram.pendingCount == 0)
        #expect(try await client.result("setMyCommands", ["commands": []]) == true)
    }

    @Test func refusesConnectionsWhileNotListening() async throws {
        let port = telegram.port
        // An answer proves that the connection was accepted; an unaccepted one would be reset.
        #expect(try await client.call("getMe").status == 200)
        for _ in 1...3 {
            try telegram.stopListening()
            let failure = #expect(throws: SystemFailure.self) { try RawClient(port: port) }
            #expect(failure?.call == "connect")
            try telegram.startListening()
            #expect(try RawClient.get(port: port, path: telegram.path("getMe")).status == 200)
        }
        // The earlier connection ended with the first stop.
        #expect(try client.raw.readAll().isEmpty)
    }

    @Test func mayKeepConnectionsWhileNotListening() async throws {
        #expect(try await client.call("getMe").status == 200)
        try telegram.stopListening(closingConnections: false)
        #expect(try await client.call("getMe").status == 200)
        try telegram.startListening()
        #expect(try await client.call("getMe").status == 200)
    }

    @Test func endsAllConnectionsWithTheObject() async throws {
        var telegram: FakeTelegram? = try FakeTelegram()
        telegram?.scriptForever(.hang, for: "getMe")
        let raw = try RawClient(port: #require(telegram?.port))
        try raw.request("GET", #require(telegram?.path("getMe")))
        try await telegram?.waitForCall("getMe")
        telegram = nil
        #expect(try raw.readAll().isEmpty)
    }
}
