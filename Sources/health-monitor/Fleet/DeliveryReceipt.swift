/// Whether a channel has taken an event.
struct DeliveryReceipt: Sendable, Equatable {
    let channel: String
    /// When the channel took it, ISO 8601; nil while it does not.
    var deliveredAt: String?
    /// The attempts that failed, where it waits.
    var failedAttempts = 0
}
