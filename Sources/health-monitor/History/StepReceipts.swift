import KeepAliveKit

/// Which channels an alert's step has reached, as stores keep it.
enum StepReceipts {
    /// Identifies a step that waits in the outbox.
    struct Key: Hashable {
        let service: String
        let kind: AlertEvent.Kind
        let time: String
    }

    /// The deliveries of an object of times by channel, the earliest first.
    static func told(_ json: String) -> [DeliveryReceipt] {
        guard case .object(let times) = try? JSONValue(parsing: Array(json.utf8)) else { return [] }
        return times.compactMap { channel, time in time.text.map { DeliveryReceipt(channel: channel, deliveredAt: $0) }
        }
        .sorted { ($0.deliveredAt ?? "", $0.channel) < ($1.deliveredAt ?? "", $1.channel) }
    }
}
