/// What a bot sent: the successful calls of `sendMessage`, `sendDice` and `answerCallbackQuery`.
public struct SentMessage: Sendable {
    /// The method.
    public let method: String
    /// The chat, `nil` when addressed by a name or for `answerCallbackQuery`.
    public let chatID: Int64?
    /// The text, empty when there is none.
    public let text: String
    /// The identifier given to the message, 0 for `answerCallbackQuery`.
    public let messageID: Int64
    /// All parameters.
    public let parameters: [String: JSON]
    /// When it was sent.
    public let time: ContinuousClock.Instant
}
