import Foundation
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct StopTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    /// Otherwise it would wait for the whole shutdown time and log that.
    private func expectCleanEnd(_ bot: CasinoProcess, _ signal: Int32) async {
        #expect(await bot.stop(signal) == .exited(0))
        #expect(bot.output.contains("\(signal == SIGTERM ? "SIGTERM" : "SIGINT"): stopping"))
        #expect(bot.output.contains("INFO  stopped"))
        #expect(!bot.output.contains("did not end within"))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func whilePolling(signal: Int32) async throws {
        let bot = try CasinoProcess(telegram)
        try await telegram.waitForWaitingPoll()
        await expectCleanEnd(bot, signal)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func whileTheFirstCallHangs(signal: Int32) async throws {
        telegram.scriptForever(.hang, for: "getMe")
        let bot = try CasinoProcess(telegram)
        try await telegram.waitForCall("getMe")
        await expectCleanEnd(bot, signal)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func whileBackingOff(signal: Int32) async throws {
        try telegram.stopListening()
        let bot = try CasinoProcess(telegram, ["RESTART_DELAY_SEC": "3600", "RESTART_MAX_DELAY_SEC": "3600"])
        try await bot.child.waitForLine(containing: "does not count toward MAX_RESTARTS")
        await expectCleanEnd(bot, signal)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func whileWaitingForTheNextPoll(signal: Int32) async throws {
        telegram.scriptForever(.tooManyRequests(retryAfter: 3600), for: "getUpdates")
        let bot = try CasinoProcess(telegram)
        try await bot.child.waitForLine(containing: "retrying in 3600 s")
        await expectCleanEnd(bot, signal)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func whileAReplyHangs(signal: Int32) async throws {
        telegram.scriptForever(.hang, for: "sendMessage")
        let bot = try CasinoProcess(telegram)
        telegram.enqueue(message: "/start", from: 7)
        try await telegram.waitForCall("sendMessage")
        await expectCleanEnd(bot, signal)
        #expect(try Books(path: bot.database).rows("SELECT count(*) FROM replies") == ["1"])
    }

    @Test func whileAnAnswerDrips() async throws {
        telegram.scriptForever(.dripOver(.seconds(3600)), for: "getUpdates")
        let bot = try CasinoProcess(telegram)
        try await telegram.waitForCall("getUpdates")
        await expectCleanEnd(bot, SIGTERM)
    }

    @Test func whilePlaying() async throws {
        for number in 0..<200 as Range<Int64> { telegram.enqueue(message: "/dice 1", from: number % 5 + 1) }
        let bot = try CasinoProcess(telegram)
        try await telegram.waitForCall("getUpdates")
        await expectCleanEnd(bot, SIGTERM)
        #expect(try Books(path: bot.database).imbalances() == [])
        let next = try CasinoProcess(telegram, in: bot.folder)
        try await telegram.waitForConfirmation(of: 1199)
        try await telegram.waitForSent(count: 200)
        await expectCleanEnd(next, SIGTERM)
        #expect(try Books(path: bot.database).rows("SELECT count(*) FROM entries WHERE reason = 'dice'") == ["200"])
    }

    @Test func betweenTwoBodies() async throws {
        telegram.enqueue(message: "/restart", from: 1)
        let bot = try CasinoProcess(telegram)
        try await bot.child.waitForLine(containing: "restart requested")
        await expectCleanEnd(bot, SIGTERM)
    }

    @Test func inTheDemo() async throws {
        let bot = try CasinoProcess(nil, arguments: ["--demo"])
        try await bot.child.waitForLine(containing: "bot body started")
        await expectCleanEnd(bot, SIGTERM)
    }

    @Test func aSecondSignalNeedsNoPatience() async throws {
        let bot = try CasinoProcess(telegram)
        try await telegram.waitForWaitingPoll()
        bot.child.signal(SIGINT)
        #expect(await bot.child.stop() == .exited(0))
    }
}
