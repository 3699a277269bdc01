import HTTPClient

/// Telegram by a bot.
///
/// Keys: `token` (the bot's), `chatId` (a number, or `@name` of a public channel), `apiUrl` (`https://api.telegram.org`
/// unless told), `name`.
struct TelegramChannel: Channel {
    static let type = "telegram"
    let name: String
    private let token: String
    private let chat: String
    private let api: String

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

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        let text = AlertText(event)
        // Without parse_mode nothing in the text is laid out. 4,096 characters are the most.
        let message: JSONValue = .object([
            "chat_id": Int64(chat).map { .integer($0) } ?? .string(chat),
            "text": .string("\(Self.sign(event)) \(text.title)\n\(text.plain)".limited(to: 4096)),
            "link_preview_options": .object(["is_disabled": .bool(true)]),
        ])
        do {
            let response = try await client.post(message, to: "\(api)/bot\(token)/sendMessage")
            let body = response.json
            let delivery = Delivery(
                response, from: "Telegram",
                retryAfter: Delivery.duration(seconds: body?["parameters"]?["retry_after"]?.double), hiding: secrets)
            guard delivery == .delivered, body?["ok"] != .bool(true) else { return delivery }
            return .failed(reason: "Telegram answered \(response.status), but not that it is well", retryAfter: nil)
        } catch {
            return Delivery(error, to: "Telegram")
        }
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
