import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct LedgerReplyTests {
    private func pending(_ bank: Bank, limit: Int = 50) async throws -> [Reply] {
        try await bank.ledger.pendingReplies(limit: limit).map(\.reply)
    }

    @Test(arguments: LedgerKind.allCases) func everyKindSurvivesAStart(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        let effects = [
            try await bank.apply(1, "/dice 5", callbackID: "77"), try await bank.apply(2, "/dice", chat: -50),
            try await bank.apply(3, "hello 🎲 ünï\n\u{0}code"),
        ]
        let expected = effects.flatMap { $0?.replies ?? [] }
        #expect(expected.count == 4)
        #expect(expected.contains(.dice(chat: -50)) && expected.contains(.answerCallback(id: "77")))
        #expect(try await pending(bank) == expected)
        #expect(try await pending(bank.again()) == expected)
    }

    @Test(arguments: LedgerKind.allCases) func theyComeInOrderAndOnceOnly(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        for id in 1...60 as ClosedRange<Int64> { try await bank.apply(id, "/balance", chat: id) }
        #expect(try await pending(bank).map(\.chat) == (1...50).map { $0 })
        #expect(try await pending(bank, limit: 1).map(\.chat) == [1])
        while let next = try await bank.ledger.pendingReplies(limit: 1).first {
            try await bank.ledger.settle(next.id)
            try await bank.ledger.settle(next.id)
        }
        #expect(try bank.rows("SELECT * FROM replies") == [])
        #expect(try await pending(bank.again()) == [])
    }

    @Test(arguments: LedgerKind.allCases) func theTopicIsKept(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        let update = Incoming(updateID: 1, userID: 9, chatID: -5, text: "/dice", isPrivate: false, topic: 77)
        _ = try await bank.ledger.apply(update, by: bank.casino) { "" }
        #expect(try await pending(bank) == [.dice(chat: -5, topic: 77)])
        #expect(try await bank.ledger.waitingReplies(after: 0).map(\.chat) == [-5])
        #expect(try await bank.ledger.reply(1) == .dice(chat: -5, topic: 77))
        #expect(try await bank.ledger.backlog()?.count == 1)
        #expect(try await bank.ledger.reply(2) == nil)
    }

    @Test(arguments: LedgerKind.allCases) func aMovedChatTakesItsRepliesAlong(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        try await bank.apply(1, "/balance", chat: -50)
        try await bank.apply(2, "/dice", chat: -50)
        try await bank.apply(3, "/balance", chat: -51)
        try await bank.ledger.delay(1, to: -50, by: .seconds(5000))
        try await bank.ledger.migrate(from: -50, to: -1_000_000_000_050)
        #expect(try await pending(bank).map(\.chat) == [-1_000_000_000_050, -1_000_000_000_050, -51])
        // The wait was asked for the old chat.
        #expect(try await bank.ledger.waitingReplies(after: 0).map(\.wait) == [.zero, .zero, .zero])
    }

    /// For example replies from a newer version.
    @Test(arguments: LedgerKind.allCases) func whatNobodyCanSendHoldsUpNothing(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        try await bank.apply(1, "/start")
        try bank.tamper("UPDATE replies SET kind = 'hologram'")
        try await bank.apply(2, "/dice", chat: 5)
        #expect(try await pending(bank, limit: 1) == [.dice(chat: 5)])
        #expect(try bank.rows("SELECT count(*) FROM replies") == ["1"])
    }

    /// The wait also binds the next process, and lasts a day at most.
    @Test(arguments: LedgerKind.allCases) func theWaitThatWasAskedForIsKept(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        for id in 1...3 as ClosedRange<Int64> { try await bank.apply(id, "/balance", chat: id) }
        try await bank.ledger.delay(1, to: 1, by: .seconds(5000))
        // The reply has moved to another chat meanwhile.
        try await bank.ledger.delay(2, to: 7, by: .seconds(5000))
        try await bank.ledger.delay(3, to: 3, by: .seconds(1_000_000))
        let waiting = try await bank.again().ledger.waitingReplies(after: 0)
        #expect(waiting.map(\.id) == [1, 2, 3])
        #expect(waiting.map(\.chat) == [1, 2, 3])
        #expect(waiting.first.map { $0.wait > .seconds(4000) && $0.wait <= .seconds(5001) } == true)
        #expect(waiting.dropFirst().first?.wait == .zero)
        #expect(waiting.last.map { $0.wait > .seconds(80_000) && $0.wait <= .seconds(86_400) } == true)
        #expect(try await bank.ledger.waitingReplies(after: 2).map(\.id) == [3])
    }

    @Test(arguments: LedgerKind.allCases) func theBacklogTellsHowLongTheOldestWaits(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        #expect(try await bank.ledger.backlog()?.count == nil)
        for id in 1...2 as ClosedRange<Int64> { try await bank.apply(id, "/balance", chat: id) }
        let time =
            kind == .sqlite
            ? "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-3600 seconds')" : "clock_timestamp() - interval '3600 seconds'"
        try bank.tamper("UPDATE replies SET created_at = \(time) WHERE id = 1")
        let backlog = try #require(try await bank.ledger.backlog())
        #expect(backlog.count == 2)
        #expect((3600..<7200).contains(backlog.seconds))
        #expect(backlog.since.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)
    }
}
