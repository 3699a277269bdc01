import KeepAliveKit
import KeepAlivePostgreSQL

/// The casino bot's own variables, besides the kit's.
struct BotSettings: Sendable {
    let isDemo: Bool
    let token: String
    let owner: Int64?
    let admins: Set<Int64>
    let cryptoPayToken: String?
    let apiURL: String
    /// The ledger's file, unless `database` is set.
    let databasePath: String
    /// The ledger's server.
    let database: PostgreSQLAddress?
    private let databaseURL: String
    /// The bot's external URL, and how often the bot calls itself there.
    let externalURL: String?
    let heartbeatInterval: Duration
    let keepAlive: Configuration

    /// How long a poll waits for updates. Its answer is the heartbeat of a quiet bot, so it comes well within the times
    /// after which silence is unhealthy, or taken for a zombie connection or none at all.
    var pollTime: Duration {
        let half = keepAlive.unhealthyAfter.duration.map { $0.components.seconds / 2 } ?? .max
        let limits = keepAlive.watchdogThresholds
        let third = min(limits.stall, limits.disconnectGrace).components.seconds / 3
        return .seconds(min(30, half, third))
    }

    /// Texts that no output may show.
    var secrets: [String] {
        [token, cryptoPayToken, keepAlive.restartToken, databaseURL].compactMap { $0 }.filter { !$0.isEmpty }
    }

    /// The casino bot's own variables.
    static let variables = [
        "BOT_TOKEN", "OWNER_USER_ID", "ADMIN_USER_IDS", "DEMO_MODE", "CRYPTOBOT_API_TOKEN", "TELEGRAM_API_URL",
        "DATABASE_PATH", "DATABASE_URL", "RENDER_EXTERNAL_URL", "HEARTBEAT_INTERVAL",
    ]

    /// Reads every variable.
    ///
    /// - Throws: `KeepAliveError.configuration` with every finding at once.
    init(options: Options, variables: [String: String]) throws(KeepAliveError) {
        var variables = variables
        if options.isDemo { variables["DEMO_MODE"] = "true" }
        if let port = options.port { variables["PORT"] = port }
        var reader = VariableReader(
            variables, secrets: ["BOT_TOKEN", "CRYPTOBOT_API_TOKEN", "RESTART_TOKEN", "DATABASE_URL"])
        isDemo = reader.flag("DEMO_MODE")
        var defaults = Configuration()
        if isDemo {
            defaults.environment = "dev"
            defaults.host = "localhost"
        }
        do throws(KeepAliveError) {
            keepAlive = try Configuration(variables: variables, defaults: defaults)
        } catch {
            guard error.kind == .configuration else { throw error }
            reader.findings += error.findings
            keepAlive = defaults
        }
        token = isDemo ? "" : reader.token("BOT_TOKEN") ?? ""
        owner = isDemo ? nil : reader.owner("OWNER_USER_ID")
        admins = reader.userIDs("ADMIN_USER_IDS")
        cryptoPayToken = reader.value("CRYPTOBOT_API_TOKEN")
        apiURL = reader.url("TELEGRAM_API_URL") ?? "https://api.telegram.org"
        externalURL = reader.url("RENDER_EXTERNAL_URL")
        heartbeatInterval = reader.seconds("HEARTBEAT_INTERVAL", in: 1...86_400) ?? .seconds(300)
        databasePath = reader.value("DATABASE_PATH") ?? "casino.db"
        databaseURL = reader.value("DATABASE_URL") ?? ""
        database = reader.database("DATABASE_URL")
        if !reader.findings.isEmpty { throw .configuration(reader.findings) }
    }
}
