import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct LedgerConcurrencyTests {
    /// Tasks of two ledgers on one file deliver every update three times at once.
    @Test(arguments: LedgerKind.allCases) func manyTasksApplyEachUpdateOnce(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        let second = try bank.again()
        let texts = ["/dice 5", "/flip tails 9", "/slots 2", "/bonus", "/balance"]
        let applied = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<450 {
                let id = Int64(number % 150)
                let bank = number.isMultiple(of: 2) ? bank : second
                group.addTask { try await bank.apply(id, texts[Int(id) % 5], from: id % 11) != nil }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(applied == 150)
        #expect(try bank.rows("SELECT count(*) FROM updates") == ["150"])
        #expect(try bank.rows("SELECT count(*) FROM replies") == ["150"])
        #expect(try bank.imbalances() == [])
        let bets = try bank.rows("SELECT count(*) FROM entries WHERE reason IN ('dice', 'flip', 'slots')")
        #expect(bets == ["90"])
        #expect(try bank.rows("SELECT count(*) FROM entries WHERE reason = 'bonus'") == ["11"])
        #expect(try bank.rows("SELECT count(*) FROM entries WHERE reason = 'start'") == ["11"])
    }

    @Test(arguments: LedgerKind.allCases) func repliesAreReadAndSettledMeanwhile(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        async let applying: Void = {
            for id in 0..<200 as Range<Int64> { try await bank.apply(id, "/balance", chat: id + 1) }
        }()
        var seen: [Int64] = []
        while seen.count < 200 {
            for pending in try await bank.ledger.pendingReplies() {
                seen.append(pending.reply.chat ?? 0)
                try await bank.ledger.settle(pending.id)
            }
            await Task.yield()
        }
        try await applying
        #expect(seen == (1...200).map { $0 })
    }
}
