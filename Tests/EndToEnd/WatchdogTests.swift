import Foundation
import KeepAliveTestSupport
import Testing

/// The bot's own watchdog in the real program: what it ends and, as important, what it does not.
@Suite(.timeLimit(.minutes(2)))
struct WatchdogTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    /// Checks each second. The limit is generous for a busy machine, because it also ends a bot with a stopped
    /// executor.
    private func start(stall: Int = 8, grace: Int = 60, _ changes: [String: String] = [:]) throws -> CasinoProcess {
        let limits = [
            "KEEPALIVE_INTERVAL_SEC": "1", "WATCHDOG_STALL_SEC": "\(stall)",
            "WATCHDOG_DISCONNECT_GRACE_SEC": "\(grace)",
        ]
        return try CasinoProcess(telegram, limits.merging(changes) { $1 })
    }

    /// Waits for the end by the watchdog and returns its log line.
    private func condemnation(of bot: CasinoProcess) async throws -> String {
        #expect(await bot.child.wait() == .exited(75))
        let lines = bot.output.split(separator: "\n").filter { $0.contains("ERROR watchdog: ") }
        #expect(lines.count == 1, "\(bot.output)")
        let line = try #require(lines.first)
        #expect(line.contains("; the bot ends so that its supervisor restarts it"))
        #expect(bot.output.hasSuffix("\(line)\n"))
        return String(line)
    }

    @Test func aTelegramThatKeepsTheConnectionAndAnswersNoMoreIsAZombie() async throws {
        let bot = try start()
        try await bot.health("healthy") { $0["gateway"]?["lastReadyAge"]?.double != nil }
        #expect(try await bot.get("/readyz").status == 200)
        for method in ["getMe", "getUpdates", "getWebhookInfo"] { telegram.scriptForever(.hang, for: method) }
        let line = try await condemnation(of: bot)
        #expect(line.contains("zombie connection: connected, but silent for "))
        #expect(line.contains(" (limit 8 s) and the last round trip took "))
        #expect(line.contains("; connected=true lastEventAge="))
        #expect(line.contains("disconnectAge=none"))
    }

    @Test func aTelegramThatAnswersGetMeAloneIsNoConnection() async throws {
        telegram.scriptForever(.hang, for: "getUpdates")
        let line = try await condemnation(of: try start(stall: 30, grace: 2))
        #expect(line.contains("watchdog: not connected for "))
        #expect(line.contains("lastReadyAge=never"))
        #expect(line.contains("latency=unknown"))
    }

    /// Sent to a bot that the watchdog does not end meanwhile.
    @Test func aTelegramThatAnswersGetMeAloneMakesNobodyReady() async throws {
        telegram.scriptForever(.hang, for: "getUpdates")
        let bot = try start(stall: 600, grace: 600)
        try await telegram.waitForCall("getUpdates")
        let health = try await bot.health("healthy")
        #expect(health["gateway"]?["connected"] == false)
        #expect(health["gateway"]?["lastReadyAge"] == .null)
        #expect(health["last_heartbeat_ago"] == .null)
        #expect(try await bot.get("/readyz").status == 503)
        #expect(await bot.stop() == .exited(0))
    }

    @Test func aTelegramThatNeverAnswersIsNoConnection() async throws {
        telegram.scriptForever(.hang, for: "getMe")
        let bot = try start(stall: 30, grace: 2)
        let line = try await condemnation(of: bot)
        #expect(line.contains("watchdog: not connected for "))
        #expect(line.contains(" (limit 2 s); connected=false "))
        #expect(line.contains("latency=unknown"))
    }

    @Test func aTelegramThatRefusesConnectionsIsGivenUpAfterTheGrace() async throws {
        let bot = try start(stall: 30, grace: 2)
        try await bot.health("healthy") { $0["gateway"]?["lastReadyAge"]?.double != nil }
        try telegram.stopListening()
        #expect(try await condemnation(of: bot).contains("watchdog: disconnected for "))
    }

    @Test func aTelegramThatComesBackInTimeIsReadyAgain() async throws {
        let bot = try start(stall: 600, grace: 600)
        try await telegram.waitForWaitingPoll()
        try telegram.stopListening()
        let lost = try await bot.health("degraded") { $0["gateway"]?["disconnectAge"]?.double != nil }
        #expect(lost["gateway"]?["connected"] == false)
        #expect(lost["reasons"]?[0]?.string?.contains("cannot be reached") == true)
        #expect(try await bot.get("/readyz").status == 503)
        try telegram.startListening()
        telegram.enqueue(message: "/balance", from: 7)
        let well = try await bot.health("healthy") { $0["gateway"]?["connected"]?.bool == true }
        #expect(well["gateway"]?["disconnectAge"] == .null)
        #expect(try await bot.get("/readyz").status == 200)
        #expect(await bot.stop() == .exited(0))
        #expect(!bot.output.contains("condemned"))
    }

    /// Longer than the stall limit, with only answered, empty polls.
    @Test func aQuietNightRaisesNothing() async throws {
        let bot = try start(stall: 6)
        try await bot.health("healthy") { $0["gateway"]?["lastReadyAge"]?.double ?? 0 > 7 }
        let quiet = try await bot.health("healthy")
        #expect(quiet["reasons"]?.array?.isEmpty == true)
        #expect(quiet["total_updates"] == 0)
        #expect(quiet["gateway"]?["connected"]?.bool == true)
        #expect(try await bot.get("/readyz").status == 200)
        #expect(await bot.stop() == .exited(0))
        #expect(!bot.output.contains(" WARN "), "\(bot.output)")
        #expect(!bot.output.contains(" ERROR "), "\(bot.output)")
        #expect(!bot.output.contains("no action"), "\(bot.output)")
    }

    /// Past all limits of silence: the one of `/health` and the watchdog's.
    @Test func aTelegramThatAsksForAnHourIsGivenIt() async throws {
        telegram.scriptForever(.tooManyRequests(retryAfter: 3600), for: "getUpdates")
        let bot = try start(stall: 5, grace: 5, ["UNHEALTHY_AFTER_SEC": "2"])
        let waiting = try await bot.health("degraded") { $0["uptime_seconds"]?.double ?? 0 > 9 }
        #expect(waiting["reasons"]?[0]?.string?.contains("accepts requests again in 3600 s") == true)
        #expect(telegram.callCount("getUpdates") == 1)
        #expect(await bot.stop() == .exited(0))
        #expect(!bot.output.contains("condemned"))
    }

    @Test func theLimitsAreSaidAtTheStart() async throws {
        let bot = try start(stall: 40, grace: 50, ["EXECUTOR_STALL_SEC": "20"])
        let line = try await bot.child.waitForLine(containing: "watchdog checks")
        #expect(
            line.hasSuffix(
                "checks every 1 s; stalled after 40 s, disconnected too long after 50 s, executor stopped after 20 s"))
        #expect(await bot.stop() == .exited(0))
    }

    @Test(arguments: [
        "KEEPALIVE_INTERVAL_SEC", "WATCHDOG_STALL_SEC", "WATCHDOG_DISCONNECT_GRACE_SEC", "EXECUTOR_STALL_SEC",
    ])
    func aWrongLimitEndsWith78AndItsName(name: String) async throws {
        let bot = try start([name: "-3"])
        #expect(await bot.child.wait() == .exited(78))
        #expect(bot.output.contains("\(name)=\"-3\" is not allowed: give a number of seconds from 1 to 86400"))
    }
}
