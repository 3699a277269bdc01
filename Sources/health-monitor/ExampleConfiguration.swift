extension MonitorConfiguration {
    /// A file to begin with: it works as it is, on any machine.
    static let example = """
        // Configuration of health-monitor, in JSON5 (JSON with comments).
        // Try it:    health-monitor --config monitor.json5 --once
        // Run it:    health-monitor --config monitor.json5
        {
          // The history and the outbox (SQLite), and how many days it keeps. Both files default to $STATE_DIRECTORY, otherwise
          // to where they are already, otherwise to $XDG_STATE_HOME/health-monitor, otherwise to the working directory.
          // database: "health.db",
          // stateDir: ".", // the folder of restart_backoff.json
          retentionDays: 90,

          // Defaults in seconds; each target can set its own interval, timeout, retries (after 1, 2 and 4 s) and thresholds.
          checkInterval: 60,
          timeout: 10,
          retries: 3,
          // An alert opens after failureThreshold failed checks in a row, and repeats every alertInterval. Degraded counts as
          // failed, unless the target has alertWhenDegraded: false. severity: "warning" or "critical" overrides the severity.
          failureThreshold: 3,
          recoveryThreshold: 1,
          alertInterval: 3600,

          // API and status page. "$NAME" is a variable of the environment, for secrets; "$$" is a dollar sign.
          api: {
            host: "127.0.0.1", // "*" is every interface
            port: 8090,
            // key: "$MONITOR_API_KEY",
          },

          // While this address does not answer, the monitor itself is offline: results are "unknown" and send no alert.
          // connectivity: { host: "1.1.1.1", port: 53 },

          // Failures in these windows (UTC) send no alert. Targets can have their own.
          maintenance: [
            { days: ["sun"], from: "03:00", to: "03:30" },
            // { from: "2026-12-24T18:00:00Z", to: "2026-12-24T20:00:00Z" },
          ],

          // Watch the containers that have the label keepalive.enable=true.
          // watch: "docker",

          targets: [
            { name: "disk", type: "disk", path: "/", warningPercent: 80, criticalPercent: 90 },
            { name: "memory", type: "memory", warningPercent: 90 },

            // A bot that uses KeepAliveKit. `restart` runs while it is unhealthy: after 10 s, then 20, 40, … 300 s.
            // {
            //   name: "casino", type: "bot", url: "http://127.0.0.1:8001", bot: "Casino Bot", critical: true,
            //   dependsOn: ["database"], restart: ["systemctl", "restart", "casino-bot"],
            // },
            // {
            //   name: "website", type: "http", url: "https://example.com/", group: "web", interval: 30,
            //   expectStatus: [200], expectBody: "Welcome", maxResponseTime: 2, certificateDays: 14,
            // },
            // { name: "api", type: "http", url: "http://10.0.0.2/status", jsonPath: "$.state", equals: "ok" },
            // { name: "ssh", type: "tcp", host: "10.0.0.2", port: 22 },
            // { name: "database", type: "postgres", host: "127.0.0.1", port: 5432, critical: true },
            // { name: "cache", type: "redis", host: "127.0.0.1", port: 6379 },
            // { name: "container", type: "docker", container: "casino" },
            // { name: "unit", type: "systemd", unit: "casino-bot.service" },
            // { name: "backup", type: "heartbeat", path: "/var/run/backup.stamp", maxAge: 90000 },
            // { name: "log", type: "log", path: "/var/log/casino/bot.log" },
            // { name: "any bot", type: "telegram", token: "$BOT_TOKEN", critical: true },
            // { name: "load", type: "exec", command: ["/usr/lib/nagios/plugins/check_load", "-w", "8", "-c", "16"], local: true },
            // { name: "router", type: "ping", host: "192.0.2.1" },
            // { name: "name", type: "dns", host: "example.com", record: "A", expect: "192.0.2.7" },
            // { name: "cron", type: "push", token: "$CRON_PUSH_TOKEN", maxSilence: 3900 },
          ],

          channels: [
            // { type: "discord", token: "$DISCORD_SECRET", channelId: "123456789012345678", mention: "1234567890" },
            // { type: "discord-webhook", url: "$DISCORD_WEBHOOK_URL" },
            // { type: "slack", url: "$SLACK_WEBHOOK_URL" },
            // { type: "telegram", token: "$ALERT_BOT_TOKEN", chatId: "-1001234567890" },
            // { type: "webhook", url: "https://example.com/hooks/health" },
            // {
            //   type: "webhook", name: "ntfy", url: "https://ntfy.sh/my-topic",
            //   template: { headers: { Title: "{{title}}" }, body: "{{text}}" },
            // },
            // { type: "pagerduty", routingKey: "$PAGERDUTY_ROUTING_KEY" },
            // { type: "opsgenie", apiKey: "$OPSGENIE_API_KEY" },
            // `after` waits so many minutes for somebody to acknowledge: health-monitor ack SERVICE.
            // {
            //   type: "twilio", accountSid: "AC0123456789", authToken: "$TWILIO_AUTH_TOKEN", from: "+15005550006",
            //   to: "+15558675310", after: 30,
            // },
            // {
            //   type: "email", url: "smtps://mail.example.com", username: "bot", password: "$SMTP_PASSWORD",
            //   from: "bot@example.com", to: ["me@example.com"],
            // },
          ],
        }

        """
}
