/// A message from the bot: a successful call of `sendMessage`, `sendDice` or `answerCallbackQuery`.
public struct SentMessage: Sendable {
    /// The method.
    public let method: String
    /// The chat; `nil` if it was named, or for `answerCallbackQuery`.
    public let chatID: Int64?
    /// The text; empty without one.
    public let text: String
    /// The message's id; 0 for `answerCallbackQuery`.
    public let messageID: Int64
    /// All parameters.
    public let parameters: [String: JSON]
    /// When it was sent.
    public let time: ContinuousClock.Instant
}
