/// Every kind of channel. A new kind needs its own file and a line here.
let channelTypes: [any Channel.Type] = [
    DiscordChannel.self, DiscordWebhookChannel.self, SlackChannel.self, TelegramChannel.self, WebhookChannel.self,
    PagerDutyChannel.self, OpsgenieChannel.self, TwilioChannel.self, EmailChannel.self,
]

/// Makes the channel that a section describes; nil if its type is unknown.
func makeChannel(reading section: ConfigurationSection) -> (any Channel)? {
    guard let channelType = section.kind(of: channelTypes, named: { $0.type }) else { return nil }
    let channel = channelType.init(reading: section)
    section.finish()
    return channel
}
