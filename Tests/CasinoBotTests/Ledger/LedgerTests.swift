import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct LedgerTests {
    @Test(arguments: LedgerKind.allCases) func theTablesAreThoseOfTheContract(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        let columns = ["accounts": "user_id balance", "entries": "id update_id user_id amount reason timestamp"]
            .merging(["updates": kind == .sqlite ? "update_id processed_at" : "update_id processed_at epoch"]) { $1 }
        for (table, names) in columns {
            let sql =
                kind == .sqlite
                ? "SELECT name FROM pragma_table_info('\(table)')"
                : "SELECT attname FROM pg_attribute WHERE attrelid = '\(table)'::regclass AND attnum > 0 ORDER BY attnum"
            #expect(try bank.rows(sql).joined(separator: " ") == names)
        }
        if kind == .sqlite { #expect(try bank.rows("PRAGMA journal_mode") == ["wal"]) }
    }

    @Test(arguments: LedgerKind.allCases) func aStartIsAnEntry(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        #expect(try await bank.apply(10, "/start")?.entries == [])
        #expect(try bank.rows("SELECT update_id, user_id, amount, reason FROM entries") == ["10|9|1000|start"])
        #expect(try bank.rows("SELECT * FROM accounts") == ["9|1000"])
        #expect(try bank.rows("SELECT update_id FROM updates") == ["10"])
        let times = try bank.rows("SELECT timestamp FROM entries UNION ALL SELECT processed_at FROM updates")
        #expect(times.count == 2)
        for time in times where kind == .sqlite {
            #expect(time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil, "\(time)")
        }
    }

    @Test(
        arguments: ["/start", "/dice 10", "/flip heads 10", "/slots 10", "/bonus", "/dice", "/restart", "hello"],
        LedgerKind.allCases)
    func anUpdateCountsOnce(text: String, kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        let effects = try await bank.apply(10, text, from: 1)
        #expect(effects != nil)
        let before = try bank.rows("SELECT id, update_id, amount FROM entries")
        for _ in 0..<3 { #expect(try await bank.apply(10, text, from: 1) == nil) }
        #expect(try bank.rows("SELECT id, update_id, amount FROM entries") == before)
        #expect(try bank.rows("SELECT count(*) FROM updates") == ["1"])
        #expect(try bank.rows("SELECT count(*) FROM replies") == ["\(effects?.replies.count ?? -1)"])
        #expect(try bank.imbalances() == [])
    }

    @Test(arguments: LedgerKind.allCases) func anUpdateCountsOnceAcrossStarts(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        try await bank.apply(10, "/dice 10")
        let before = try bank.rows("SELECT * FROM entries")
        let again = try bank.again()
        #expect(try await again.apply(10, "/dice 10") == nil)
        #expect(try await again.apply(11, "/balance") != nil)
        #expect(try again.rows("SELECT * FROM entries") == before)
    }

    @Test(arguments: LedgerKind.allCases) func aSkippedUpdateIsDoneWith(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        try await bank.ledger.skip(10)
        try await bank.ledger.skip(10)
        #expect(try await bank.apply(10, "/dice 10") == nil)
        #expect(try bank.rows("SELECT update_id FROM updates") == ["10"])
        #expect(try bank.rows("SELECT * FROM accounts") == [])
    }

    @Test(arguments: LedgerKind.allCases) func balancesAreTheSumsOfTheEntries(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        let texts = [
            "/dice 7", "/flip heads 50", "/slots 3", "/bonus", "/dice 0", "/slots x", "/dice 99999", "/top", "hi",
        ]
        for id in 1...300 as ClosedRange<Int64> {
            try await bank.apply(id, texts[Int(id) % texts.count], from: 100 + id % 7)
        }
        #expect(try bank.imbalances() == [])
        #expect(try bank.rows("SELECT count(*) FROM accounts") == ["7"])
        #expect(try bank.rows("SELECT user_id FROM accounts WHERE balance < 0") == [])
        #expect(
            try bank.rows("SELECT update_id FROM entries WHERE reason <> 'start' GROUP BY 1 HAVING count(*) > 1") == [])
    }

    @Test(arguments: LedgerKind.allCases) func theReplyTellsTheBookedBalance(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        for id in 1...50 as ClosedRange<Int64> {
            let effects = try await bank.apply(id, "/slots 10")
            let balance = try bank.rows("SELECT balance FROM accounts WHERE user_id = 9")[0]
            #expect(effects?.replies.first.map { "\($0)" }?.contains("Balance: \(balance).") == true)
        }
    }

    @Test(arguments: LedgerKind.allCases) func theBonusComesOnceADay(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        #expect(try await bank.apply(1, "/bonus")?.entries.count == 1)
        #expect(try await bank.apply(2, "/bonus")?.entries == [])
        #expect(try await bank.apply(3, "/bonus", from: 8)?.entries.count == 1)
        func age(_ seconds: Int) throws {
            let time =
                kind == .sqlite
                ? "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-\(seconds) seconds')"
                : "clock_timestamp() - interval '\(seconds) seconds'"
            try bank.tamper("UPDATE entries SET timestamp = \(time) WHERE reason = 'bonus'")
        }
        try age(86_300)
        #expect(try await bank.apply(4, "/bonus")?.entries == [])
        try age(86_401)
        #expect(try await bank.apply(5, "/bonus")?.entries == [Casino.Entry(amount: 100, reason: "bonus")])
        #expect(try await bank.apply(6, "/bonus")?.entries == [])
        #expect(try bank.imbalances() == [])
    }

    @Test(arguments: LedgerKind.allCases) func aClockSetBackDelaysTheBonusByADayAtMost(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        try await bank.apply(1, "/bonus")
        try bank.tamper("UPDATE entries SET timestamp = '2999-01-01T00:00:00.000Z' WHERE reason = 'bonus'")
        let effects = try await bank.apply(2, "/bonus")
        #expect(effects?.replies == [.message(chat: 9, text: "The next bonus is due in 1440 minutes.", again: nil)])
    }

    @Test(arguments: [Int64.max, Int64.max - 1000, Int64.max / 2], LedgerKind.allCases)
    func theRichestPlayerOverflowsNothing(balance: Int64, kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        try await bank.apply(1, "/start")
        try await bank.apply(2, "/start", from: 8)
        try bank.tamper("UPDATE accounts SET balance = \(balance)")
        try bank.tamper("UPDATE entries SET amount = \(balance)")
        let bets = ["/dice \(balance)", "/slots \(balance / 30 + 1)", "/flip heads 9223372036854775807", "/bonus"]
        for (id, text) in bets.enumerated() {
            #expect(try await bank.apply(Int64(10 + id), text) != nil)
        }
        // The sum of both balances exceeds Int64.
        let stats = try await bank.apply(20, "/stats", from: 2)
        for words in ["Players: 3", "Coins: 9223372036854775807"] {
            #expect(stats?.replies.first.map { "\($0)" }?.contains(words) == true, "\(stats as Any)")
        }
        #expect(try bank.imbalances() == [])
    }

    @Test(arguments: LedgerKind.allCases) func theListOfTheRichest(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        for user in 1...12 as ClosedRange<Int64> { try await bank.apply(user, "/start", from: user) }
        try bank.tamper("UPDATE accounts SET balance = user_id % 6")
        let words = try await bank.apply(20, "/top", from: 3)?.replies.first.map { "\($0)" } ?? ""
        #expect(words.contains("1. player …5: 5\\n2. player …11: 5\\n3. player …4: 4"), "\(words)")
        #expect(!words.contains("11. "))
    }

    @Test(arguments: LedgerKind.allCases) func localUpdatesAreNegativeAndNeverTheSame(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        let first = try await bank.ledger.nextLocalUpdate()
        #expect(first == -1)
        // Both ask before either applies its update: an equal number would lose one of the two.
        let second = try await bank.ledger.nextLocalUpdate()
        #expect(second < first)
        #expect(try await bank.apply(first, "/start") != nil)
        #expect(try await bank.apply(second, "/start", from: 8) != nil)
        #expect(try await bank.again().ledger.nextLocalUpdate() < second)
    }

    /// Telegram keeps an update for a day, and starts at a random id after a week without any.
    @Test(arguments: LedgerKind.allCases) func anIdThatWasUsedLongAgoIsThatOfAnotherUpdate(kind: LedgerKind)
        async throws
    {
        let bank = try await Bank.make(kind)
        for id in 1...3 as ClosedRange<Int64> { try await bank.apply(id, "/start", from: id) }
        try bank.tamper("UPDATE updates SET processed_at = '2025-01-01T00:00:00.000Z' WHERE update_id < 3")
        #expect(try await bank.apply(1, "/start", from: 11) != nil)
        #expect(try await bank.apply(1, "/start", from: 11) == nil)
        #expect(try await bank.apply(3, "/start", from: 12) == nil)
        try await bank.ledger.forgetOldUpdates()
        #expect(try bank.rows("SELECT update_id FROM updates ORDER BY 1") == ["1", "3"])
        #expect(try bank.imbalances() == [])
    }

    /// Telegram may redeliver an update for a day; the ids are kept twice as long.
    @Test(arguments: LedgerKind.allCases) func idsAreKeptForTwoDays(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        for id in 1...8 as ClosedRange<Int64> { try await bank.ledger.skip(id) }
        func age(_ hours: Int, where condition: String) throws {
            let time =
                kind == .sqlite
                ? "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-\(hours) hours')"
                : "clock_timestamp() - interval '\(hours) hours'"
            try bank.tamper("UPDATE updates SET processed_at = \(time) WHERE \(condition)")
        }
        try age(47, where: "update_id < 3")
        try age(49, where: "update_id > 3")
        #expect(try await bank.apply(1, "/start") == nil)
        #expect(try await bank.apply(8, "/start") != nil)
        // One call forgets many.
        try await bank.ledger.forgetOldUpdates()
        #expect(try bank.rows("SELECT update_id FROM updates ORDER BY 1") == ["1", "2", "3", "8"])
    }

    @Test(arguments: LedgerKind.allCases) func localIdsAreNotUsedAgain(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        let first = try await bank.ledger.nextLocalUpdate()
        try await bank.apply(first, "/start")
        try bank.tamper("DELETE FROM updates")
        #expect(try await bank.again().ledger.nextLocalUpdate() == first - 1)
    }

    @Test(arguments: LedgerKind.allCases) func aClosedLedgerTakesNothing(kind: LedgerKind) async throws {
        let bank = try await Bank.make(kind)
        await bank.ledger.close()
        await #expect(throws: LedgerError.self) { try await bank.ledger.ping() }
        await #expect(throws: LedgerError.self) { try await bank.apply(1, "/start") }
    }
}
