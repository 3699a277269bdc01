import KeepAlivePlatform

/// The text of a first configuration: the findings and answers, with the remaining keys commented out. Pure.
struct ConfigurationTemplate {
    var services = LocalServices()
    var socket = LocalServices.engineSocket
    /// The keys of the channel in order; if empty, the text has examples.
    var channel: [(key: String, value: String)] = []
    var port = 8090

    var text: String {
        """
        // health-monitor's configuration: JSON5, which is JSON with comments. All keys: docs/health-monitor/
        // Check it:  health-monitor --check-config --config FILE
        // Try it:    health-monitor --once --config FILE
        {
          // Seconds between two checks. A failed check is tried again after 1, 2 and 4 s before it counts.
          checkInterval: 60,
          // An alert opens after so many failed checks in a row. While the service is unhealthy it repeats each alertInterval.
          failureThreshold: 3,
          alertInterval: 3600,

          // The API and the status page. "$NAME" is a variable of the environment, so that secrets stay out of this file.
          api: {
            host: "127.0.0.1", // "*" is every interface: set a key then
            port: \(port),
            // key: "$MONITOR_API_KEY",
          },

          targets: [
            { name: "disk", type: "disk", path: "/", warningPercent: 80, criticalPercent: 90 },
            { name: "memory", type: "memory", warningPercent: 90 },

        \(block("Bots that are built on KeepAliveKit.", bots, Self.botExample))
        \(block("Containers of the Docker engine.", containers, Self.containerExample))
            // Other services. `restart` runs its command while the service is down.
            // { name: "website", type: "http", url: "https://example.com/", expectStatus: [200], certificateDays: 14 },
            // { name: "database", type: "postgres", host: "127.0.0.1", port: 5432, critical: true },
            // { name: "unit", type: "systemd", unit: "my-bot.service", restart: ["systemctl", "restart", "my-bot"] },
            // { name: "cron", type: "push", token: "$CRON_PUSH_TOKEN", maxSilence: 3900 },
          ],

        \(channels)
        }

        """
    }

    // MARK: Targets

    private func block(_ heading: String, _ entries: [String], _ example: String) -> String {
        (["// \(heading)"] + (entries.isEmpty ? ["// \(example)"] : entries)).map { "    \($0)\n" }.joined()
    }

    private static let botExample = #"{ name: "my-bot", type: "bot", url: "http://127.0.0.1:8001", critical: true },"#
    private static let containerExample = #"{ name: "my-container", type: "docker", container: "my-container" },"#

    private var bots: [String] {
        services.bots.map { bot in
            object([
                ("name", VariableText.literal("\(bot.name.line()) (port \(bot.port))")), ("type", "bot"),
                ("url", "http://127.0.0.1:\(bot.port)"), ("bot", VariableText.literal(bot.name)),
            ]) + ","
        }
    }

    private var containers: [String] {
        let taken: Set = ["disk", "memory"]
        return services.containers.map { name in
            let place = socket == LocalServices.engineSocket ? [] : [("socket", VariableText.literal(socket))]
            let shown = taken.contains(name) ? "\(name) (container)" : name
            return object([("name", shown), ("type", "docker"), ("container", name)] + place) + ","
        }
    }

    // MARK: Channels

    private var channels: String {
        guard channel.isEmpty else {
            return """
                  // Where alerts go. Try it: health-monitor --test-alert --config FILE
                  channels: [
                    \(object(channel)),
                  ],
                """
        }
        return """
              // Where alerts go: without a channel no alert is sent. Try it: health-monitor --test-alert --config FILE
              channels: [
                // { type: "telegram", token: "$ALERT_BOT_TOKEN", chatId: "-1001234567890" },
                // { type: "discord-webhook", url: "$DISCORD_WEBHOOK_URL" },
                // { type: "slack", url: "$SLACK_WEBHOOK_URL" },
                // { type: "email", url: "smtp://localhost:25", tls: "opportunistic", from: "bot@example.com", to: "me@example.com" },
                // { type: "webhook", url: "https://example.com/hooks/health" },
              ],
            """
    }

    // MARK: JSON5

    private func object(_ members: [(key: String, value: String)]) -> String {
        let members = members.map { key, value in
            var bytes: [UInt8] = []
            bytes.appendJSON(value)
            return "\(key): \(String(decoding: bytes, as: UTF8.self))"
        }
        return "{ \(members.joined(separator: ", ")) }"
    }
}
