import KeepAliveCurl
import KeepAliveKit

/// A Bot API call that failed. Its description holds no token.
enum TelegramError: ClassifiedError, Equatable, CustomStringConvertible {
    /// 401 anywhere, or 404 from getMe, but not as a page: the token is wrong or was revoked.
    case badToken(method: String, words: String)
    /// 409: another process polls with this token.
    case conflict(words: String)
    /// 409: a webhook is set, to this address if it is known.
    case webhookIsSet(host: String?)
    /// 429.
    case tooManyRequests(retryAfter: Duration?)
    /// 5xx: Telegram itself, or a server before it, has a problem.
    case server(status: Int, words: String)
    /// No answer came.
    case unreachable(HTTPClientError)
    /// The answer is not from the Bot API: cut off, or a page of a server in between.
    case unreadable(method: String, status: Int)
    /// Telegram refuses: a missing chat, a blocked bot, an invalid message.
    case refused(method: String, status: Int, words: String, migratedTo: Int64?)

    var errorClass: ErrorClass {
        switch self {
        case .badToken: .critical
        case .tooManyRequests(let retryAfter): .network(retryAfter: retryAfter)
        case .conflict, .webhookIsSet, .server, .unreachable, .unreadable: .network()
        case .refused: .failure
        }
    }

    var description: String {
        switch self {
        case .badToken(let method, let words):
            "Telegram rejects the token (\(method): \(words)): set BOT_TOKEN to the token that @BotFather shows for this bot"
        case .conflict:
            "duplicate bot (409): another process uses this BOT_TOKEN; stop it"
        case .webhookIsSet(let host):
            "Telegram sends this bot's updates to a webhook\(host.map { " at \($0)" } ?? "") (409): "
                + "stop the program there, then call deleteWebhook (https://core.telegram.org/bots/api#deletewebhook)"
        case .tooManyRequests(let retryAfter):
            "Telegram limits the rate (429)"
                + (retryAfter.map { "; it accepts requests again in \($0.components.seconds) s" } ?? "")
        case .server(let status, let words):
            "Telegram's server reports an error (\(status)\(words.isEmpty ? "" : " \(words)"))"
        case .unreachable(let error):
            "Telegram cannot be reached: \(error.message)"
        case .unreadable(_, let status) where !(200..<300).contains(status):
            "HTTP \(status) from a proxy, not from Telegram: check the network, the proxy and TELEGRAM_API_URL"
        case .unreadable(let method, let status):
            "the answer to \(method) is not the Bot API's (status \(status)): it is cut off, or a proxy between wrote it"
        case .refused(let method, let status, let words, _):
            "Telegram rejects \(method) (\(status) \(words))"
        }
    }
}
