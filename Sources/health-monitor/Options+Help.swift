extension Options {
    /// What `--help` prints. It leaves no flag and no variable out, in 80 columns; docs/man/health-monitor.8 says more.
    static let help = """
        health-monitor: watches many services, keeps their history, and tells their
        owner once.

        Usage: health-monitor [--config FILE] [--env-file PATH]     run as a daemon
               health-monitor --once [--json] [--alert] [--restart] [--config FILE]
               health-monitor --check-config [--config FILE]
               health-monitor --test-alert [--config FILE]
               health-monitor --example-config > monitor.json5
               health-monitor init --help
               health-monitor --version | --help

          --config FILE     targets, channels and the API as JSON5 (JSON with comments);
                            flags and variables are added to it, and win
          --once, --check   run every check once, print what was found, and end
          --json            with --once: print one JSON object instead of lines
          --alert           with --once: alert at the first failed check, and keep the
                            state in the database
          --restart         with --once: run the restart command of each target that is
                            down
          --check-config    only read the configuration: 0, or 78 with every finding
          --test-alert      send a test message to every channel, and say what each
                            answered: 0 when all took it, else 1
          --example-config  print a configuration to begin with
          --env-file PATH   read variables from PATH instead of .env; the environment
                            wins over either
          -V, --version     print the version
          -h, --help        print this

        Where neither a file nor one of these says what to watch, it is this host's disk
        and memory, and any bot at PORT (8001) and its PORT_FALLBACKS (2) next ports.
        What a file is too much for, flags (one dash or two) or variables say:
          --discord-bot-url URL  DISCORD_BOT_URL   a service to watch
          --twitch-bot-url URL   TWITCH_BOT_URL    another
          --vllm-url URL         VLLM_URL          a model server
                                 LLAMA_CPP_PATH    a llama.cpp server: /health of this
                                                   URL; of a path, VLLM_URL's, else
                                                   http://127.0.0.1:8080/health
                                 LLAMA_CPP_URL     with such a path: what is asked
          --discord-token TOKEN  DISCORD_SECRET    the bot that posts alerts; better as
                                                   a variable, as others see flags;
                                                   with no target it watches
                                                   http://localhost:6060/healthz
          --channel-id ID        CHANNEL_ID        where it posts; without it
                                 CHANNEL_NAME      (alerts) is looked for by name
          --user-id ID           USER_ID           who is mentioned; nobody
                                 DISCORD_API_URL   where Discord's API is
                                 ALERT_WEBHOOK_URL alerts by POST as JSON
                                 ALERT_EMAIL       alerts by e-mail to this address, or
                                                   several with commas
                                 SMTP_URL          the mail server, smtp:// or smtps://;
                                                   smtp://localhost:25
                                 SMTP_HOST, SMTP_PORT    in place of SMTP_URL; 587
                                 SMTP_USER, SMTP_PASSWORD    its login
                                 SMTP_FROM         the sender; SMTP_USER, or
                                                   health-monitor@HOSTNAME
          --check-interval SEC   CHECK_INTERVAL    seconds, 1 to 86400; 60
          --alert-interval SEC   ALERT_INTERVAL    how often an alert is repeated while
                                                   down, 1 to 2592000; 3600
          --host H               MONITOR_HOST      the API and page: 127.0.0.1;
                                                   * is every interface
          --port N               MONITOR_PORT      8090; 0 is any (0 to 65535)
          --database PATH        MONITOR_DATABASE  the history; health.db in
                                                   STATE_DIRECTORY, else where one is,
                                                   else XDG_STATE_HOME/health-monitor
                                 MONITOR_API_KEY   who may use the API; at least 8
                                                   characters
          --log-level LEVEL      LOG_LEVEL         debug info warn error; info,
                                                   with --once warn
                                 LOG_FORMAT        text json; text
                                 LOG_FILE          also log to this file
                                 APPLICATIONINSIGHTS_CONNECTION_STRING
                                                   metrics and events go to Azure too
                                 NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID
                                                   systemd sets them

        NAME_FILE, or a file NAME in CREDENTIALS_DIRECTORY, holds the value of NAME.

        Signals: SIGTERM and SIGINT stop it; a second one ends it at once. SIGHUP reads
        configuration and .env again; one that is wrong changes nothing.

        Exit codes of the daemon: 0 stopped as asked; 64 wrong usage; 78 wrong
        configuration, or it cannot start. With --once those of a Nagios plugin:
        0 healthy, 1 degraded, 2 unhealthy, 3 unknown.

        Examples:
          health-monitor --once
          health-monitor --config monitor.json5
          health-monitor --config monitor.json5 --once --json
          DISCORD_SECRET=... health-monitor -vllm-url http://127.0.0.1:8000/health

        More: man ./docs/man/health-monitor.8, docs/health-monitor.md (every key, probe
        and channel), docs/openapi.json (the API)
        """
}
