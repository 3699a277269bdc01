/// A call of a Bot API method, recorded as it arrived and before it was answered.
public struct BotCall: Sendable {
    /// The method as it was spelled.
    public let method: String
    /// The parameters of query and body together; the body's win.
    public let parameters: [String: JSON]
    /// When it arrived.
    public let time: ContinuousClock.Instant
}
