/// A reply as both ledgers keep it, in columns.
struct StoredReply: Equatable, Sendable {
    var kind: String?
    var chat: Int64?
    var text: String?
    var extra: String?
    var topic: Int64?

    init(kind: String?, chat: Int64?, text: String?, extra: String?, topic: Int64?) {
        self.kind = kind
        self.chat = chat
        self.text = text
        self.extra = extra
        self.topic = topic
    }

    init(_ reply: Reply) {
        (chat, topic) = (reply.chat, reply.topic)
        switch reply {
        case .message(_, _, let words, let again): (kind, text, extra) = ("message", words, again)
        case .dice: kind = "dice"
        case .answerCallback(let id): (kind, text) = ("callback", id)
        }
    }

    /// The reply; nil if it can never be sent, such as a newer version's.
    var reply: Reply? {
        switch (kind, chat, text) {
        case ("message", let chat?, let text?): .message(chat: chat, topic: topic, text: text, again: extra)
        case ("dice", let chat?, _): .dice(chat: chat, topic: topic)
        case ("callback", _, let text?): .answerCallback(id: text)
        default: nil
        }
    }
}
