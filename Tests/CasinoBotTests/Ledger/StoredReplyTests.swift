import Testing

@testable import KeepAliveCasinoBot

/// A reply in columns, as both ledgers keep it.
struct StoredReplyTests {
    @Test(arguments: [
        Reply.message(chat: 7, topic: nil, text: "hello", again: nil),
        .message(chat: -7, topic: 77, text: "", again: "/dice 5"), .dice(chat: 7), .dice(chat: -7, topic: 77),
        .answerCallback(id: "42"),
    ])
    func isReadAsItWasKept(reply: Reply) {
        let stored = StoredReply(reply)
        #expect(stored.reply == reply)
        #expect(stored.chat == reply.chat && stored.topic == reply.topic)
    }

    /// For example a newer version's.
    @Test(arguments: [
        StoredReply(kind: nil, chat: 7, text: "a", extra: nil, topic: nil),
        StoredReply(kind: "hologram", chat: 7, text: "a", extra: nil, topic: nil),
        StoredReply(kind: "message", chat: nil, text: "a", extra: nil, topic: nil),
        StoredReply(kind: "message", chat: 7, text: nil, extra: "/dice 5", topic: nil),
        StoredReply(kind: "dice", chat: nil, text: "a", extra: nil, topic: nil),
        StoredReply(kind: "callback", chat: 7, text: nil, extra: nil, topic: nil),
    ])
    func whatLacksAPartIsNoReply(stored: StoredReply) {
        #expect(stored.reply == nil)
    }
}
