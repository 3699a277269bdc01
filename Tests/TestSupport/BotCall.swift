/// A call of a Bot API method, recorded on arrival, before its answer.
public struct BotCall: Sendable {
    /// The method as spelled in the call.
    public let method: String
    /// The parameters of query and body; the body has precedence.
    public let parameters: [String: JSON]
    /// When it arrived.
    public let time: ContinuousClock.Instant
}
