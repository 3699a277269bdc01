#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The answer to every Bot API call (https://core.telegram.org/bots/api#making-requests).
struct TelegramAnswer<Result: Decodable>: Decodable {
    let ok: Bool
    let result: Result?
    let errorCode: Int?
    let description: String?
    let parameters: Parameters?

    struct Parameters: Decodable {
        let retryAfter: Double?
        let migrateToChatID: Int64?

        enum CodingKeys: String, CodingKey {
            case retryAfter = "retry_after"
            case migrateToChatID = "migrate_to_chat_id"
        }

        /// The delay may be a text: some servers between write it so.
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let text = try? container.decodeIfPresent(String.self, forKey: .retryAfter)
            retryAfter =
                (try? container.decodeIfPresent(Double.self, forKey: .retryAfter)) ?? text.flatMap { Double($0) }
            migrateToChatID = try container.decodeIfPresent(Int64.self, forKey: .migrateToChatID)
        }
    }

    enum CodingKeys: String, CodingKey {
        case ok, result, description, parameters
        case errorCode = "error_code"
    }
}

/// A User or bot.
struct TelegramUser: Decodable, Equatable {
    let id: Int64
    let username: String?
}

/// An Update. Unknown or unreadable kinds have neither message nor callback: an odd update must not block the next.
struct TelegramUpdate: Decodable {
    let updateID: Int64
    let message: Message?
    let callback: Callback?

    struct Message: Decodable {
        let from: TelegramUser?
        let chat: Chat
        let text: String?
        let migrateToChatID: Int64?
        private let threadID: Int64?
        private let isTopicMessage: Bool?

        enum CodingKeys: String, CodingKey {
            case from, chat, text
            case migrateToChatID = "migrate_to_chat_id"
            case threadID = "message_thread_id"
            case isTopicMessage = "is_topic_message"
        }

        /// The forum topic that it belongs to; a thread of replies elsewhere is no topic, and cannot be sent to.
        var topic: Int64? { isTopicMessage == true ? threadID : nil }
    }

    struct Chat: Decodable {
        let id: Int64
        let type: String?
    }

    struct Callback: Decodable {
        let id: String
        let from: TelegramUser
        let message: Message?
        let data: String?
    }

    enum CodingKeys: String, CodingKey {
        case updateID = "update_id"
        case message
        case callback = "callback_query"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        updateID = try container.decode(Int64.self, forKey: .updateID)
        message = try? container.decodeIfPresent(Message.self, forKey: .message)
        callback = try? container.decodeIfPresent(Callback.self, forKey: .callback)
    }

    /// The update in the casino's terms; nil when it means nothing to the casino.
    var incoming: Incoming? {
        if let callback {
            return Incoming(
                updateID: updateID, userID: callback.from.id, chatID: callback.message?.chat.id ?? callback.from.id,
                text: callback.data ?? "", isPrivate: callback.message?.chat.type ?? "private" == "private",
                topic: callback.message?.topic, callbackID: callback.id)
        }
        guard let message, let user = message.from, let text = message.text else { return nil }
        return Incoming(
            updateID: updateID, userID: user.id, chatID: message.chat.id, text: text,
            isPrivate: message.chat.type ?? "private" == "private", topic: message.topic)
    }
}

/// The updates that a poll brings. An element without a number is no update; an answer of such elements alone is none.
struct TelegramUpdates: Decodable {
    let readable: [TelegramUpdate]
    /// How many elements are left out.
    let dropped: Int

    private struct Element: Decodable {
        let update: TelegramUpdate?

        init(from decoder: any Decoder) {
            update = try? TelegramUpdate(from: decoder)
        }
    }

    init(from decoder: any Decoder) throws {
        let elements = try [Element](from: decoder)
        readable = elements.compactMap(\.update)
        dropped = elements.count - readable.count
        guard dropped == 0 || !readable.isEmpty else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "none of \(dropped) updates has a number"))
        }
    }
}

/// A part of WebhookInfo.
struct TelegramWebhookInfo: Decodable {
    let url: String?
    let pendingUpdateCount: Int?

    /// The host of the webhook's address, whose path may be secret; nil if no webhook is set.
    var webhookHost: String? {
        guard let url, !url.isEmpty else { return nil }
        return URL(string: url)?.host() ?? "an address that cannot be read"
    }

    enum CodingKeys: String, CodingKey {
        case url
        case pendingUpdateCount = "pending_update_count"
    }
}

/// An answer whose content is not used.
struct TelegramIgnored: Decodable {
    init(from decoder: any Decoder) {}
}
