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

    /// How long a poll waits for updates. Its answer is the heartbeat of a quiet bot, so it comes at least twice within the
    /// time after which silence is unhealthy.
    var pollTime: Duration {
        let half = keepAlive.unhealthyAfter.components.seconds / 2
        return .seconds(min(30, max(1, half)))
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
        token = Self.token(from: &settings, isDemo: isDemo)
        owner = Self.owner(from: &settings, isDemo: isDemo)
        admins = Self.admins(from: &settings)
        cryptoPayToken = settings.value("CRYPTOBOT_API_TOKEN")
        apiURL = Self.url("TELEGRAM_API_URL", from: &settings) ?? "https://api.telegram.org"
        externalURL = Self.url("RENDER_EXTERNAL_URL", from: &settings)
        heartbeatInterval = settings.seconds("HEARTBEAT_INTERVAL", in: 1...86_400, default: .seconds(300))
        databasePath = settings.value("DATABASE_PATH") ?? "casino.db"
        try settings.check()
    }

    private static func token(from settings: inout Settings, isDemo: Bool) -> String {
        if isDemo { return "" }
        guard let token = settings.required("BOT_TOKEN", remedy: "get one from @BotFather, or try --demo") else {
            return ""
        }
        // The value itself is never shown.
        let parts = token.split(separator: ":", omittingEmptySubsequences: false)
        let isWellFormed =
            parts.count == 2 && !parts[0].isEmpty && parts[0].utf8.allSatisfy { (0x30...0x39).contains($0) }
            && parts[1].utf8.count == 35
            && parts[1].utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: "-")
            }
        if !isWellFormed {
            settings.report(
                "BOT_TOKEN (hidden, \(token.count) characters) is not allowed: "
                    + "give digits, a colon and 35 characters, as @BotFather shows it")
        }
        return token
    }

    private static func owner(from settings: inout Settings, isDemo: Bool) -> Int64? {
        if isDemo { return nil }
        guard
            let text = settings.required(
                "OWNER_USER_ID", remedy: "send /start to @userinfobot to learn yours, or try --demo")
        else { return nil }
        guard let id = userID(text[...]) else {
            settings.refuse("OWNER_USER_ID", text, "a Telegram user id, which is a positive whole number")
            return nil
        }
        return id
    }

    private static func admins(from settings: inout Settings) -> Set<Int64> {
        guard let text = settings.value("ADMIN_USER_IDS") else { return [] }
        let ids = text.split(separator: ",").map { userID($0) }
        if ids.contains(nil) {
            settings.refuse("ADMIN_USER_IDS", text, "Telegram user ids with commas between them, such as 123,456")
        }
        return Set(ids.compactMap { $0 })
    }

    private static func userID(_ text: Substring) -> Int64? {
        let digits = text.filter { !$0.isWhitespace }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let id = Int64(digits), id > 0 else { return nil }
        return id
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
