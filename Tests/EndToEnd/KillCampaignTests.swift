import Foundation
import KeepAliveTestSupport
import Testing

/// SIGKILL at random moments while bets arrive: no bet is lost or doubled.
///
/// `scripts/kill-campaign N` runs it for longer.
@Suite(.timeLimit(.minutes(60)))
struct KillCampaignTests {
    private static let kills = ProcessInfo.processInfo.environment["KILLS"].flatMap { Int($0) } ?? 25

    private let telegram: FakeTelegram
    private let folder: TemporaryDirectory

    init() throws {
        telegram = try FakeTelegram()
        folder = try TemporaryDirectory()
    }

    private func start(_ server: PostgreSQLServer?) throws -> CasinoProcess {
        let changes = server.map { ["DATABASE_URL": $0.url(), "RESTART_DELAY_SEC": "0.1"] } ?? [:]
        return try CasinoProcess(telegram, in: folder, changes.merging(["LOG_LEVEL": "error"]) { $1 })
    }

    @Test func nothingIsLostAndNothingDoubled() async throws {
        try await run(kills: Self.kills, server: nil)
    }

    /// In PostgreSQL, whose server crashes now and then while the bot works.
    @Test func nothingIsLostInPostgreSQL() async throws {
        try await run(kills: (Self.kills + 2) / 3, server: PostgreSQLServer.start())
    }

    private func run(kills: Int, server: PostgreSQLServer?) async throws {
        var server = server
        var traffic = Traffic()
        for number in 0..<kills {
            let burst = Int.random(in: 3...12)
            // The n-th call of this kind from now on is certain, and so is the kill.
            let (method, most) =
                [("getMe", 1), ("getUpdates", 2), ("sendMessage", burst / 3)].randomElement() ?? ("getMe", 1)
            let count = telegram.callCount(method) + Int.random(in: 1...most)
            traffic.send(burst, to: telegram)
            if method == "sendMessage" {
                for _ in 0..<most { telegram.enqueue(message: "/balance", from: 1, chat: 77) }
            }
            let bot = try start(server)
            try await telegram.waitForCall(method, count: count)
            try await Task.sleep(for: .microseconds(Int.random(in: 0...15_000)))
            if number.isMultiple(of: 3), let crashed = server {
                server = try await crashed.restarted()
                traffic.send(burst, to: telegram)
                let calls = telegram.callCount("getUpdates")
                try await telegram.waitForCall("getUpdates", count: calls + 2)
            }
            #expect(bot.child.signal(SIGKILL))
            #expect(await bot.child.wait() == .signaled(SIGKILL))
        }
        let last = telegram.enqueue(message: "/start", from: 1, chat: -1_000_000)
        let bot = try start(server)
        try await telegram.waitForConfirmation(of: last)
        try await telegram.waitForSent { $0.chatID == -1_000_000 }
        let ledger = Books(path: bot.database, url: server?.url())
        try await ledger.untilNoReplyWaits()
        #expect(await bot.stop() == .exited(0))
        #expect(bot.output.isEmpty, "\(bot.output)")

        let all = Array(FakeTelegram.firstUpdateID...last)
        #expect(try ledger.integers("SELECT update_id FROM updates ORDER BY update_id") == all)
        #expect(try ledger.imbalances() == [])
        if server == nil { #expect(try ledger.rows("PRAGMA integrity_check") == ["ok"]) }
        #expect(
            try ledger.rows("SELECT user_id FROM entries WHERE reason = 'start' GROUP BY 1 HAVING count(*) > 1") == [])
        #expect(
            try ledger.rows("SELECT user_id FROM entries WHERE reason = 'bonus' GROUP BY 1 HAVING count(*) > 1") == [])
        try expectOneApplicationEach(traffic, ledger)
        await server?.stop()
    }

    private func expectOneApplicationEach(_ traffic: Traffic, _ ledger: Books) throws {
        struct Booked {
            var reason: String?
            var change: Int64 = 0
            var balance: Int64 = 0
            var count = 0
        }
        var booked: [Int64: Booked] = [:]
        var balances: [Int64: Int64] = [:]
        var hadBonus: Set<Int64> = []
        for row in try ledger.rows("SELECT update_id, user_id, amount, reason FROM entries ORDER BY id") {
            let fields = row.split(separator: "|").map(String.init)
            guard let id = Int64(fields[0]), let user = Int64(fields[1]), let amount = Int64(fields[2]) else {
                continue
            }
            balances[user, default: 0] += amount
            if fields[3] == "start" { continue }
            booked[id, default: Booked()].count += 1
            booked[id]?.reason = fields[3]
            booked[id]?.change = amount
            booked[id]?.balance = balances[user] ?? 0
        }
        let answers = Dictionary(grouping: telegram.sent) { $0.chatID ?? 0 }
        let buttons = telegram.sent.count { $0.method == "answerCallbackQuery" }
        for update in traffic.sent {
            let entry = booked[update.id]
            let getsBonus = update.kind != .bonus || hadBonus.insert(update.user).inserted
            let expected = getsBonus ? update.kind.reason : nil
            #expect(
                entry?.reason == expected && entry?.count ?? 0 == (expected == nil ? 0 : 1), "\(update) \(entry as Any)"
            )
            let texts = answers[update.chat]?.map(\.text) ?? []
            #expect(!texts.isEmpty, "no answer to \(update)")
            // A kill between sending and marking sends it at most twice, with equal text.
            #expect(Set(texts).count <= 1)
            if let entry { #expect(texts.first?.contains("Balance: \(entry.balance).") == true, "\(update) \(texts)") }
        }
        #expect(buttons >= traffic.sent.count { $0.kind == .button })
    }
}
