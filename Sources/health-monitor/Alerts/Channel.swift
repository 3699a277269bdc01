import KeepAliveCurl
import KeepAliveKit

/// One way to send alerts. A channel writes its wire format and reads its peer's answer; retries and the outbox are not
/// its concern.
protocol Channel: Sendable {
    /// The `type` of a channel of this kind.
    static var type: String { get }

    /// Reads the channel's keys; errors go to the section's findings.
    init(reading section: ConfigurationSection)

    /// The name that targets use; without `name`, the type.
    var name: String { get }

    /// Texts that no output may contain.
    var secrets: [String] { get }

    /// A setting that the owner should change although the channel delivers; nil if there is none.
    var advice: String? { get }

    /// Sends one event.
    ///
    /// - Parameter key: identical for every attempt to send this event, so that a peer can drop duplicates.
    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery
}

extension Channel {
    var advice: String? { nil }
}
