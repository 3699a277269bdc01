import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(3)))
struct OutageTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    private func expectAnswer(to user: Int64) async throws {
        telegram.enqueue(message: "/balance", from: user)
        try await telegram.waitForSent { $0.chatID == user }
    }

    private static let faults: [(Fault, String)] = [
        (.status(500), "500"), (.reset, "cannot be reached"), (.close, "cannot be reached"),
        (.badGateway, "502"), (.truncatedJSON, "not the Bot API's"), (.malformedJSON, "not the Bot API's"),
        (.rawBody([]), "not the Bot API's"), (.tooManyRequests(retryAfter: 0), "429"),
    ]

    @Test(arguments: faults)
    func failingPollsAreDegradedUntilTheyWork(fault: Fault, words: String) async throws {
        let bot = try CasinoProcess(telegram, ["MAX_RESTARTS": "1"])
        try await expectAnswer(to: 7)
        let starts = telegram.callCount("getMe")
        telegram.scriptForever(fault, for: "getUpdates")
        telegram.enqueue(raw: ["poll_answer": [:]])
        telegram.disconnectAll()
        // The first error may be the end of its connection.
        let sick = try await bot.health("degraded") { $0["reasons"]?[0]?.string?.contains(words) == true }
        let reason = sick["reasons"]?[0]?.string ?? ""
        #expect(reason.hasPrefix("Check \"telegram\": ") && reason.contains(words), "\(sick)")
        #expect(sick["checks"]?["telegram"]?["error"]?.string?.contains(words) == true)
        telegram.clearFaults()
        try await bot.health("healthy")
        try await expectAnswer(to: 8)
        #expect(telegram.callCount("getMe") == starts, "it was started again")
        #expect(await bot.stop() == .exited(0))
    }

    @Test(arguments: faults)
    func failuresAtTheStartUseUpNoAttempt(fault: Fault, words: String) async throws {
        telegram.script(fault, for: "getMe", times: 3)
        let bot = try CasinoProcess(telegram, ["MAX_RESTARTS": "1"])
        let line = try await bot.child.waitForLine(containing: "does not count toward MAX_RESTARTS", occurrence: 2)
        #expect(line.contains(words))
        try await expectAnswer(to: 7)
        #expect(await bot.stop() == .exited(0))
    }

    @Test func aDrippingAnswerIsAnAnswer() async throws {
        telegram.script(.drip(byteInterval: .milliseconds(1)), for: "getUpdates", times: 2)
        let bot = try CasinoProcess(telegram)
        try await expectAnswer(to: 7)
        try await bot.health("healthy")
        #expect(await bot.stop() == .exited(0))
    }

    @Test func aHangingPollHoldsUpNothingElse() async throws {
        let bot = try CasinoProcess(telegram)
        try await telegram.waitForWaitingPoll()
        telegram.script(.hang, for: "getUpdates")
        let id = telegram.enqueue(message: "/balance", from: 7)
        try await telegram.waitForSent { $0.chatID == 7 }
        try await telegram.waitForCall("getUpdates", count: 2)
        #expect(telegram.confirmedOffset <= id)
        #expect(try await bot.get("/health").status == 200)
        telegram.releaseHanging()
        try await telegram.waitForConfirmation(of: id)
        try await expectAnswer(to: 8)
        #expect(await bot.stop() == .exited(0))
    }

    @Test func aServerThatIsDownIsWaitedFor() async throws {
        try telegram.stopListening()
        let bot = try CasinoProcess(telegram, ["MAX_RESTARTS": "1"])
        let line = try await bot.child.waitForLine(containing: "does not count toward MAX_RESTARTS", occurrence: 2)
        #expect(line.contains("Telegram cannot be reached"))
        try await bot.health("unhealthy")
        try telegram.startListening()
        try await expectAnswer(to: 7)
        try await bot.health("healthy")

        try telegram.stopListening()
        try await bot.health("degraded") { $0["reasons"]?[0]?.string?.contains("cannot be reached") == true }
        try telegram.startListening()
        try await expectAnswer(to: 8)
        try await bot.health("healthy")
        #expect(telegram.callCount("getMe") == 1)
        #expect(await bot.stop() == .exited(0))
    }

    @Test(arguments: [1, 2])
    func waitsAsLongAsItIsAsked(seconds: Int) async throws {
        telegram.script(.tooManyRequests(retryAfter: seconds), for: "getMe")
        telegram.script(.tooManyRequests(retryAfter: seconds), for: "getUpdates")
        telegram.script(.tooManyRequests(retryAfter: seconds), for: "sendMessage")
        let bot = try CasinoProcess(telegram, ["MAX_RESTARTS": "1"])
        try await expectAnswer(to: 7)
        for method in ["getMe", "getUpdates", "sendMessage"] {
            let calls = telegram.calls(to: method)
            #expect(calls[0].time.duration(to: calls[1].time) >= .seconds(seconds), "\(method)")
        }
        #expect(await bot.stop() == .exited(0))
    }

    @Test func updatesThatWaitWhilePollsAreEmptyAreSaid() async throws {
        telegram.scriptForever(.result([]), for: "getUpdates")
        telegram.overrideWebhookInfo(["pending_update_count": 3])
        // Polls wait at most 2 s, and the watchdog checks each 4 s (by default each minute).
        let bot = try CasinoProcess(telegram, ["UNHEALTHY_AFTER_SEC": "4"])
        try await telegram.waitForCall("getWebhookInfo", count: 2)
        try await bot.health("healthy") { $0["checks"]?["telegram_updates"]?["status"] == "healthy" }
        telegram.overrideWebhookInfo(["pending_update_count": 9])
        let deaf = try await bot.health("degraded")
        #expect(
            deaf["checks"]?["telegram_updates"]?["error"]?.string?.contains("but 9 updates wait at Telegram") == true)
        #expect(deaf["checks"]?["telegram"]?["status"] == "healthy")
        telegram.overrideWebhookInfo([:])
        telegram.clearFaults()
        try await expectAnswer(to: 7)
        try await bot.health("healthy")
        #expect(await bot.stop() == .exited(0))
    }

    /// The proxy refuses; Telegram never gets the request.
    @Test func aProxyThatRefusesIsNamedWithoutItsPassword() async throws {
        let bot = try CasinoProcess(
            telegram,
            [
                "TELEGRAM_API_URL": "https://api.telegram.example",
                "https_proxy": "http://user:pr0xyPassw0rd@127.0.0.1:1",
                "RESTART_DELAY_SEC": "1",
            ])
        let line = try await bot.child.waitForLine(containing: "cannot be reached")
        #expect(line.contains("the proxy 127.0.0.1:1 refused the connection"), "\(line)")
        #expect(await bot.stop() == .exited(0))
        #expect(!bot.output.contains("pr0xyPassw0rd"))
    }
}
