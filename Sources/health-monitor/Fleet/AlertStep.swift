/// A step of an alert, with the channels that received it.
struct AlertStep: Sendable, Equatable {
    let kind: AlertEvent.Kind
    let severity: Severity
    let message: String
    /// UTC, ISO 8601 with microseconds; for several repeats the time of the last one.
    let time: String
    /// How many steps of this kind there were: of an alert's repeats only the last is listed.
    var count = 1
    /// The channels that have accepted it, and the channels that have not yet.
    var receipts: [DeliveryReceipt] = []
    /// The person behind an acknowledgement, a silence or a note.
    var who: String?
}
