import KeepAliveCurl

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The calls of the Telegram Bot API that the casino makes (https://core.telegram.org/bots/api). Safe to use from any task.
struct BotAPI: Sendable {
    let baseURL: String
    private let token: String
    private let client: HTTPClient

    init(baseURL: String, token: String, client: HTTPClient) {
        self.baseURL = baseURL
        self.token = token
        self.client = client
    }

    /// The bot itself; the first call, since it proves the token.
    func getMe() async throws -> TelegramUser {
        try await call("getMe", EmptyBody(), timeout: .seconds(15))
    }

    /// Long polling: waits up to `wait` for updates. An offset confirms all updates before it.
    func getUpdates(offset: Int64?, wait: Duration) async throws -> TelegramUpdates {
        let body = UpdatesBody(
            offset: offset, limit: 100, timeout: Int(wait.components.seconds),
            allowedUpdates: ["message", "callback_query"])
        // The server answers by itself when the wait is over; a server that does not is dead.
        return try await call("getUpdates", body, timeout: wait + .seconds(15), responseLimit: 32 << 20)
    }

    func getWebhookInfo() async throws -> TelegramWebhookInfo {
        try await call("getWebhookInfo", EmptyBody(), timeout: .seconds(15))
    }

    /// How long sending one reply may take.
    static let sendTimeout = Duration.seconds(15)

    /// Sends one reply.
    func send(_ reply: Reply, within timeout: Duration = sendTimeout) async throws {
        let _: TelegramIgnored
        switch reply {
        case .message(let chat, let topic, let text, let again):
            // Telegram takes 4096 UTF-16 units; the casino's texts are shorter, but the limit is checked anyway.
            let body = MessageBody(
                chatID: chat, messageThreadID: topic, text: Self.shortened(text),
                replyMarkup: again.map { .init(inlineKeyboard: [[.init(text: "Again: \($0)", callbackData: $0)]]) })
            _ = try await call("sendMessage", body, timeout: timeout) as TelegramIgnored
        case .dice(let chat, let topic):
            let body = DiceBody(chatID: chat, messageThreadID: topic)
            _ = try await call("sendDice", body, timeout: timeout) as TelegramIgnored
        case .answerCallback(let id):
            _ =
                try await call("answerCallbackQuery", CallbackBody(callbackQueryID: id), timeout: timeout)
                as TelegramIgnored
        }
    }

    private static func shortened(_ text: String) -> String {
        var text = text[...]
        while text.utf16.count > 4096 { text = text.prefix(text.count * 4096 / text.utf16.count) }
        return String(text)
    }

    // MARK: One call

    private func call<Result: Decodable>(
        _ method: String, _ body: some Encodable, timeout: Duration, responseLimit: Int = 1 << 20
    ) async throws -> Result {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        var request = HTTPClientRequest(
            url: "\(baseURL)/bot\(token)/\(method)", method: "POST",
            headers: [(name: "Content-Type", value: "application/json")], body: Array(try encoder.encode(body)))
        request.timeout = timeout
        request.maximumResponseBytes = responseLimit
        let response: HTTPClientResponse
        do {
            response = try await client.send(request)
        } catch let error as HTTPClientError {
            throw TelegramError.unreachable(error)
        }
        return try Self.result(of: method, response)
    }

    /// Parses an answer. Pure.
    static func result<Result: Decodable>(of method: String, _ response: HTTPClientResponse) throws -> Result {
        let (status, body) = (response.status, Data(response.body))
        let answer = try? JSONDecoder().decode(TelegramAnswer<Result>.self, from: body)
        if let answer, answer.ok, let result = answer.result, (200..<300).contains(status) { return result }
        let failure = answer == nil ? try? JSONDecoder().decode(TelegramAnswer<TelegramIgnored>.self, from: body) : nil
        let parameters =
            answer?.parameters.map { ($0.retryAfter, $0.migrateToChatID) }
            ?? failure?.parameters.map { ($0.retryAfter, $0.migrateToChatID) }
        let code = (200..<300).contains(status) ? answer?.errorCode ?? failure?.errorCode ?? status : status
        let words = answer?.description ?? failure?.description ?? ""
        switch code {
        case 401 where !isPage(response): throw TelegramError.badToken(method: method, words: "401 \(words)")
        case 404 where method == "getMe" && !isPage(response):
            throw TelegramError.badToken(method: method, words: "404 \(words)")
        case 409 where !isPage(response): throw TelegramError.conflict(words: words)
        case 429:
            throw TelegramError.tooManyRequests(
                retryAfter: duration(parameters?.0 ?? response.header("Retry-After").flatMap { Double($0) }))
        case 500...: throw TelegramError.server(status: code, words: words)
        case 200..<300: throw TelegramError.unreadable(method: method, status: status)
        // The page of a proxy or a captive portal: Telegram itself has refused nothing.
        case _ where answer == nil && failure == nil: throw TelegramError.unreadable(method: method, status: status)
        default:
            throw TelegramError.refused(method: method, status: code, words: words, migratedTo: parameters?.1)
        }
    }

    /// Whether a server in between wrote it, such as a proxy or a captive portal: Telegram writes only JSON. An empty or
    /// plain text is none: a simple server for tests may refuse a token so.
    private static func isPage(_ response: HTTPClientResponse) -> Bool {
        guard let first = response.body.first(where: { !" \t\r\n".utf8.contains($0) }),
            (try? JSONDecoder().decode(TelegramIgnored.self, from: Data(response.body))) == nil
        else { return false }
        return first == UInt8(ascii: "<")
            || response.header("Content-Type")?.lowercased().hasPrefix("text/html") == true
    }

    /// The delay that a peer requests, at most a day: it may request anything.
    private static func duration(_ seconds: Double?) -> Duration? {
        guard let seconds, seconds.isFinite else { return nil }
        return .seconds(min(max(seconds, 0), 86_400))
    }

    private struct EmptyBody: Encodable {}

    private struct UpdatesBody: Encodable {
        let offset: Int64?
        let limit: Int
        let timeout: Int
        let allowedUpdates: [String]
    }

    private struct MessageBody: Encodable {
        let chatID: Int64
        let messageThreadID: Int64?
        let text: String
        let replyMarkup: Keyboard?

        struct Keyboard: Encodable {
            let inlineKeyboard: [[Button]]
        }

        struct Button: Encodable {
            let text: String
            let callbackData: String
        }

        enum CodingKeys: String, CodingKey {
            case chatID = "chatId"
            case messageThreadID = "messageThreadId"
            case text, replyMarkup
        }
    }

    private struct DiceBody: Encodable {
        let chatID: Int64
        let messageThreadID: Int64?

        enum CodingKeys: String, CodingKey {
            case chatID = "chatId"
            case messageThreadID = "messageThreadId"
        }
    }

    private struct CallbackBody: Encodable {
        let callbackQueryID: String

        enum CodingKeys: String, CodingKey {
            case callbackQueryID = "callbackQueryId"
        }
    }
}
