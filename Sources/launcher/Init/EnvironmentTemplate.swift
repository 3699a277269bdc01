/// The text of a first `.env` file: the required variables, and the others commented out with their defaults. Pure.
struct EnvironmentTemplate {
    /// Whether the bot is the casino bot.
    let isOwnBot: Bool
    /// Variables that the bot requires, besides those for the casino bot.
    var required: [String] = []

    var text: String {
        let head = """
            # The bot's variables. Keep this file to yourself: chmod 600 .env
            # Each value may stand in a file of its own instead: BOT_TOKEN_FILE=/run/secrets/bot_token. Set one of the two.

            """
        var parts = [head]
        if isOwnBot { parts.append(Self.casino) }
        if !required.isEmpty {
            parts.append("# The bot does not start without these.\n" + required.map { "\($0)=\n" }.joined())
        } else if !isOwnBot {
            parts.append("# Add what the bot needs.\n#MY_TOKEN=\n")
        }
        return (parts + [Self.kit]).joined(separator: "\n")
    }

    private static let casino = """
        # From @BotFather: digits, a colon, 35 characters.
        BOT_TOKEN=
        # Your own Telegram user id.
        OWNER_USER_ID=
        # More ids that may use /stats and /health, with commas.
        #ADMIN_USER_IDS=

        # Simulated players instead of Telegram: needs neither token nor network.
        #DEMO_MODE=false

        #DATABASE_PATH=casino.db
        #DATABASE_URL=postgres://casino:password@db.example/casino
        #TELEGRAM_API_URL=https://api.telegram.org
        #CRYPTOBOT_API_TOKEN=

        # For free hosts that sleep without traffic: the bot calls itself at URL/ping.
        #RENDER_EXTERNAL_URL=
        #HEARTBEAT_INTERVAL=300

        """

    private static let kit = """
        # Where curl, Docker, Kubernetes and UptimeRobot ask how the bot is.
        #PORT=8001
        #PORT_FALLBACKS=2
        #HOST=
        #BOT_ENV=prod
        # Unhealthy after this silence; never for a webhook bot.
        #UNHEALTHY_AFTER_SEC=300

        # Lets you POST /restart from elsewhere: Authorization: Bearer TOKEN
        #RESTART_TOKEN=

        # Launchers on several machines share one lease in PostgreSQL; only its holder runs the bot.
        #LEASE_URL=
        #LEASE_NAME=
        #LEASE_TTL_SEC=30

        #MAX_RESTARTS=10
        #RESTART_DELAY_SEC=5
        #RESTART_MAX_DELAY_SEC=300
        #RESTART_RESET_AFTER_SEC=300
        #SHUTDOWN_TIMEOUT_SEC=6
        # The launcher restarts the bot when it holds more memory than this for a minute.
        #MAX_MEMORY_MB=512
        #KEEPALIVE_STATE_FILE=restart_backoff.json

        # The watchdog looks each interval: 360 s in prod, otherwise 60. Both limits are interval × 3 + 30 unless set.
        #KEEPALIVE_INTERVAL_SEC=360
        #WATCHDOG_STALL_SEC=1110
        #WATCHDOG_DISCONNECT_GRACE_SEC=1110
        #EXECUTOR_STALL_SEC=30

        #LOG_LEVEL=info
        #LOG_FORMAT=text
        #LOG_FILE=

        """
}
