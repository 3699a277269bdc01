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

/// What came of sending one event.
enum Delivery: Sendable, Equatable {
    case delivered
    /// It may work later: at the earliest after this time, where the peer has named one.
    case failed(reason: String, retryAfter: Duration?)
    /// It takes a person to make it work (a revoked token, a channel that is gone): logged as an error. It is tried again
    /// like any other, since that person may be at work already.
    case refused(reason: String)
}

/// Every kind of channel there is.
let channelTypes: [any Channel.Type] = [
    DiscordChannel.self, DiscordWebhookChannel.self, SlackChannel.self, TelegramChannel.self, WebhookChannel.self,
    PagerDutyChannel.self, EmailChannel.self,
]

/// Makes the channel that a section describes; nil where its type is not known.
func makeChannel(reading section: ConfigurationSection) -> (any Channel)? {
    let type = section.string("type")
    guard let channelType = channelTypes.first(where: { $0.type == type }) else {
        if !type.isEmpty {
            let types = channelTypes.map { $0.type }.joined(separator: ", ")
            section.refuse(
                "type",
                "\"\(type.prefix(40))\" is not allowed\(NearestWord.question(type, among: channelTypes.map { $0.type }))"
                    + ": give one of \(types)")
        }
        return nil
    }
    let channel = channelType.init(reading: section)
    section.finish()
    return channel
}
