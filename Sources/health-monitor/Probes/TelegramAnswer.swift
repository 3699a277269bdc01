import KeepAliveCurl
import KeepAlivePlatform

/// One answer of the Bot API, judged (core.telegram.org/bots/api#making-requests). Pure.
enum TelegramAnswer: Equatable {
    case result(JSONValue)
    /// The sentence says why there is none.
    case failure(String)
    /// The answer says nothing about the bot; the sentence says why.
    case undecided(String)
    /// Telegram wants no call for so many seconds.
    case limited(seconds: Int?)

    init(_ response: HTTPClientResponse, of method: String, hiding hide: (String) -> String) {
        let root = try? JSONValue(parsing: response.body)
        let status = response.status
        guard let root, let isOK = root["ok"]?.flag, !isOK || root["result"]?.isObject == true else {
            self = .undecided(
                (200..<300).contains(status)
                    ? "the answer to \(method) is not Telegram's: check apiUrl"
                    : "HTTP \(status) to \(method), not from Telegram: check apiUrl")
            return
        }
        if isOK, let result = root["result"] {
            self = .result(result)
            return
        }
        let code = root["error_code"]?.integer ?? status
        let words = root["description"]?.text.map { hide($0).line(limit: 200) } ?? "no description"
        switch code {
        case 401, 404:
            self = .failure(
                "Telegram refuses the token (\(code) \(words)): revoked or wrong; set a new token from @BotFather")
        case 429:
            self = .limited(seconds: root["parameters"]?["retry_after"]?.integer)
        default:
            let sentence = "Telegram answered \(code) to \(method): \(words)"
            // Telegram's own trouble, or a redirect.
            self = code >= 500 || (300..<400).contains(code) ? .undecided(sentence) : .failure(sentence)
        }
    }

    /// Why no call is made, or was answered.
    static func limit(seconds: Int64?) -> String {
        let pause = seconds.map { " for \($0) s" } ?? ""
        return "Telegram limits calls of this bot\(pause) (429): look less often, or end its other callers"
    }
}

/// The parts of `getWebhookInfo`'s result that count; its `url` often holds a secret and is never shown.
struct WebhookState: Equatable {
    var pending: Int
    /// Whether Telegram delivers to a webhook; otherwise the bot polls.
    var isUsed: Bool
    /// The last failed delivery, in seconds since 1970 and in Telegram's words.
    var errorAt: Int64?
    var error: String?

    /// How long after a failed delivery the webhook counts as failing: Telegram tries again within minutes.
    private static let fresh: Int64 = 600

    /// Nil if it is not an answer of Telegram.
    init?(_ result: JSONValue, hiding hide: (String) -> String) {
        guard let pending = result["pending_update_count"]?.integer else { return nil }
        self.pending = pending
        let url = result["url"]?.text ?? ""
        isUsed = !url.isEmpty
        errorAt = result["last_error_date"]?.integer.map { Int64($0) }
        error = result["last_error_message"]?.text.map { text in
            hide(url.isEmpty ? text : text.replacing(url, with: "[hidden]")).line(limit: 200)
        }
    }

    /// The last failed delivery as a part of the service: degraded while it is recent and updates still wait.
    func check(now: WallTime) -> ProbeResult.SubCheck? {
        guard isUsed, let error, let errorAt else { return nil }
        let (micros, overflow) = errorAt.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return nil }
        let age = now.microseconds / 1_000_000 - errorAt
        let isFailing = pending > 0 && age <= Self.fresh
        let time = UpdateBacklog.clock(WallTime(microseconds: micros), now)
        return ProbeResult.SubCheck(
            name: "webhook", status: isFailing ? .degraded : .healthy,
            message: "Telegram's last failed delivery to the webhook, \(time): \(error)")
    }
}
