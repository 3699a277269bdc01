/// A problem of a channel.
struct ChannelTrouble: Sendable, Equatable {
    let channel: String
    /// Its answer to the last alert, or what to configure.
    let reason: String
    /// Whether it delivers alerts nevertheless.
    let isDelivering: Bool

    var sentence: String {
        isDelivering ? "channel \(channel): \(reason)" : "channel \(channel) takes no alerts: \(reason)"
    }
}
