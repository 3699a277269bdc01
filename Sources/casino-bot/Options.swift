import KeepAliveKit

/// The command line, read. Pure.
struct Options: Equatable {
    var isDemo = false
    var environmentFile: String?
    var port: String?
    var showsVersion = false
    var showsHelp = false

    typealias UsageError = ArgumentList.Failure

    /// - Parameter arguments: without the program's name.
    /// - Throws: `UsageError` for the first argument that is not understood.
    init(_ arguments: some Sequence<String>) throws(UsageError) {
        var rest = ArgumentList(arguments)
        while let argument = rest.next() {
            switch argument.name {
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--port": port = try rest.value(of: argument)
            case "--demo": try rest.flag(argument) { isDemo = true }
            case "--version": try rest.flag(argument) { showsVersion = true }
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            default: throw .init(description: "unknown argument \(argument.text)")
            }
        }
    }

    static let help = """
        casino-bot: a casino with play money on Telegram, kept alive by KeepAliveKit.

        Usage: casino-bot [--demo] [--env-file PATH] [--port N] [--version] [--help]

          --demo           simulated players, no token and no network; on a terminal you can play along
          --env-file PATH  read variables from PATH instead of .env
          --port N         first port of the health server (PORT)
          --version        print the version
          --help           print this

        Variables (a flag wins over the environment, which wins over .env):
          BOT_TOKEN              token from @BotFather          required unless --demo
          OWNER_USER_ID          your Telegram user id          required unless --demo
          ADMIN_USER_IDS         more ids, with commas          none
          DEMO_MODE              true is the same as --demo     false
          DATABASE_PATH          the ledger (SQLite)            casino.db
          TELEGRAM_API_URL       a Bot API server of your own   https://api.telegram.org
          CRYPTOBOT_API_TOKEN    also checks the Crypto Pay API unset
          PORT, PORT_FALLBACKS   8001, and how many next ones   8001, 2
          HOST                   address to listen on           all; localhost in demo
          BOT_ENV                prod dev development test qa stage   prod; dev in demo
          UNHEALTHY_AFTER_SEC    silence that is unhealthy      300
          MAX_RESTARTS           failures in a row              10
          RESTART_DELAY_SEC, RESTART_MAX_DELAY_SEC              5, 300
          RESTART_RESET_AFTER_SEC                               300
          RESTART_TOKEN          bearer token for /restart      unset
          SHUTDOWN_TIMEOUT_SEC   time to end after SIGTERM      10
          KEEPALIVE_STATE_FILE   ledger of restarts             in memory
          RENDER_EXTERNAL_URL, HEARTBEAT_INTERVAL               unset, 300
          LOG_LEVEL, LOG_FORMAT, LOG_FILE                       info, text, unset

        Then: curl localhost:8001/health

        Exit codes: 0 stopped as asked, 64 wrong usage, 70 gave up after MAX_RESTARTS, 75 start me again,
        78 wrong configuration, token or database: starting again will not help.
        """
}
