import KeepAlivePlatform

extension Options {
    /// What `--help` prints. It leaves no flag and no variable out, in 80 columns; docs/man/launcher.8 says more.
    static let help = """
        launcher: runs one bot, and runs it again when it dies or hangs. Works as a
        systemd service, as PID 1 of a container, and at a terminal.

        Usage: launcher [--bot PATH] [--require NAME]... [--health-url URL|auto|off]
                        [--env-file PATH] [--check] [--now] [--state-dir DIR]
                        [--] [bot arguments]
               launcher status [--json] [--state-dir DIR]
               launcher drill [--state-dir DIR]
               launcher --version | --help

          --bot PATH        the program to run, looked for in PATH if it has no slash;
                            the casino-bot beside this launcher if not given
          --require NAME    a variable that has to be set; repeat it, or give several
                            with commas
          --health-url URL  poll this address (http://host:port, /health where no path
                            is given); auto, the default: the port that the bot
                            announces; off: none
          --env-file PATH   variables for the bot, instead of .env; those of the
                            environment win
          --check           only look whether the bot could run: 0, or 78 with every
                            finding and its remedy
          --now             do not wait for what is left of an earlier delay
          --state-dir DIR   where state is kept; STATE_DIRECTORY if not given, else
                            ./state
          --                what follows is the bot's
          status            how the bot stands: state, since, pid, restarts, next start,
                            reason; 0 while it runs, else 1; --json: as one object
          drill             kill the running bot on purpose, and say how long it takes
                            to come back: 0, or 1 if it did not
          -V, --version     print the version
          -h, --help        print this

        Variables (of the environment, else of .env; ..._SEC are seconds):
          HEALTH_INTERVAL_SEC      between two polls of /health     30 (1 to 86400)
          HEALTH_GRACE_SEC         after a start none counts        40 (0 to 86400)
          HEALTH_FAILURES          in a row, then a new start       3 (1 to 1000)
          BOT_WATCHDOG_SEC         WATCHDOG=1 to WATCHDOG=1      60 (0: off)
          METRICS_FILE             counts for node_exporter       DIR/launcher.prom
          SHUTDOWN_TIMEOUT_SEC     the bot's; SIGKILL 2 s later     6 (0 to 3600)
          RESTART_DELAY_SEC        first delay, doubled each time   5 (0 to 86400)
          RESTART_MAX_DELAY_SEC    longest delay                    300 (0 to 86400)
          RESTART_RESET_AFTER_SEC  of health: delays start over     300 (1 to 86400)
          MAX_RESTARTS             failures in a row, then 70       10 (1 to 1000000)
          LOG_LEVEL                debug info warn error            info
          LOG_FORMAT               text json                        text
          STATE_DIRECTORY          see --state-dir                  ./state
          LOGS_DIRECTORY           where bot_launcher.log is        working directory
          SWIFT_BACKTRACE          replaces the launcher's own      a crash report
          NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID                systemd sets them
        Every variable is the bot's too. Looked at before the start: BOT_TOKEN,
        OWNER_USER_ID, ADMIN_USER_IDS (unless DEMO_MODE or --require), PORT,
        PORT_FALLBACKS, HOST, DATABASE_PATH. The bot finds KEEPALIVE_STATE_FILE set.

        Signals: SIGTERM, SIGINT and SIGQUIT stop the bot (its group is killed 2 s after
        SHUTDOWN_TIMEOUT_SEC); SIGHUP reads .env again and restarts it; SIGUSR1 and
        SIGUSR2 are passed on.

        The bot's exit: 0, 70 and 78 end the launcher with the same code; anything else
        restarts the bot after the delay. 71 (the system is short of something) and 75
        (restart me) count toward no limit. What the bot leaves running is ended.

        Exit codes: 0 stopped as asked; 64 wrong usage; 70 gave up; 71 the system is
        short of descriptors, memory or threads: start it again; 78 cannot run; when it
        was told to stop, the bot's own code, or 128 and the signal that ended it.

        Examples:
          launcher -- --demo
          launcher --bot ./my-bot --require MY_TOKEN --state-dir /var/lib/my-bot
          launcher --check
          launcher status
          launcher drill

        More: man ./docs/man/launcher.8, README.md; casino-bot.service for systemd
        """
}
