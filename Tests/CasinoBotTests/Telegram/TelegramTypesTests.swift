import Foundation
import Testing

@testable import KeepAliveCasinoBot

struct TelegramTypesTests {
    private func update(_ json: String) throws -> TelegramUpdate {
        try JSONDecoder().decode(TelegramUpdate.self, from: Data(json.utf8))
    }

    private static let person = #"{"id":7,"is_bot":false,"first_name":"Ann"}"#

    @Test func readsAMessage() throws {
        let text = "/dice 5 🎲 \\u0000é\\n"
        let incoming = try update(
            #"{"update_id":9,"message":{"from":\#(Self.person),"chat":{"id":-50,"type":"group"},"text":"\#(text)"}}"#
        ).incoming
        #expect(
            incoming
                == Incoming(updateID: 9, userID: 7, chatID: -50, text: "/dice 5 🎲 \u{0}é\n", isPrivate: false))
    }

    @Test func readsAPressedButton() throws {
        let incoming = try update(
            """
            {"update_id":9,"callback_query":{"id":"42","from":\(Self.person),"data":"/dice 5",
            "message":{"message_id":1,"chat":{"id":-50,"type":"supergroup"},"date":0}}}
            """
        ).incoming
        #expect(
            incoming
                == Incoming(
                    updateID: 9, userID: 7, chatID: -50, text: "/dice 5", isPrivate: false, callbackID: "42"))
        let inline = try update(#"{"update_id":9,"callback_query":{"id":"42","from":\#(Self.person)}}"#).incoming
        #expect(inline == Incoming(updateID: 9, userID: 7, chatID: 7, text: "", callbackID: "42"))
    }

    @Test(arguments: [
        #"{"update_id":9}"#, #"{"update_id":9,"poll_answer":{"poll_id":"1"}}"#, #"{"update_id":9,"message":null}"#,
        #"{"update_id":9,"message":{}}"#, #"{"update_id":9,"message":[]}"#, #"{"update_id":9,"message":"hello"}"#,
        #"{"update_id":9,"message":{"from":{"id":"7"},"chat":{"id":7},"text":"/dice 5"}}"#,
        #"{"update_id":9,"message":{"from":\#(person),"chat":{"id":7.5},"text":"/dice 5"}}"#,
        #"{"update_id":9,"message":{"from":\#(person),"chat":{"id":7},"text":5}}"#,
        #"{"update_id":9,"message":{"from":\#(person),"chat":{"id":7},"photo":[]}}"#,
        #"{"update_id":9,"message":{"chat":{"id":7},"text":"/dice 5"}}"#,
        #"{"update_id":9,"channel_post":{"chat":{"id":7},"text":"/dice 5"}}"#,
        #"{"update_id":9,"callback_query":{"from":\#(person)}}"#, #"{"update_id":9,"callback_query":{"id":"1"}}"#,
    ])
    func meansNothingAndIsStillCounted(json: String) throws {
        let update = try update(json)
        #expect(update.updateID == 9)
        #expect(update.incoming == nil)
    }

    @Test(arguments: ["{}", "[]", #"{"update_id":"9"}"#, #"{"update_id":9.5}"#, #"{"update_id":null}"#])
    func isNoUpdateWithoutItsNumber(json: String) {
        #expect(throws: DecodingError.self) { try update(json) }
    }

    /// A thread of replies in an ordinary group is no topic: Telegram refuses a message to it.
    @Test(
        arguments: [
            (#","is_topic_message":true"#, 77), (#","is_topic_message":false"#, nil), ("", nil),
        ] as [(String, Int64?)])
    func onlyATopicIsAnsweredInItsThread(mark: String, topic: Int64?) throws {
        let chat = #""chat":{"id":-50,"type":"supergroup"},"message_thread_id":77\#(mark)"#
        let message = try update(#"{"update_id":9,"message":{"from":\#(Self.person),\#(chat),"text":"/dice"}}"#)
        #expect(message.incoming?.topic == topic)
        let button = #"{"id":"42","from":\#(Self.person),"data":"/dice","message":{\#(chat)}}"#
        #expect(try update(#"{"update_id":9,"callback_query":\#(button)}"#).incoming?.topic == topic)
    }

    @Test(
        arguments: [
            ("", nil), ("https://bot.example:8443/secret", "bot.example"), ("secret", "an address that cannot be read"),
        ] as [(String, String?)])
    func namesTheHostOfAWebhookAlone(url: String, host: String?) throws {
        let json = #"{"url":"\#(url)","pending_update_count":3}"#
        let info = try JSONDecoder().decode(TelegramWebhookInfo.self, from: Data(json.utf8))
        #expect(info.webhookHost == host)
        #expect(info.pendingUpdateCount == 3)
    }
}
