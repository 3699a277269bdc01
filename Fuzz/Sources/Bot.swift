import KeepAliveCurl

@testable import KeepAliveCasinoBot

/// What casino-bot reads of Telegram and of players.
let botTargets = [
    Target(name: "updates", most: 1 << 18, look: lookAtUpdates),
    Target(name: "command", most: 1 << 13, look: lookAtCommand),
]

/// An answer of the Bot API: any body is a result or a typed error.
private func lookAtUpdates(_ bytes: [UInt8]) {
    for status in [200, 401, 404, 409, 429, 502] {
        let response = HTTPClientResponse(status: status, headers: [], body: bytes, elapsed: .zero)
        do {
            let updates = try BotAPI.result(of: "getUpdates", response) as [TelegramUpdate]
            for update in updates {
                if let incoming = update.incoming { _ = Command(incoming.text, botName: "casino_bot") }
            }
        } catch {
            require(error is TelegramError, "\(error) is no error of Telegram")
            if case TelegramError.tooManyRequests(let wait?) = error {
                require(wait >= .zero && wait <= .seconds(86_400), "the wait is \(wait)")
            }
        }
        _ = try? BotAPI.result(of: "getMe", response) as TelegramUser
        let webhook = try? BotAPI.result(of: "getWebhookInfo", response) as TelegramWebhookInfo
        _ = webhook?.webhookHost
    }
}

/// A player's text.
private func lookAtCommand(_ bytes: [UInt8]) {
    let text = text(bytes)
    _ = Command(text, botName: nil)
    if case .dice(.amount(let amount)) = Command(text, botName: "casino_bot") {
        require(amount > 0, "the bet is \(amount)")
    }
    if case .amount(let amount) = Bet(text) { require(amount > 0, "the bet is \(amount)") }
}
