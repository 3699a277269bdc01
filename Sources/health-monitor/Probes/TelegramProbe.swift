import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// Looks at a Telegram bot from outside, whatever language it is written in: type `telegram`.
///
/// - `token`: the bot's; `apiUrl` (https://api.telegram.org).
/// - `pendingDegraded` (20), `pendingUnhealthy` (100), `growingChecks` (5): see `UpdateBacklog`.
///
/// `getMe` shows whether the token is valid, and `getWebhookInfo` how many updates wait; the latter counts them for
/// polling bots too. Neither call disturbs the bot's own. After an answer 429 it makes no call until Telegram's pause is
/// over, as each one would extend it.
struct TelegramProbe: Probe {
    static let type = "telegram"

    private let token: String
    private let api: String
    private let endpoint: Endpoint?
    private let rules: UpdateBacklog.Rules
    /// The key of this bot's backlog.
    private let bot: String
    private let hider: Log

    /// A day: a longer pause is no answer of Telegram's.
    private static let longestPause = 86_400
    /// Whom Telegram's limits count: all targets of one bot share a pause.
    private var account: String { "\(api)\n\(token)" }

    init(reading section: ConfigurationSection) {
        token = section.secret("token")
        if token.utf8.contains(where: { "?#%\\".utf8.contains($0) }) {
            section.refuse("token", "it holds a character that no token has: give the text from @BotFather")
        }
        let address = section.webAddress("apiUrl", default: "https://api.telegram.org")
        api = String(address.reversed().drop { $0 == "/" }.reversed())
        endpoint = try? Endpoint(url: api)
        let defaults = UpdateBacklog.Rules()
        rules = UpdateBacklog.Rules(
            pendingDegraded: section.integer(
                "pendingDegraded", in: 1...1_000_000, default: defaults.pendingDegraded),
            pendingUnhealthy: section.integer(
                "pendingUnhealthy", in: 1...1_000_000, default: defaults.pendingUnhealthy),
            growingChecks: section.integer("growingChecks", in: 1...1000, default: defaults.growingChecks))
        if rules.pendingUnhealthy < rules.pendingDegraded {
            section.refuse(
                "pendingUnhealthy",
                "\(rules.pendingUnhealthy) is below pendingDegraded (\(rules.pendingDegraded)): give at least that")
        }
        bot = "\(section.value("name")?.text ?? "")\n\(api)\n\(token)"
        hider = Log.none.hiding([token])
    }

    var isLocal: Bool { endpoint?.isLoopback ?? false }
    /// Without a path: it may hold a key.
    var address: String { "the Bot API at \(endpoint?.host ?? "")" }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let start = MonotonicTime.now()
        let deadline = start.advanced(by: timeout)
        if let end = tools.backlogs.pause(of: account, at: start) {
            let seconds = end.since(start).components.seconds + 1
            return ProbeResult(status: .unknown, message: TelegramAnswer.limit(seconds: seconds))
        }
        do {
            let me = try await answer("getMe", tools.client, until: deadline)
            var result = ProbeResult(status: .healthy, message: "", responseTime: me.elapsed)
            result.checks.append(
                .init(name: "getMe.seconds", status: .healthy, value: me.elapsed.seconds))
            guard case .result(let profile) = me.answer else { return failed(me.answer, &result, tools) }
            let name = profile["username"]?.text.map { "@\($0.line(limit: 64))" } ?? "the bot"
            let info = try await answer("getWebhookInfo", tools.client, until: deadline)
            guard case .result(let values) = info.answer, let webhook = WebhookState(values, hiding: hider.redact)
            else { return failed(info.answer, &result, tools) }
            judge(name, webhook, &result, tools)
            return result
        } catch {
            return await .failed(error, timeout: timeout, tools)
        }
    }

    private func answer(
        _ method: String, _ client: HTTPClient, until deadline: MonotonicTime
    ) async throws -> (answer: TelegramAnswer, elapsed: Duration) {
        let left = deadline.since(.now())
        guard left > .zero else { throw CancellationError() }
        let response = try await client.send(
            HTTPClientRequest(
                url: "\(api)/bot\(token)/\(method)", timeout: left, connectTimeout: left,
                maximumResponseBytes: 256 * 1024))
        return (TelegramAnswer(response, of: method, hiding: hider.redact), response.elapsed)
    }

    /// Only an answer about the bot makes it unhealthy.
    private func failed(_ answer: TelegramAnswer, _ result: inout ProbeResult, _ tools: ProbeTools) -> ProbeResult {
        result.status = .unknown
        switch answer {
        case .failure(let words): (result.status, result.message) = (.unhealthy, words)
        case .undecided(let words): result.message = words
        case .limited(let seconds):
            let pause = seconds.map { min(max(0, $0), Self.longestPause) }
            if let pause { tools.backlogs.pause(account, until: .now().advanced(by: .seconds(pause))) }
            result.message = TelegramAnswer.limit(seconds: pause.map { Int64($0) })
        case .result: result.message = "the answer is not Telegram's: check apiUrl"
        }
        return result
    }

    private func judge(_ name: String, _ webhook: WebhookState, _ result: inout ProbeResult, _ tools: ProbeTools) {
        let now = WallTime.now()
        let backlog = tools.backlogs.update(bot) {
            $0.note(webhook.pending, at: now, tick: .now(), interval: tools.interval)
        }
        let (status, words) = backlog.verdict(rules, now: now)
        result.status = status
        result.message = "\(name): \(words)"
        result.checks.append(
            .init(name: "pending_updates", status: status, message: words, value: Double(webhook.pending)))
        guard let delivery = webhook.check(now: now) else { return }
        result.checks.append(delivery)
        guard delivery.status == .degraded else { return }
        result.status = .worse(result.status, .degraded)
        if let message = delivery.message { result.message += "; \(message)" }
    }
}
