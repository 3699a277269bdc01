import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

/// The bot's body alone, with polls that do not wait; EndToEnd tests the whole program.
@Suite(.timeLimit(.minutes(2)))
struct TelegramBotTests {
    let telegram: FakeTelegram
    let bank: Bank
    let link = TelegramLink()
    let lines = EventLog<String>()
    private let restarts = EventLog<Void>()
    let health = HealthMonitor()
    let gateway = GatewayHeartbeat()

    init() throws {
        telegram = try FakeTelegram()
        bank = try Bank()
    }

    func start(
        wait: Duration = .seconds(30), conflictGrace: Duration = .zero, lease: Lease = .none,
        ledger: (any Ledger)? = nil
    ) -> Task<Void, any Error> {
        let bot = TelegramBot(
            api: BotAPI(baseURL: telegram.baseURL, token: telegram.token, client: HTTPClient()),
            ledger: ledger ?? bank.ledger, link: link, gateway: gateway, lease: lease,
            retry: Backoff(initial: .zero, maximum: .zero), wait: wait, owner: 1, admins: [2],
            log: Log(level: .debug) { [lines] level, line in lines.append("\(level.rawValue) \(line)") },
            restart: { [restarts] in restarts.append(()) },
            conflictGraceEnd: .now.advanced(by: conflictGrace))
        return Task { [health] in try await bot.run(health) }
    }

    func stop(_ running: Task<Void, any Error>) async {
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }

    /// A lease that ends when the memory says so.
    static func lease(_ memory: LeaseMemory) throws -> Lease {
        Lease(name: "casino", epoch: 5, deadline: try SharedDeadline(descriptor: memory.descriptor))
    }

    private func trouble() -> String? {
        do {
            try link.checkConnection()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func playsAndEndsWhenCancelled() async throws {
        let running = start()
        telegram.enqueue(message: "/start", from: 9)
        #expect(try await telegram.waitForSent { $0.chatID == 9 }.text.hasPrefix("Welcome!"))
        #expect(try await lines.element(at: 0) == "info connected to Telegram as @test_casino_bot")
        #expect(health.report().totalUpdates == 1)
        #expect(health.report().lastHeartbeatAgo != nil)
        await stop(running)
    }

    /// The client's own limit ends a hanging call: 15 s after the wait.
    @Test(arguments: [
        Fault.hang, .status(500), .reset, .close, .badGateway, .truncatedJSON, .malformedJSON,
        .proxyPage(401, "Unauthorized"), .proxyPage(409, "Conflict"),
    ])
    func anOutageIsSaidAndWaitedOut(fault: Fault) async throws {
        telegram.script(fault, for: "getUpdates", times: 2)
        let running = start(wait: .zero)
        _ = try await lines.first { $0.hasPrefix("warn ") && $0.contains("retrying in 0 s") }
        #expect(trouble() != nil)
        telegram.enqueue(message: "/balance", from: 9)
        try await telegram.waitForSent { $0.chatID == 9 }
        #expect(trouble() == nil)
        #expect(telegram.callCount("getMe") == 1)
        await stop(running)
    }

    /// A long poll of a quiet night would show the end of the outage half a minute late.
    @Test func theFirstPollAfterAnOutageDoesNotWait() async throws {
        telegram.script(.status(502), for: "getUpdates", times: 2)
        let running = start()
        try await telegram.waitForCall("getUpdates", count: 4)
        #expect(trouble() == nil)
        let waits = telegram.calls(to: "getUpdates").prefix(4).map { $0.parameters["timeout"] }
        #expect(waits == [30, 0, 0, 30])
        await stop(running)
    }

    /// Telegram asked for it, so it is longer than the bot's own delay.
    @Test func theWaitThatTelegramAsksForIsKept() async throws {
        telegram.script(.tooManyRequests(retryAfter: 3600), for: "getUpdates")
        let running = start()
        #expect(try await lines.first { $0.contains("retrying in") }.hasSuffix("retrying in 3600 s"))
        #expect(telegram.callCount("getUpdates") == 1)
        await stop(running)
    }

    @Test func anAnsweredPollMakesTheBotReady() async throws {
        telegram.enqueue(message: "/balance", from: 9)
        let running = start()
        try await telegram.waitForSent(count: 1)
        #expect(gateway.snapshot.connected)
        #expect(gateway.snapshot.lastReadyAge != nil)
        await stop(running)
    }

    /// Polls were empty before the outage too.
    @Test func anEmptyPollAfterAnOutageMakesTheBotReadyAgain() async throws {
        telegram.script(.result([]), for: "getUpdates")
        telegram.script(.status(502), for: "getUpdates")
        let running = start()
        try await telegram.waitForCall("getUpdates", count: 4)
        #expect(gateway.snapshot.connected)
        await stop(running)
    }

    @Test func aFailedPollIsNoSignOfLife() async throws {
        telegram.scriptForever(.status(500), for: "getUpdates")
        let running = start(wait: .zero)
        try await telegram.waitForCall("getUpdates", count: 5)
        // Nor is the answered getMe before it.
        #expect(health.report().lastHeartbeatAgo == nil)
        #expect(health.report().totalUpdates == 0)
        let snapshot = gateway.snapshot
        #expect(!snapshot.connected && snapshot.latency == nil)
        await stop(running)
    }

    @Test func aConflictEndsTheBodyAtOnce() async throws {
        telegram.script(.conflict, for: "getUpdates")
        let error = await #expect(throws: TelegramError.self) { try await start().value }
        #expect(error?.errorClass == .network())
        #expect(error.map { "\($0)" }?.contains("duplicate bot (409)") == true)
        #expect(telegram.callCount("getUpdates") == 1)
    }

    @Test func inTheFirstMinuteAConflictIsThePollOfTheProcessBefore() async throws {
        telegram.script(.conflict, for: "getUpdates", times: 2)
        let running = start(wait: .zero, conflictGrace: .seconds(60))
        telegram.enqueue(message: "/balance", from: 9)
        try await telegram.waitForSent(count: 1)
        _ = try await lines.first { $0.hasPrefix("info the poll of the earlier process may still be open") }
        #expect(trouble() == nil)
        #expect(telegram.callCount("getMe") == 1)
        await stop(running)
    }

    /// The earlier holder's poll is still open; without a lease this ends the bot.
    @Test func aConflictUnderALeaseIsPolledThrough() async throws {
        telegram.script(.conflict, for: "getUpdates", times: 3)
        let memory = try LeaseMemory(heldFor: .seconds(600))
        let running = start(lease: try Self.lease(memory))
        telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForSent { $0.chatID == 7 }
        #expect(trouble() == nil)
        #expect(lines.elements.count { $0.contains("(409)") } == 1)
        await stop(running)
    }

    /// The earlier holder's poll is over within a minute.
    @Test(arguments: [(Duration.zero, true), (.seconds(3600), false)])
    func aConflictUnderALeaseThatLastsIsTrouble(grace: Duration, isTrouble: Bool) async throws {
        telegram.scriptForever(.conflict, for: "getUpdates")
        let memory = try LeaseMemory(heldFor: .seconds(600))
        let running = start(conflictGrace: grace, lease: try Self.lease(memory))
        // The answer to one call is handled before the next call.
        try await telegram.waitForCall("getUpdates", count: 2)
        #expect((trouble() != nil) == isTrouble)
        await stop(running)
    }

    @Test func aWebhookThatIsStillSetIsNamed() async throws {
        telegram.overrideWebhookInfo(["url": "https://old.example/hook/secret"])
        let error = await #expect(throws: TelegramError.self) { try await start(conflictGrace: .seconds(60)).value }
        #expect(error == .webhookIsSet(host: "old.example"))
        #expect(error.map { "\($0)" }?.contains("deleteWebhook") == true)
    }

    @Test(arguments: ["getMe", "getUpdates", "sendMessage"])
    func aRevokedTokenEndsTheBody(method: String) async throws {
        telegram.script(.status(401), for: method)
        telegram.enqueue(message: "/start")
        await #expect(throws: TelegramError.badToken(method: method, words: "401 Unauthorized")) {
            try await start().value
        }
    }

    @Test func aBrokenLedgerEndsTheBody() async throws {
        let running = start()
        try await telegram.waitForWaitingPoll()
        try bank.tamper("DROP TABLE entries")
        let id = telegram.enqueue(message: "/start")
        let error = await #expect(throws: LedgerError.self) { try await running.value }
        #expect(error?.errorClass == .critical)
        #expect(health.report().totalErrors == 1)
        #expect(telegram.confirmedOffset <= id)
    }

    func untilNoReplyWaits() async throws {
        try await Polling.until({ [bank] in try await bank.ledger.backlog() }, isMet: { $0 == nil })
    }

    /// A backup or shell holds the lock for longer than SQLite waits.
    @Test func anUpdateThatIsNotCommittedIsNotConfirmed() async throws {
        telegram.enqueue(message: "/start", from: 9)
        let running = start()
        try await telegram.waitForSent(count: 1)
        try await untilNoReplyWaits()
        let other = try Database(path: bank.path)
        try other.execute("BEGIN IMMEDIATE")
        let id = telegram.enqueue(message: "/dice 5", from: 9)
        try await Polling.until({ [health] in health.report().totalErrors }, isMet: { $0 > 0 })
        try await Polling.until({ self.trouble() }, isMet: { $0?.contains("not applied yet") == true })
        #expect(telegram.confirmedOffset <= id)
        try other.execute("COMMIT")
        try await telegram.waitForSent(count: 2)
        try await telegram.waitForConfirmation(of: id)
        #expect(trouble() == nil)
        #expect(telegram.callCount("getMe") == 1)
        #expect(try bank.rows("SELECT count(*) FROM entries WHERE reason = 'dice'") == ["1"])
        await stop(running)
    }

    @Test func idsOfOldUpdatesAreForgotten() async throws {
        try await bank.ledger.skip(5)
        try bank.tamper("UPDATE updates SET processed_at = '2025-01-01T00:00:00.000Z'")
        let running = start()
        // The poll that confirms the first is answered with the second: then old ids may go.
        for _ in 1...2 {
            try await telegram.waitForConfirmation(of: telegram.enqueue(message: "/balance", from: 9))
        }
        #expect(try bank.rows("SELECT count(*) FROM updates WHERE update_id = 5") == ["0"])
        await stop(running)
    }

    @Test func growingPendingUpdatesMeanDeafness() async throws {
        telegram.scriptForever(.result([]), for: "getUpdates")
        telegram.overrideWebhookInfo(["pending_update_count": 3])
        let running = start(wait: .zero)
        try await telegram.waitForCall("getWebhookInfo", count: 3)
        #expect(throws: Never.self) { try link.checkDeafness() }
        telegram.overrideWebhookInfo(["pending_update_count": 4])
        // The answer to one call is handled before the next call.
        try await telegram.waitForCall("getWebhookInfo", count: 5)
        #expect(throws: TelegramLink.Trouble.self) { try link.checkDeafness() }
        #expect(lines.elements.count { $0.hasPrefix("warn half-deaf: polls come back empty, but 4 updates") } == 1)
        // Seldom: half a second apart here, and an empty poll takes a quarter of one at the least.
        #expect(telegram.callCount("getUpdates") >= 2 * (telegram.callCount("getWebhookInfo") - 1))
        telegram.overrideWebhookInfo([:])
        telegram.clearFaults()
        telegram.enqueue(message: "/balance")
        try await telegram.waitForSent(count: 1)
        #expect(throws: Never.self) { try link.checkDeafness() }
        await stop(running)
    }

    @Test func theOwnersRestartIsAskedForOnce() async throws {
        let id = telegram.enqueue(message: "/restart", from: 1)
        telegram.enqueue(message: "/restart", from: 9)
        let running = start()
        try await telegram.waitForConfirmation(of: id + 1)
        await stop(running)
        // The next body gets these updates again if they were not confirmed.
        telegram.script(.result([Self.message("/restart", from: 1, update: id)]), for: "getUpdates")
        let second = start()
        try await telegram.waitForWaitingPoll(count: 2)
        #expect(restarts.count == 1)
        await stop(second)
    }

    static func message(_ text: String, from user: Int64, update id: Int64) -> JSON {
        [
            "update_id": .integer(id),
            "message": [
                "from": ["id": .integer(user)], "chat": ["id": .integer(user), "type": "private"],
                "text": .string(text),
            ],
        ]
    }

    @Test func theLastNumberThereIsOverflowsNothing() async throws {
        let last = Self.message("/balance", from: 9, update: .max)
        telegram.script(.result([last]), for: "getUpdates")
        let running = start()
        #expect(try await telegram.waitForSent { $0.chatID == 9 }.text == "You have 1000 coins.")
        await stop(running)
    }
}
