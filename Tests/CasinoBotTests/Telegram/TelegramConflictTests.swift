import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct TelegramConflictTests {
    /// The earlier process's poll is over within a minute; a long backoff must not outlast it.
    @Test func thePauseInTheFirstMinuteIsShort() async throws {
        let telegram = try FakeTelegram()
        telegram.scriptForever(.conflict, for: "getUpdates")
        let (bank, lines) = (try Bank(), EventLog<String>())
        let bot = TelegramBot(
            api: BotAPI(baseURL: telegram.baseURL, token: telegram.token, client: HTTPClient()), ledger: bank.ledger,
            link: TelegramLink(), gateway: GatewayHeartbeat(), lease: .none,
            retry: Backoff(initial: .seconds(300), maximum: .seconds(300)), wait: .seconds(30), owner: 1, admins: [],
            log: Log(level: .debug) { _, line in lines.append(line) }, restart: {},
            conflictGraceEnd: .now.advanced(by: .seconds(3600)))
        let running = Task { try await bot.run(HealthMonitor()) }
        let line = try await lines.first { $0.contains("may still be open (409)") }
        #expect(line.hasSuffix("retrying in 5 s"))
        running.cancel()
        _ = await running.result
    }
}
