/// What is wrong with a channel.
struct ChannelTrouble: Sendable, Equatable {
    let channel: String
    /// What it answered to the last alert, or what to configure.
    let reason: String
    /// Whether it takes alerts all the same.
    let isDelivering: Bool

    var sentence: String {
        isDelivering ? "channel \(channel): \(reason)" : "channel \(channel) takes no alerts: \(reason)"
    }
}
