/// The identity of the bot that answers at `/`. Pure.
package struct BotIdentity: Equatable, Sendable {
    /// Its name.
    package let bot: String

    /// Parses an answer; nil when it is not from the kit.
    package init?(json: [UInt8]) {
        var (status, bot): (String?, String?)
        let isObject = JSONReader.readObject(json) { key, value in
            switch key {
            case "status": status = value.string()
            case "bot": bot = value.string()
            default: break
            }
        }
        guard isObject, status == "online", let bot else { return nil }
        self.bot = bot
    }
}
