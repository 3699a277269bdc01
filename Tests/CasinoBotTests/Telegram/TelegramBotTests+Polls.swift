import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

/// What polls bring, and what they say of the connection.
extension TelegramBotTests {
    /// An offset confirms every update before it, so the last one applied is the highest.
    @Test func updatesAreAppliedByTheirNumbers() async throws {
        let updates = [13, 11, 12].map { Self.message("/start", from: $0, update: $0) }
        telegram.script(.result(.array(updates)), for: "getUpdates")
        let running = start()
        try await telegram.waitForCall("getUpdates", count: 2)
        #expect(telegram.calls(to: "getUpdates").prefix(2).map { $0.parameters["offset"] } == [nil, 14])
        #expect(try bank.rows("SELECT update_id FROM entries ORDER BY id") == ["11", "12", "13"])
        await stop(running)
    }

    @Test func theBotGoesOnPastUpdatesThatCannotBeRead() async throws {
        let good = Self.message("/start", from: 9, update: 11)
        telegram.script(.result([5, good, ["update_id": "12"]]), for: "getUpdates")
        let running = start()
        try await telegram.waitForCall("getUpdates", count: 2)
        #expect(telegram.calls(to: "getUpdates")[1].parameters["offset"] == 12)
        let warnings = lines.elements.filter { $0.hasPrefix("warn") }
        #expect(warnings == ["warn updates without a readable update_id: 2; the bot skips them"])
        await stop(running)
    }

    /// The bot would always poll in vain, and look healthy.
    @Test func updatesOfWhichNoneCanBeReadAreAnOutage() async throws {
        telegram.scriptForever(.result([5, nil, "x"]), for: "getUpdates")
        let running = start(wait: .zero)
        let warning = try await lines.first { $0.hasPrefix("warn") }
        #expect(warning.contains("the answer to getUpdates is not the Bot API's"))
        try await telegram.waitForCall("getUpdates", count: 2)
        #expect(throws: TelegramLink.Trouble.self) { try link.checkConnection() }
        #expect(health.report().lastHeartbeatAgo == nil)
        #expect(!gateway.snapshot.connected)
        await stop(running)
    }

    @Test func aFailedPollAfterAnAnsweredOneIsALostConnection() async throws {
        telegram.script(.result([]), for: "getUpdates")
        telegram.scriptForever(.status(502), for: "getUpdates")
        let running = start()
        // The answer to one call is handled before the next call.
        try await telegram.waitForCall("getUpdates", count: 3)
        #expect(!gateway.snapshot.connected)
        #expect(gateway.snapshot.lastReadyAge != nil)
        await stop(running)
    }

    /// The watchdog would end a bot whose connection is lost for long.
    @Test func aBotThatIsAskedToWaitIsStillConnected() async throws {
        telegram.script(.result([]), for: "getUpdates")
        telegram.script(.tooManyRequests(retryAfter: 3600), for: "getUpdates")
        let running = start()
        _ = try await lines.first { $0.hasSuffix("retrying in 3600 s") }
        #expect(gateway.snapshot.connected)
        // Until then no event is expected.
        #expect(gateway.snapshot.lastEventAge == .zero)
        await stop(running)
    }

    /// A server may answer at once instead of waiting.
    @Test func anEmptyPollThatDidNotWaitIsFollowedByAPause() async throws {
        telegram.scriptForever(.result([]), for: "getUpdates")
        let begin = SuspendingClock.now
        let running = start()
        try await telegram.waitForCall("getUpdates", count: 4)
        #expect(begin.duration(to: .now) >= .milliseconds(3 * 250))
        await stop(running)
    }

    /// Until it confirms an update, Telegram may send earlier ones again.
    @Test func noIdIsForgottenBeforeTheFirstConfirmation() async throws {
        try await bank.ledger.skip(5)
        try bank.tamper("UPDATE updates SET processed_at = '2025-01-01T00:00:00.000Z'")
        telegram.script(.result([]), for: "getUpdates")
        let running = start()
        // The answer to one call is handled before the next call.
        try await telegram.waitForCall("getUpdates", count: 2)
        #expect(try bank.rows("SELECT update_id FROM updates") == ["5"])
        await stop(running)
    }

    @Test func aConflictUnderALeaseIsSaidAgainAfterAnAnsweredPoll() async throws {
        for fault in [Fault.conflict, .result([]), .conflict] { telegram.script(fault, for: "getUpdates") }
        let memory = try LeaseMemory(heldFor: .seconds(600))
        let running = start(lease: try Self.lease(memory))
        try await telegram.waitForCall("getUpdates", count: 4)
        #expect(lines.elements.count { $0.contains("another poll is still open (409)") } == 2)
        await stop(running)
    }

    /// It would abort the polls of its successor for ever.
    @Test func aConflictEndsAnEarlierHolderOfTheLease() async throws {
        let url = try await PostgreSQLServer.shared().makeDatabase()
        let earlier = try Bank(url: url, LedgerFence(lease: "casino", epoch: 5))
        try await earlier.ledger.open()
        try await Bank(url: url, LedgerFence(lease: "casino", epoch: 6)).ledger.open()
        telegram.scriptForever(.conflict, for: "getUpdates")
        let lease = try Self.lease(try LeaseMemory(heldFor: .seconds(600)))
        let error = await #expect(throws: LedgerError.self) {
            try await start(lease: lease, ledger: earlier.ledger).value
        }
        #expect(error?.description.contains("another process has taken the ledger in postgres://") == true)
        #expect(telegram.callCount("getUpdates") == 1)
    }

    /// `/health` tells of it from the start on.
    @Test func theWaitThatAnEarlierProcessWasAskedForIsKept() async throws {
        try await bank.apply(1, "/balance", from: 7)
        let id = try #require(try await bank.ledger.pendingReplies().first?.id)
        try await bank.ledger.delay(id, to: 7, by: .seconds(3600))
        try await bank.apply(2, "/balance", from: 8)
        let running = start()
        try await telegram.waitForSent { $0.chatID == 8 }
        let backlog = try await Polling.until({ [bank] in try await bank.ledger.backlog() }, isMet: { $0?.count == 1 })
        #expect(telegram.sent.map(\.chatID) == [8])
        let error = #expect(throws: TelegramLink.Trouble.self) { try link.checkReplies(backlog) }
        #expect(error?.description.contains("(429) in 1 chat, for ") == true)
        await stop(running)
    }

    @Test func aGroupThatHasMovedIsAnsweredInItsNewChat() async throws {
        telegram.migrate(chat: -50, to: -1_000_000_000_050)
        let running = start()
        telegram.enqueue(message: "/balance", from: 7, chat: -50)
        try await telegram.waitForSent { $0.chatID == -1_000_000_000_050 }
        try await untilNoReplyWaits()
        #expect(telegram.sent(to: -50).isEmpty)
        #expect(health.report().totalErrors == 0)
        await stop(running)
    }
}
