extension Options {
    /// What `--help` prints. It leaves no flag and no variable out, in 80 columns; docs/man/casino-bot.1 says more.
    static let help = """
        casino-bot: a casino with play money on Telegram, kept alive by KeepAliveKit.

        Usage: casino-bot [--demo] [--env-file PATH] [--port N] [--version] [--help]

          --demo           simulated players, no token and no network; on a terminal
                           you can play along
          --env-file PATH  read variables from PATH instead of .env
          --port N         first port of the health server, as PORT
          -V, --version    print the version
          -h, --help       print this

        Variables (a flag wins over the environment, which wins over .env; ..._SEC are
        seconds, from 1 to 86400 unless another range is told):
          BOT_TOKEN                from @BotFather                 required, but in demo
          OWNER_USER_ID            your Telegram user id           required, but in demo
          ADMIN_USER_IDS           more ids, with commas           none
          DEMO_MODE                true is the same as --demo      false
          DATABASE_PATH            the ledger (SQLite)             casino.db
          TELEGRAM_API_URL         a Bot API server of yours    https://api.telegram.org
          CRYPTOBOT_API_TOKEN      also check the Crypto Pay API   unset
          PORT                     0 to 65535; 0 is any            8001
          PORT_FALLBACKS           next ports to try, 0 to 100     2
          HOST                     address to listen on            all; demo: localhost
          BOT_ENV                  prod dev development test qa stage
                                                                   prod; demo: dev
          UNHEALTHY_AFTER_SEC      silence that is unhealthy       300
          RESTART_TOKEN            bearer token for /restart       unset
          MAX_RESTARTS             failures in a row, 1 to 1000000 10
          RESTART_DELAY_SEC        first delay, doubled, from 0    5
          RESTART_MAX_DELAY_SEC    longest delay, from 0           300
          RESTART_RESET_AFTER_SEC  of health: delays start over    300
          SHUTDOWN_TIMEOUT_SEC     to end after SIGTERM, 0 to 3600 6
          KEEPALIVE_STATE_FILE     ledger of restarts              in memory
          KEEPALIVE_INTERVAL_SEC   how often the watchdog looks    60; 360 in prod
          WATCHDOG_STALL_SEC       connected but silent: condemned interval x 3 + 30
          WATCHDOG_DISCONNECT_GRACE_SEC                            the stall limit
          EXECUTOR_STALL_SEC       Swift's threads stand still     30
          RENDER_EXTERNAL_URL      call URL/ping, against sleep    unset
          HEARTBEAT_INTERVAL       so often (seconds)              300
          LOG_LEVEL                debug info warn error           info
          LOG_FORMAT               text json                       text
          LOG_FILE                 also log to this file           unset
          NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID               systemd sets them

        Signals: SIGTERM and SIGINT stop it; a second one ends it at once.

        Exit codes: 0 stopped as asked; 64 wrong usage; 70 gave up after MAX_RESTARTS;
        75 start me again; 78 wrong configuration, token or database: starting again
        will not help.

        Examples:
          casino-bot --demo                then: curl localhost:8001/health
          casino-bot --env-file my.env
          PORT=0 LOG_FORMAT=json casino-bot --demo

        More: man ./docs/man/casino-bot.1, README.md, .env.example
        """
}
