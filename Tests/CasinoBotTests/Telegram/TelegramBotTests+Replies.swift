import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

/// Replies that wait, fail or cannot be kept.
extension TelegramBotTests {
    @Test func aChatThatIsAskedToWaitWaitsAlone() async throws {
        telegram.script(.tooManyRequests(retryAfter: 3600), for: "sendMessage")
        let running = start()
        telegram.enqueue(message: "/balance", from: 7, chat: -1001)
        try await telegram.waitForCall("sendMessage")
        for user in 50...54 as ClosedRange<Int64> { telegram.enqueue(message: "/balance", from: user) }
        telegram.enqueue(message: "/balance", from: 8, chat: -1001)
        try await telegram.waitForSent(count: 5)
        #expect(Set(telegram.sent.map(\.chatID)) == [50, 51, 52, 53, 54])
        _ = try await lines.first { $0.contains("retrying in 3600 s, other chats are served") }
        let backlog = try await Polling.until({ [bank] in try await bank.ledger.backlog() }, isMet: { $0?.count == 2 })
        let error = #expect(throws: TelegramLink.Trouble.self) { try link.checkReplies(backlog) }
        #expect(
            error?.description.wholeMatch(
                of: /2 replies wait, the oldest since 20[^ ]+Z; .* \(429\) in 1 chat, for 3[56][0-9][0-9] s more/)
                != nil)
        await stop(running)
    }

    /// The sender looks for new replies after each update.
    @Test func aReplyThatWaitsIsTakenUpOnce() async throws {
        telegram.scriptForever(.tooManyRequests(retryAfter: 0), for: "sendMessage")
        let running = start()
        telegram.enqueue(message: "/balance", from: 7)
        let isOfReply: @Sendable (String) -> Bool = { $0.contains("other chats are served") }
        _ = try await lines.first(where: isOfReply)
        // It is answered with nothing.
        let id = telegram.enqueue(message: "hello", from: 8, chat: -1001)
        try await telegram.waitForConfirmation(of: id)
        let count = lines.elements.count(where: isOfReply)
        _ = try await lines.first(occurrence: count + 2, where: isOfReply)
        #expect(lines.elements.filter(isOfReply).allSatisfy { $0.contains("a reply waits: ") })
        await stop(running)
    }

    /// Retried, it would block its chat permanently.
    @Test(arguments: ["message is too long", "chat not found", "bot was blocked by the user"])
    func aReplyThatTelegramNeverTakesIsDroppedAndCounted(words: String) async throws {
        telegram.script(.status(400, description: "Bad Request: \(words)"), for: "sendMessage")
        let running = start()
        telegram.enqueue(message: "/balance", from: 7)
        telegram.enqueue(message: "/help", from: 7)
        #expect(try await telegram.waitForSent { $0.chatID == 7 }.text.contains("/balance: your coins"))
        _ = try await lines.first { $0.contains("a reply is dropped") && $0.contains(words) }
        #expect(health.report().totalErrors == 1)
        #expect(lines.elements.count { $0.contains("a reply is dropped") } == 1)
        #expect(telegram.callCount("getMe") == 1)
        await stop(running)
    }

    @Test func anAnswerToAButtonThatHangsHoldsUpNoOther() async throws {
        telegram.script(.hang, for: "answerCallbackQuery")
        let running = start()
        telegram.enqueue(callback: "/balance", from: 7)
        try await telegram.waitForCall("answerCallbackQuery")
        telegram.enqueue(callback: "/balance", from: 8)
        try await telegram.waitForSent { $0.method == "answerCallbackQuery" }
        #expect(telegram.hangingCount == 1)
        telegram.releaseHanging()
        try await telegram.waitForSent(count: 4)
        await stop(running)
    }

    @Test func aForumsTopicIsAnsweredInIt() async throws {
        let running = start()
        for (isTopic, chat) in [(true, -1001), (false, -1002)] as [(Bool, Int64)] {
            telegram.enqueue(raw: [
                "message": [
                    "from": ["id": 9], "chat": ["id": .integer(chat), "type": "supergroup"], "text": "/balance",
                    "message_thread_id": 4711, "is_topic_message": .bool(isTopic),
                ]
            ])
        }
        try await telegram.waitForSent(count: 2)
        #expect(telegram.sent(to: -1001).map { $0.parameters["message_thread_id"] } == [4711])
        #expect(telegram.sent(to: -1002).map { $0.parameters["message_thread_id"] } == [nil])
        await stop(running)
    }

    @Test func aReplyIsSentOnceAlthoughTheLedgerIsLocked() async throws {
        telegram.script(.hang, for: "sendMessage")
        let running = start()
        telegram.enqueue(message: "/start", from: 9)
        try await telegram.waitForCall("sendMessage")
        let other = try Database(path: bank.path)
        try other.execute("BEGIN IMMEDIATE")
        telegram.releaseHanging()
        _ = try await lines.first { $0.contains("locked by another program") && $0.hasSuffix("trying again") }
        try other.execute("COMMIT")
        try await untilNoReplyWaits()
        #expect(telegram.sent.count == 1)
        #expect(telegram.callCount("getMe") == 1)
        await stop(running)
    }

    /// A request that outlives the lease could send what another machine's bot sends too.
    @Test func repliesWaitWhileTheLeaseMayRunOut() async throws {
        let memory = try LeaseMemory(heldFor: .milliseconds(1))
        let running = start(lease: try Self.lease(memory))
        let id = telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForConfirmation(of: id)
        #expect(try await bank.ledger.backlog()?.count == 1)
        #expect(telegram.callCount("sendMessage") == 0)
        memory.hold(for: .seconds(600))
        try await telegram.waitForSent { $0.chatID == 7 }
        await stop(running)
    }

    @Test func aRequestWaitsNoLongerThanTheLeaseIsHeld() async throws {
        telegram.script(.hang, for: "sendMessage")
        let memory = try LeaseMemory(heldFor: .milliseconds(1))
        let running = start(lease: try Self.lease(memory))
        telegram.enqueue(message: "/start", from: 7)
        // Renewed until the request has left.
        try await Polling.until(
            { [telegram] in
                memory.hold(for: .seconds(2))
                return telegram.callCount("sendMessage")
            }, isMet: { $0 > 0 })
        let line = try await lines.first { $0.contains("replies wait: ") }
        #expect(line.contains(" within ") && !line.contains(" within 15 s"), "\(line)")
        await stop(running)
    }
}
