import KeepAliveKit
import KeepAlivePlatform

/// An alert for Discord: one line with the mention, which a phone's notification shows, and an embed with colour and
/// details. Pure.
///
/// Discord's limits: 2,000 characters of content, 256 of an embed's title, 4,096 of its description, 1,024 of a field's
/// value.
enum DiscordMessage {
    /// The body that Create Message and Execute Webhook share.
    static func json(_ event: AlertEvent, mention: String?) -> [String: JSONValue] {
        let text = AlertText(event)
        var embed: [String: JSONValue] = [
            "title": .string(escaped(text.title).limited(to: 256)),
            "description": .string(escaped(text.message).limited(to: 4096)),
            "color": .integer(color(event)),
            "timestamp": .string(WallTime(microseconds: event.happenedAt).iso8601),
        ]
        embed["fields"] = .array(
            text.facts.map { fact in
                .object([
                    "name": .string(fact.name), "value": .string(escaped(fact.value).limited(to: 1024)),
                    "inline": .bool(true),
                ])
            })
        // A service's name may contain a mention; only the configured user is notified.
        let users: [JSONValue] = mention.map { [.string($0)] } ?? []
        // 900 characters become at most 1,800 when escaped.
        let line = escaped(text.summary(limit: 900))
        return [
            "content": .string((mention.map { "<@\($0)> " } ?? "") + line),
            "embeds": .array([.object(embed)]),
            "allowed_mentions": .object(["parse": .array([]), "users": .array(users)]),
        ]
    }

    private static func color(_ event: AlertEvent) -> Int64 {
        switch (event.kind, event.severity) {
        case (.resolved, _): 0x2ECC71
        case (.test, _), (.removed, _): 0x3498DB
        case (.flapping, _): 0x9B59B6
        case (_, .critical): 0xE74C3C
        case (_, .warning): 0xF39C12
        }
    }

    /// The text with Discord's markdown escaped and mentions broken up.
    static func escaped(_ text: String) -> String {
        text.replacingScalars { scalar in
            // With a zero-width space, invisible to the reader.
            if scalar == "@" { return "@\u{200B}" }
            return "\\*_~`|>#[]<".unicodeScalars.contains(scalar) ? "\\\(scalar)" : nil
        }
    }

    /// The delay that Discord asks for: seconds with fractions, in the body of a 429.
    static func retryAfter(_ body: JSONValue?, _ field: String?) -> Duration? {
        Delivery.duration(seconds: body?["retry_after"]?.double)
            ?? Delivery.duration(seconds: field.flatMap { Double($0) })
    }
}
