extension Options {
    /// The text of `--help`. It lists every flag and variable in 80 columns; docs/man/casino-bot.1 has the details.
    static let help = """
        casino-bot: a casino with play money on Telegram, kept alive by KeepAliveKit.

        Usage: casino-bot [--demo] [--env-file PATH] [--port N] [--version] [--help]
               casino-bot migrate [--env-file PATH]

          migrate          move the ledger from DATABASE_PATH to DATABASE_URL; the bot
                           has to be stopped
          --demo           run with simulated players, without token and network; on a
                           terminal you can play along
          --env-file PATH  read variables from PATH instead of .env
          --port N         first port of the health server; replaces PORT
          -V, --version    print the version
          -h, --help       print this summary

        Variables. A flag takes precedence over the environment, and the environment
        over .env. Names with _SEC are seconds from 1 to 86400, unless a range is given.
          BOT_TOKEN                token from @BotFather (not for --demo)  required
          OWNER_USER_ID            your Telegram user id (not for --demo)  required
          ADMIN_USER_IDS           more ids, separated by commas   none
          DEMO_MODE                true: like --demo               false
          DATABASE_PATH            the ledger (SQLite)             casino.db
          DATABASE_URL             the ledger in PostgreSQL instead, postgres://...
                                                                   unset
          TELEGRAM_API_URL         your own Bot API server      https://api.telegram.org
          CRYPTOBOT_API_TOKEN      also check the Crypto Pay API   unset
          PORT                     0 to 65535; 0: any free port    8001
          PORT_FALLBACKS           next ports to try, 0 to 100     2
          HOST                     address to listen on            all; demo: localhost
          BOT_ENV                  prod dev development test qa stage
                                                                   prod; demo: dev
          UNHEALTHY_AFTER_SEC      silence limit, or never         300
          RESTART_TOKEN            bearer token for /restart       unset
          MAX_RESTARTS             failures in a row, 1 to 1000000 10
          RESTART_DELAY_SEC        first backoff delay, from 0     5
          RESTART_MAX_DELAY_SEC    longest backoff delay, from 0   300
          RESTART_RESET_AFTER_SEC  of health reset the delay       300
          SHUTDOWN_TIMEOUT_SEC     time to stop, 0 to 3600         6
          KEEPALIVE_STATE_FILE     ledger of restarts              in memory
          KEEPALIVE_INTERVAL_SEC   time between watchdog checks    60; prod: 360
          WATCHDOG_STALL_SEC       limit for a silent connection   interval x 3 + 30
          WATCHDOG_DISCONNECT_GRACE_SEC
                                   limit without a connection      the stall limit
          EXECUTOR_STALL_SEC       limit for blocked Swift threads 30
          RENDER_EXTERNAL_URL      call URL/ping to stay awake     unset
          HEARTBEAT_INTERVAL       seconds between these calls     300
          LOG_LEVEL                debug info warn error           info
          LOG_FORMAT               text json                       text
          LOG_FILE                 also log to this file           unset
          KEEPALIVE_LEASE_NAME, KEEPALIVE_LEASE_EPOCH, KEEPALIVE_LEASE_FD
                                                                   set by the launcher
          NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID               set by systemd

        Signals: SIGTERM and SIGINT stop the bot; a second one exits at once.

        Exit codes: 0 stopped, 64 wrong usage, 70 gave up after MAX_RESTARTS, 71 short
        of a resource, 75 restart me. 78 invalid configuration, token or database; a
        restart does not help.

        Examples:
          casino-bot --demo                then: curl localhost:8001/health
          casino-bot --env-file my.env
          PORT=0 LOG_FORMAT=json casino-bot --demo

        More: man casino-bot (in a checkout: man docs/man/casino-bot.1)
        """
}
