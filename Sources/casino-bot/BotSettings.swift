import KeepAliveKit

/// The casino bot's own variables, beside those of the kit.
struct BotSettings: Sendable {
    let isDemo: Bool
    let token: String
    let owner: Int64?
    let admins: Set<Int64>
    let cryptoPayToken: String?
    let apiURL: String
    let databasePath: String
    /// Where this bot can be reached from outside, and how often it calls itself there.
    let externalURL: String?
    let heartbeatInterval: Duration
    let keepAlive: Configuration

    /// How long a poll waits for updates. Its answer is the heartbeat of a quiet bot, so it comes well within the times
    /// after which silence is unhealthy, or taken for a zombie connection.
    var pollTime: Duration {
        let half = keepAlive.unhealthyAfter.components.seconds / 2
        let third = keepAlive.watchdogThresholds.stall.components.seconds / 3
        return .seconds(min(30, half, third))
    }

    /// What no output may hold.
    var secrets: [String] {
        [token, cryptoPayToken, keepAlive.restartToken].compactMap { $0 }.filter { !$0.isEmpty }
    }

    /// Reads every variable.
    ///
    /// - Throws: `KeepAliveError.configuration` with every finding at once.
    init(options: Options, settings: consuming Settings) throws(KeepAliveError) {
        isDemo = settings.flag("DEMO_MODE", default: false)
        var defaults = Configuration()
        if isDemo {
            defaults.environment = "dev"
            defaults.host = "localhost"
        }
        keepAlive = Configuration(reading: &settings, defaults: defaults)
        token = isDemo ? "" : settings.botToken() ?? ""
        owner = isDemo ? nil : settings.ownerID()
        admins = settings.adminIDs()
        cryptoPayToken = settings.value("CRYPTOBOT_API_TOKEN")
        apiURL = Self.url("TELEGRAM_API_URL", from: &settings) ?? "https://api.telegram.org"
        externalURL = Self.url("RENDER_EXTERNAL_URL", from: &settings)
        heartbeatInterval = settings.seconds("HEARTBEAT_INTERVAL", in: 1...86_400, default: .seconds(300))
        databasePath = settings.value("DATABASE_PATH") ?? "casino.db"
        do throws(KeepAliveError) {
            try settings.check()
        } catch {
            // A secret in another variable's place would be shown as its value.
            throw error.hiding([settings.value("BOT_TOKEN") ?? ""] + secrets)
        }
    }

    private static func url(_ name: String, from settings: inout Settings) -> String? {
        guard var url = settings.value(name) else { return nil }
        let rest = ["http://", "https://"].first { url.lowercased().hasPrefix($0) }.map { url.dropFirst($0.count) }
        guard let rest, let first = rest.first, first != "/",
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !url.contains("?"), !url.contains("#")
        else {
            settings.refuse(name, url, "an address such as https://bot.example.com")
            return nil
        }
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}
