import KeepAliveCurl
import KeepAliveKit

/// One way to tell people. A channel writes its own wire format and reads its peer's answer; it knows nothing of retries
/// and of the outbox.
protocol Channel: Sendable {
    /// The `type` of a channel of this kind.
    static var type: String { get }

    /// Reads the channel's keys; what is wrong goes to the section's findings.
    init(reading section: ConfigurationSection)

    /// What targets call it; its type where it has no name of its own.
    var name: String { get }

    /// What no output may hold.
    var secrets: [String] { get }

    /// What its owner should change though it delivers; nil where there is nothing.
    var advice: String? { get }

    /// Sends one event.
    ///
    /// - Parameter key: the same for every try to send this event, so that a peer that can tell does not show it twice.
    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery
}

extension Channel {
    var advice: String? { nil }
}
