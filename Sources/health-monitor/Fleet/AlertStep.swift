/// Something that happened in an alert, and which channels took it.
struct AlertStep: Sendable, Equatable {
    let kind: AlertEvent.Kind
    let severity: Severity
    let message: String
    /// UTC, ISO 8601 with microseconds; of several repeats that of the last one.
    let time: String
    /// How many of this kind there were: of those that an alert repeats for weeks, only the last one is given.
    var count = 1
    /// The channels that have taken it, and those that have not yet.
    var receipts: [DeliveryReceipt] = []
}
