import KeepAliveCurl
import KeepAlivePlatform

/// Sends to Slack, or to servers that accept its incoming webhooks (Mattermost, Rocket.Chat).
///
/// Keys: `url` (the webhook's, a secret), `name`.
struct SlackChannel: Channel {
    static let type = "slack"
    let name: String
    private let url: String

    init(reading section: ConfigurationSection) {
        name = section.string("name", default: Self.type)
        url = section.webAddress("url")
    }

    var secrets: [String] { WebAddress.secrets(url) }

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        do {
            return Delivery(try await client.post(Self.json(event), to: url), from: "Slack", hiding: secrets)
        } catch {
            return Delivery(error, to: "Slack")
        }
    }

    /// The text appears in the notification, the attachment in the channel; its colour shows the severity. Both are
    /// plain text: `mrkdwn` is off.
    static func json(_ event: AlertEvent) -> JSONValue {
        let text = AlertText(event)
        let fields = text.facts.map { fact -> JSONValue in
            .object(["title": .string(fact.name), "value": .string(escaped(fact.value)), "short": .bool(true)])
        }
        return .object([
            "text": .string(escaped(text.summary(limit: 600))),
            "mrkdwn": .bool(false),
            "attachments": .array([
                .object([
                    "color": .string(color(event)), "fallback": .string(escaped(text.message.limited(to: 2000))),
                    "text": .string(escaped(text.message.limited(to: 2000))), "fields": .array(fields),
                    "mrkdwn_in": .array([]), "ts": .integer(event.happenedAt / 1_000_000),
                ])
            ]),
        ])
    }

    private static func color(_ event: AlertEvent) -> String {
        switch (event.kind, event.severity) {
        case (.resolved, _): "good"
        case (.test, _), (.removed, _): "#3498db"
        case (_, .critical): "danger"
        case (_, .warning): "warning"
        }
    }

    /// The three characters that Slack interprets: `<!channel>` would notify everybody.
    static func escaped(_ text: String) -> String { text.replacingScalars { escapes[$0] } }

    private static let escapes: [Unicode.Scalar: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;"]
}
