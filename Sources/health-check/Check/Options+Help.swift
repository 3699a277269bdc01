extension Options {
    /// The text of `--help`: one screen of 80 columns. docs/man/health-check.1 has every variable.
    static let help = """
        health-check: checks a bot once, or shows bots live.

        Usage: health-check [--url URL | --host H --port N] [flags]
               health-check watch [--url URL]...   live dashboard; see watch --help

          --url URL        check this address, such as http://host:8001
          --host H         host to check; default: HOST, otherwise localhost
          --port N         check only this port; default: PORT (8001) and the next ones
          --bot NAME       fail unless the bot has this name
          --timeout SEC    time for the whole check, up to 3600; default 5
          --env-file PATH  read variables from PATH instead of .env
          --state-dir DIR  state folder of the launcher, which may be a standby
          --json           print the bot's report as JSON
          --nagios         print one line and exit like a Nagios plugin
          -q, --quiet      print nothing
          -V, --version    print the version
          -h, --help       print this summary

        Exit codes: 0 healthy, degraded or standby; 1 unhealthy, unreachable or another
        program; 64 wrong usage. With --nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
        Examples:
          health-check --url http://10.0.0.2:8001 --bot "Casino Bot"
        Details: man health-check (in a checkout: man docs/man/health-check.1)
        """
}
