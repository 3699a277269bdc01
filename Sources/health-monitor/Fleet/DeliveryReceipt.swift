/// Whether a channel has accepted an event.
struct DeliveryReceipt: Sendable, Equatable {
    let channel: String
    /// When the channel accepted it, ISO 8601; nil while it waits.
    var deliveredAt: String?
    /// Failed attempts so far, while it waits.
    var failedAttempts = 0
}
