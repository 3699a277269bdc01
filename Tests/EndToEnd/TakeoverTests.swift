import Foundation
import KeepAlivePostgreSQL
import KeepAliveTestSupport
import Testing

/// Two machines' bots on one ledger in PostgreSQL; this test is the launchers that hold the lease.
@Suite(.timeLimit(.minutes(2)))
struct TakeoverTests {
    private let telegram: FakeTelegram
    private let url: String

    init() async throws {
        telegram = try FakeTelegram()
        url = try await PostgreSQLServer.shared().makeDatabase()
    }

    private func start(
        _ lease: LeaseMemory?, epoch: Int64 = 0, _ changes: [String: String] = [:]
    ) throws -> CasinoProcess {
        let variables = (lease?.variables(name: "casino", epoch: epoch) ?? [:]).merging(["DATABASE_URL": url]) { $1 }
        return try CasinoProcess(telegram, variables.merging(changes) { $1 })
    }

    /// Nothing but the ledger stops the first bot: its deadline is moved on, as by a launcher that knows of nothing.
    @Test func aFrozenBotCommitsNothingAfterATakeover() async throws {
        let (first, second) = (try LeaseMemory(heldFor: .seconds(600)), try LeaseMemory(heldFor: .seconds(600)))
        let frozen = try start(first, epoch: 5)
        telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForSent { $0.chatID == 7 }
        try await telegram.waitForWaitingPoll()
        // Frozen before it has noted the reply as sent, it would leave it to its successor.
        let ledger = Books(url: url)
        try await Polling.until({ try ledger.integers("SELECT count(*) FROM replies") }, isMet: { $0 == [0] })
        frozen.child.signal(SIGSTOP)
        let bot = try start(second, epoch: 6)
        telegram.enqueue(message: "/balance", from: 8)
        try await telegram.waitForSent { $0.chatID == 8 }
        frozen.child.signal(SIGCONT)
        // Its poll, or an update that it received before, shows it the fence.
        #expect(await frozen.child.wait() == .exited(75))
        #expect(frozen.output.contains("another process has taken the ledger in postgres://"), "\(frozen.output)")
        #expect(frozen.output.contains("(lease casino, epoch 5 here); exiting with 75"))
        let last = telegram.enqueue(message: "/balance", from: 9)
        try await telegram.waitForSent { $0.chatID == 9 }
        try await telegram.waitForConfirmation(of: last)
        #expect(await bot.stop() == .exited(0))
        let books = Books(url: url)
        #expect(try books.rows("SELECT lease, epoch FROM casino_meta") == ["casino|6"])
        #expect(try books.imbalances() == [])
        #expect(try books.integers("SELECT epoch FROM updates ORDER BY update_id") == [5, 6, 6])
        #expect(telegram.sent.count == 3)
    }

    @Test func aConflictUnderALeaseIsPolledThrough() async throws {
        telegram.script(.conflict, for: "getUpdates", times: 4)
        let memory = try LeaseMemory(heldFor: .seconds(600))
        let bot = try start(memory, epoch: 5)
        try await bot.child.waitForLine(containing: "another poll is still open (409); this bot holds the lease")
        telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForSent { $0.chatID == 7 }
        #expect(telegram.callCount("getMe") == 1)
        #expect(await bot.stop() == .exited(0))
    }

    @Test func withoutTheLeaseOfTheLedgerItEndsWith78() async throws {
        let memory = try LeaseMemory(heldFor: .seconds(600))
        let bot = try start(memory, epoch: 5)
        try await telegram.waitForWaitingPoll()
        #expect(await bot.stop() == .exited(0))
        let other = try start(nil)
        #expect(await other.child.wait() == .exited(78))
        #expect(
            other.output.contains("belongs to the lease casino, and this bot has no lease: start the bot by a launcher")
        )
        #expect(telegram.callCount("getMe") == 1, "it asked nobody before it knew")
    }

    /// The launcher leaves a bot alone whose connection is lost: another process would find the same outage.
    @Test func anOutageOfTheServerIsALostConnection() async throws {
        let server = try await PostgreSQLServer.start()
        let bot = try start(nil, ["DATABASE_URL": server.url(), "RESTART_DELAY_SEC": "0.2", "MAX_RESTARTS": "1"])
        try await telegram.waitForWaitingPoll()
        await server.stop(SIGQUIT)
        telegram.enqueue(message: "/start", from: 7)
        try await bot.health("unhealthy") { $0["gateway"]?["connected"]?.bool == false }
        try await bot.child.waitForLine(containing: "does not count toward MAX_RESTARTS", occurrence: 2)
        let again = try await server.restarted()
        try await telegram.waitForSent { $0.chatID == 7 }
        try await bot.health("healthy")
        #expect(await bot.stop() == .exited(0))
        await again.stop()
    }

    @Test func aServerThatDoesNotAnswerHoldsUpNoStop() async throws {
        let bot = try start(nil, ["SHUTDOWN_TIMEOUT_SEC": "3"])
        try await telegram.waitForWaitingPoll()
        let lock = try PostgreSQLConnection.connect(
            to: PostgreSQLAddress(url), application: "tests", within: .seconds(60))
        defer { lock.close() }
        _ = try lock.run(["BEGIN", "LOCK TABLE replies"], within: .seconds(60))
        // The check of the replies waits for it, longer than the bot may take to stop.
        let waiting = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND application_name = 'casino-bot' AND wait_event_type = 'Lock'
            """
        let books = Books(url: url)
        try await Polling.until({ try books.integers(waiting) }, isMet: { $0 == [1] })
        #expect(await bot.stop() == .exited(0))
        #expect(!bot.output.contains("did not end in time"), "\(bot.output)")
    }

    @Test func aMalformedAddressIsAnErrorWithoutItsPassword() async throws {
        let bot = try start(nil, ["DATABASE_URL": "postgres://casino:geheim77@db.example:port/x"])
        #expect(await bot.child.wait() == .exited(78))
        #expect(bot.output.contains("DATABASE_URL (hidden) is not allowed: the PostgreSQL URL cannot be read"))
        #expect(!bot.output.contains("geheim77"))
    }
}
