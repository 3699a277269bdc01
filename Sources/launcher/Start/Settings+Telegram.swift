import KeepAliveKit
import KeepAlivePlatform

/// The variables of casino-bot, which reads them itself: the launcher checks them before it starts that bot.
extension Settings {
    /// `BOT_TOKEN`: digits, a colon and 35 characters. The value itself is never shown.
    mutating func botToken() -> String? {
        guard let token = required("BOT_TOKEN", remedy: "get one from @BotFather, or try --demo") else { return nil }
        let parts = token.split(separator: ":", omittingEmptySubsequences: false)
        let isWellFormed =
            parts.count == 2 && !parts[0].isEmpty && parts[0].utf8.allSatisfy(isDigit) && parts[1].utf8.count == 35
            && parts[1].utf8.allSatisfy { byte in
                isDigit(byte) || (0x61...0x7A).contains(byte.lowercased) || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: "-")
            }
        if isWellFormed { return token }
        report(
            "BOT_TOKEN (hidden, \(token.unicodeScalars.count) characters) is not allowed: "
                + (Self.oddity(of: token).map { "\($0); " } ?? "")
                + "give digits, a colon and 35 characters, as @BotFather shows it")
        return nil
    }

    /// A foreign character in a token: the finding names it, because it must not show the value.
    private static func oddity(of token: String) -> String? {
        let scalars = token.unicodeScalars
        if scalars.contains(where: { $0.value == 0x0A || $0.value == 0x0D }) { return "it holds a line break" }
        if scalars.contains(where: { "\"'`\u{201C}\u{201D}\u{2018}\u{2019}".unicodeScalars.contains($0) }) {
            return "it holds quotes"
        }
        if scalars.contains(where: \.properties.isWhitespace) { return "it holds a space" }
        if scalars.contains(where: { !$0.isASCII || $0.value < 0x20 || $0.value == 0x7F }) {
            return "it holds a character that cannot be seen, or is no letter of a token"
        }
        return nil
    }

    /// `OWNER_USER_ID`: a positive whole number.
    mutating func ownerID() -> Int64? {
        let remedy = "send /start to @userinfobot to learn yours, or try --demo"
        guard let text = required("OWNER_USER_ID", remedy: remedy) else { return nil }
        if let id = Self.userID(text[...]) { return id }
        refuse("OWNER_USER_ID", text, "a Telegram user id, which is a positive whole number")
        return nil
    }

    /// `ADMIN_USER_IDS`: numbers with commas between them.
    mutating func adminIDs() -> Set<Int64> {
        guard let text = value("ADMIN_USER_IDS") else { return [] }
        let ids = text.split(separator: ",").map { Self.userID($0) }
        if ids.contains(nil) {
            refuse("ADMIN_USER_IDS", text, "Telegram user ids with commas between them, such as 123,456")
        }
        return Set(ids.compactMap { $0 })
    }

    /// The variables that may be unset: their form, as far as it can be known without libpq and libcurl.
    mutating func optionalVariables() {
        _ = seconds("HEARTBEAT_INTERVAL", in: 1...86_400, default: .seconds(300))
        for name in ["TELEGRAM_API_URL", "RENDER_EXTERNAL_URL"] {
            guard let url = value(name) else { continue }
            let start = url.lowercased()
            let isWebAddress = start.hasPrefix("http://") || start.hasPrefix("https://")
            if !isWebAddress || url.contains("?") || url.contains("#") {
                refuse(name, url, "an address such as https://bot.example.com")
            }
        }
        if let url = value("DATABASE_URL"), !url.hasPrefix("postgres://"), !url.hasPrefix("postgresql://") {
            report(
                "DATABASE_URL (hidden) is not allowed: the PostgreSQL URL has to begin with postgres://, e.g. "
                    + "postgres://user@db.example/name")
        }
    }

    private static func userID(_ text: Substring) -> Int64? {
        let digits = text.filter { !$0.isWhitespace }
        guard digits.utf8.allSatisfy(isDigit), let id = Int64(digits), id > 0 else { return nil }
        return id
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
