extension MarkCommand {
    static let help = """
        health-monitor ack, unack, silence, unsilence, note: tell a running monitor what
        you do about a service.

        Usage: health-monitor ack SERVICE [--note TEXT]
               health-monitor unack SERVICE
               health-monitor silence SERVICE (--minutes N | --until TIME) [--note TEXT]
               health-monitor unsilence SERVICE
               health-monitor note SERVICE (TEXT | --remove)

          ack        acknowledge its open alert: no repeats, and channels with
                     "after" do not get it; ends when the alert does
          unack      take that back
          silence    send no alert until then; an alert that is still open then is
                     sent
          unsilence  end the silence
          note       put a note on the service

          --note TEXT      why, up to 1000 characters
          --minutes N      1 to 527040
          --until TIME     ISO 8601, such as 2026-01-19T22:00:00Z
          --remove         remove the note
          --config FILE    the monitor's configuration: its API and key
          --url URL        the address of the API instead
          --api-key KEY    its key; prefer MONITOR_API_KEY: other users can see flags
          --env-file PATH  read variables from PATH instead of .env
          -h, --help       print this

        Without --config and --url it asks MONITOR_HOST (127.0.0.1) and MONITOR_PORT
        (8090) with MONITOR_API_KEY. The timeline names you and the key.

        Exit codes: 0 done; 1 not done; 64 wrong usage; 78 a wrong configuration.

        Examples:
          health-monitor ack casino --note "new disk, Ana"
          health-monitor silence casino --minutes 90 --config monitor.json5
          health-monitor note casino "ask Bo before a restart"

        More: man health-monitor (in a checkout: man docs/man/health-monitor.8)
        """
}
