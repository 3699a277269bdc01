extension Options {
    /// The text of `--help`: every flag and variable in 80 columns. docs/man/health-monitor.8 has more.
    static let help = """
        health-monitor: watches services, keeps their history, and sends one alert per
        outage.

        Usage: health-monitor [--config FILE] [--env-file PATH]     run as a daemon
               health-monitor --once [--json] [--alert] [--restart] [--config FILE]
               health-monitor --check-config [--config FILE]
               health-monitor --test-alert [--config FILE]
               health-monitor --example-config > monitor.json5
               health-monitor init --help
               health-monitor import --help
               health-monitor migrate --help
               health-monitor ack SERVICE [--note TEXT]
               health-monitor unack SERVICE
               health-monitor silence SERVICE (--minutes N | --until TIME)
               health-monitor unsilence SERVICE
               health-monitor note SERVICE (TEXT | --remove)
               health-monitor --version | --help

          --config FILE     targets, channels and the API, as JSON5 (JSON with
                            comments); flags and variables take precedence
          --once, --check   run every check once, print the results, and exit
          --json            with --once: print one JSON object
          --alert           with --once: send an alert at the first failed check, and
                            keep the state in the database
          --restart         with --once: run the restart commands of failed targets
          --check-config    list every error of the configuration: exit code 0 or 78
          --test-alert      send a test message to every channel: exit code 0 if all
                            accept it, otherwise 1
          --example-config  print an example configuration
          --env-file PATH   read variables from PATH instead of .env; the environment
                            takes precedence
          -V, --version     print the version
          -h, --help        print this summary

        ack, unack, silence, unsilence and note ask a running monitor; see ack --help.

        Without a target it watches the disk and memory of this host, and any bot at
        PORT (8001) and the next PORT_FALLBACKS (2) ports.

        Flags (one dash or two) and variables, for a setup without a file:
          --discord-bot-url URL  DISCORD_BOT_URL   a service to watch
          --twitch-bot-url URL   TWITCH_BOT_URL    a second service to watch
          --vllm-url URL         VLLM_URL          a model server to watch
                                 LLAMA_CPP_PATH    a llama.cpp server to watch; if it
                                                   is not a URL, the address is
                                 LLAMA_CPP_URL     this one, otherwise VLLM_URL, or
                                                   http://127.0.0.1:8080/health
          --discord-token TOKEN  DISCORD_SECRET    the Discord bot that posts alerts;
                                                   prefer the variable: other users
                                                   can see flags. Without a target it
                                                   also watches
                                                   http://localhost:6060/healthz
          --channel-id ID        CHANNEL_ID        the channel for alerts
                                 CHANNEL_NAME      its name, if there is no ID
                                                   (default: alerts)
          --user-id ID           USER_ID           the user to mention
                                 DISCORD_API_URL   another address of Discord's API
                                 ALERT_WEBHOOK_URL send alerts here, by POST as JSON
                                 ALERT_EMAIL       e-mail addresses for alerts, with
                                                   commas
                                 SMTP_URL          mail server: smtp:// or smtps://
                                                   (default: smtp://localhost:25)
                                 SMTP_HOST, SMTP_PORT    instead of SMTP_URL (port 587)
                                 SMTP_USER, SMTP_PASSWORD    login at the mail server
                                 SMTP_FROM         the sender (default: SMTP_USER, or
                                                   health-monitor@HOSTNAME)
          --check-interval SEC   CHECK_INTERVAL    time between two checks, 1 to 86400
                                                   (default: 60)
          --alert-interval SEC   ALERT_INTERVAL    repeat an open alert this often, 1 to
                                                   2592000 (default: 3600)
          --host H               MONITOR_HOST      address of the API and page; * is
                                                   every interface (127.0.0.1)
          --port N               MONITOR_PORT      0 to 65535; 0 is any free port (8090)
          --database PATH        MONITOR_DATABASE  the history: a file, postgres://...
                                                    (default: health.db in
                                                    STATE_DIRECTORY, otherwise where one
                                                    is, otherwise in
                                                    XDG_STATE_HOME/health-monitor)
                                 MONITOR_API_KEY   key of the API, 8 characters or more
          --log-level LEVEL      LOG_LEVEL         debug, info, warn or error (default:
                                                   info; with --once: warn)
                                 LOG_FORMAT        text or json (default: text)
                                 LOG_FILE          also log to this file
                                 APPLICATIONINSIGHTS_CONNECTION_STRING
                                                   also send metrics and events to Azure
                                 NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID
                                                   set by systemd

        NAME_FILE, or a file NAME in CREDENTIALS_DIRECTORY, holds the value of NAME.

        Signals: SIGTERM and SIGINT stop it; a second one exits at once. SIGHUP reads
        the configuration and .env again; an invalid one changes nothing.

        Exit codes of the daemon: 0 stopped, 64 wrong usage, 71 short of a resource, 78
        invalid configuration. With --once: 0 healthy, 1 degraded, 2 unhealthy, 3
        unknown.

        Examples:
          health-monitor --once
          health-monitor --config monitor.json5
          health-monitor --config monitor.json5 --once --json
          health-monitor silence casino --minutes 90 --note "new disk"
          DISCORD_SECRET=... health-monitor -vllm-url http://127.0.0.1:8000/health

        More: man health-monitor (in a checkout: man docs/man/health-monitor.8);
        docs/health-monitor (every key, probe and channel); docs/openapi.json (the API)
        """
}
