extension Options {
    /// The text of `--help`: one screen of 80 columns. docs/man/launcher.8 has every flag and variable.
    static let help = """
        launcher: starts a bot, and restarts it when it crashes or hangs.

        Usage: launcher [--bot PATH] [flags] [--] [bot arguments]
               launcher status [--json]   show the bot's state, restarts and reason
               launcher drill             kill the bot and time its recovery
               launcher handover          give the lease to a standby (LEASE_URL)
               launcher init              write .env and a unit (launcher init --help)

          --bot PATH        program to run; default: the casino-bot beside launcher
          --require NAME    do not start without this variable (repeatable)
          --health-url URL  address to poll; auto (default) finds it, off polls none
          --env-file PATH   read variables from PATH instead of .env
          --state-dir DIR   folder for state, metrics and crash reports
          --check           list what keeps the bot from starting: exit code 0 or 78
          --now             skip the rest of a backoff delay
          -V, --version     print the version
          -h, --help        print this summary

        Exit codes: 0 stopped; 64 wrong usage; 70 gave up (MAX_RESTARTS); 143 SIGTERM.
        71: short of descriptors, memory, threads or disk space. 78: the bot cannot run.
        Signals: SIGTERM stops the bot; SIGHUP reads .env again and restarts it.
        Examples:
          launcher --bot ./my-bot --require MY_TOKEN --state-dir /var/lib/my-bot
        Details: man launcher (in a checkout: man docs/man/launcher.8)
        """
}
