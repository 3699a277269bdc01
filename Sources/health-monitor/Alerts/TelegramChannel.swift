import KeepAliveCurl
import Synchronization

/// Sends to Telegram as a bot.
///
/// Keys: `token` (the bot's), `chatId` (a number, or `@name` of a public channel), `apiUrl` (default
/// `https://api.telegram.org`), `name`.
///
/// A group that becomes a supergroup gets a new id. Telegram then refuses the old id and names the new one
/// (`ResponseParameters.migrate_to_chat_id`). The channel uses the new id at once and advises to configure it.
final class TelegramChannel: Channel {
    static let type = "telegram"
    let name: String
    private let token: String
    private let chat: String
    private let api: String
    /// The chat's new id, if Telegram has named one.
    private let movedTo = Mutex<Int64?>(nil)

    init(reading section: ConfigurationSection) {
        name = section.string("name", default: Self.type)
        token = section.secret("token")
        api = section.webAddress("apiUrl", default: "https://api.telegram.org")
        if !section.has("chatId") { section.refuse("chatId", "is missing: give the chat's number, or @name") }
        chat =
            section.identifier("chatId") { text in
                let digits = text.hasPrefix("-") ? String(text.dropFirst()) : text
                return (digits.isDigits && Int64(text) != nil) || (text.hasPrefix("@") && text.utf8.count > 1)
            } ?? ""
    }

    var secrets: [String] { [token] }

    var advice: String? {
        movedTo.withLock { $0 }.map {
            "the Telegram group \(chat) became the supergroup \($0): alerts go there; set chatId to \"\($0)\""
        }
    }

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        do {
            var (delivery, newID) = try await post(event, with: client)
            // Two moves within one alert mean that the peer is wrong.
            if let id = newID {
                movedTo.withLock { $0 = id }
                (delivery, newID) = try await post(event, with: client)
            }
            return delivery
        } catch {
            return Delivery(error, to: "Telegram")
        }
    }

    /// Posts to the chat's current id; returns the outcome, and the chat's new id if it has moved.
    private func post(_ event: AlertEvent, with client: HTTPClient) async throws -> (Delivery, Int64?) {
        let known = movedTo.withLock { $0 } ?? Int64(chat)
        // Without parse_mode Telegram formats nothing in the text.
        let message: JSONValue = .object([
            "chat_id": known.map { .integer($0) } ?? .string(chat), "text": .string(Self.text(event)),
            "link_preview_options": .object(["is_disabled": .bool(true)]),
        ])
        let response = try await client.post(message, to: "\(api)/bot\(token)/sendMessage")
        let parameters = response.json?["parameters"]
        let delivery = Delivery(
            response, from: "Telegram",
            retryAfter: Delivery.duration(seconds: parameters?["retry_after"]?.double), hiding: secrets)
        guard !delivery.isDelivered, case .integer(let id) = parameters?["migrate_to_chat_id"], id != known else {
            return (delivery, nil)
        }
        return (delivery, id)
    }

    /// A notification shows the first line. A message too long for it follows in full, up to Telegram's limit of 4,096
    /// characters.
    private static func text(_ event: AlertEvent) -> String {
        let (text, most) = (AlertText(event), 500)
        let rest = (text.isWhole(inSummaryOf: most) ? [] : [text.message.limited(to: 3000)]) + text.factLines
        return ("\(sign(event)) \(text.summary(limit: most))\n" + rest.joined(separator: "\n")).limited(to: 4096)
    }

    private static func sign(_ event: AlertEvent) -> String {
        switch (event.kind, event.severity) {
        case (.resolved, _): "🟢"
        case (.test, _), (.removed, _): "🔵"
        case (_, .critical): "🔴"
        case (_, .warning): "🟠"
        }
    }
}
