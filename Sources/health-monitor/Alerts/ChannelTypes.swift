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
