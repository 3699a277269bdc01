/// Every kind of channel there is: a new one is a file of its own and a line here.
let channelTypes: [any Channel.Type] = [
    DiscordChannel.self, DiscordWebhookChannel.self, SlackChannel.self, TelegramChannel.self, WebhookChannel.self,
    PagerDutyChannel.self, EmailChannel.self,
]

/// Makes the channel that a section describes; nil where its type is not known.
func makeChannel(reading section: ConfigurationSection) -> (any Channel)? {
    guard let channelType = section.kind(of: channelTypes, named: { $0.type }) else { return nil }
    let channel = channelType.init(reading: section)
    section.finish()
    return channel
}
