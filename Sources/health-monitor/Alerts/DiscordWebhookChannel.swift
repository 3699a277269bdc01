import KeepAliveCurl

/// Sends to Discord through a channel's webhook.
///
/// Keys: `url` (the webhook's, a secret), `mention` (a user's id), `name`.
struct DiscordWebhookChannel: Channel {
    static let type = "discord-webhook"
    let name: String
    private let url: String
    private let mention: String?

    init(reading section: ConfigurationSection) {
        name = section.string("name", default: Self.type)
        url = section.webAddress("url")
        mention = section.identifier("mention") { $0.isSnowflake }
    }

    var secrets: [String] { WebAddress.secrets(url) }

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        do {
            // With `wait`, Discord answers once it has stored the message; without it, 204 comes earlier and proves
            // nothing.
            let target = url + (url.contains("?") ? "&" : "?") + "wait=true"
            let response = try await client.post(.object(DiscordMessage.json(event, mention: mention)), to: target)
            return Delivery(
                response, from: "Discord",
                retryAfter: DiscordMessage.retryAfter(response.json, response.header("Retry-After")), hiding: secrets)
        } catch {
            return Delivery(error, to: "Discord")
        }
    }
}

/// The secret parts of an address that itself grants access.
enum WebAddress {
    /// The whole address, and its path and query: with the well-known host these suffice.
    static func secrets(_ url: String) -> [String] {
        guard let scheme = url.firstRange(of: "://") else { return [url] }
        let rest = url[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        return rest.utf8.count > 8 ? [url, String(rest.dropFirst())] : [url]
    }
}
