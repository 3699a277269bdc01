extension Options {
    /// What `--help` prints. It leaves no flag and no variable out, in 80 columns; docs/man/health-check.1 says more.
    static let help = """
        health-check: asks a bot that runs on KeepAliveKit how it is.

        Usage: health-check [--url URL | --host H --port N] [--bot NAME] [--timeout SEC]
                            [--env-file PATH] [--json | --nagios | --quiet]
               health-check watch [--url URL]... [--interval SEC] [--env-file PATH]
                                         a live dashboard; see health-check watch --help
               health-check --version | --help

          --url URL        ask this address: http://host:8001, or with a path
                           (/health where none is given); https is not spoken
          --host H         the host; HOST if not given, else localhost
          --port N         this port alone, 1 to 65535; without it PORT (8001) and its
                           PORT_FALLBACKS (2, 0 to 100) next ones are tried, and the
                           first answer of the kit's counts
          --bot NAME       accept only the bot of this name
          --timeout SEC    seconds for the whole check, up to 3600; 5 if not given
          --env-file PATH  read PORT, PORT_FALLBACKS and HOST from PATH instead of .env;
                           the environment wins over either
          --json           print the bot's report as it is
          --nagios         one line and the exit codes of a Nagios plugin
          -q, --quiet      print nothing
          -V, --version    print the version
          -h, --help       print this

        Exit codes: 0 healthy or degraded; 1 unhealthy, unreachable or not the bot;
        64 wrong usage. With --nagios: 0 OK, 1 WARNING (degraded), 2 CRITICAL,
        3 UNKNOWN (wrong usage too, but 64 with --json beside it).

        Examples:
          health-check
          health-check --url http://10.0.0.2:8001 --bot "Casino Bot" --timeout 2
          health-check --nagios --port 8001
          Dockerfile:  HEALTHCHECK CMD ["health-check", "--quiet"]

        More: man ./docs/man/health-check.1, README.md
        """
}
