import Synchronization

/// The methods of the Bot API other than `getUpdates`.
extension TelegramCore {
    /// Carries out a call; `nil` if the client left meanwhile.
    func answer(
        _ method: String, _ parameters: [String: JSON], _ connection: LoopbackServer.Connection, mayWait: Bool
    ) -> BotAnswer? {
        switch method.lowercased() {
        case "getupdates": getUpdates(parameters, connection, mayWait: mayWait)
        case "getme": .result(profile)
        case "sendmessage": sendMessage(parameters)
        case "senddice": sendDice(parameters)
        case "answercallbackquery": answerCallbackQuery(parameters)
        case "getwebhookinfo": .result(webhookInfo)
        case "deletewebhook": deleteWebhook(parameters)
        case "setmycommands": .result(.bool(true))
        default: .failure(404, "Not Found")
        }
    }

    private var profile: JSON {
        var fields = bot.object ?? [:]
        fields["can_join_groups"] = true
        fields["can_read_all_group_messages"] = false
        fields["supports_inline_queries"] = false
        fields["can_connect_to_business"] = false
        fields["has_main_web_app"] = false
        return .object(fields)
    }

    private var webhookInfo: JSON {
        let (count, overrides) = state.withLock { ($0.updates.count, $0.webhookInfo) }
        let info: [String: JSON] = [
            "url": "", "has_custom_certificate": false, "pending_update_count": .integer(Int64(count)),
        ]
        return .object(info.merging(overrides) { _, last in last })
    }

    private func deleteWebhook(_ parameters: [String: JSON]) -> BotAnswer {
        state.withLock { state in
            state.webhookInfo["url"] = nil
            let drops = parameters["drop_pending_updates"]
            guard drops?.bool ?? (drops?.string?.lowercased() == "true") else { return }
            if let boundary = state.updates.confirm(offset: state.updates.nextID),
                boundary > state.confirmedOffset
            {
                state.confirmedOffset = boundary
                confirmations.append(boundary)
            }
        }
        return .result(.bool(true))
    }

    private func sendMessage(_ parameters: [String: JSON]) -> BotAnswer {
        if let refusal = refusal(parameters) { return refusal }
        let text = parameters["text"]?.string ?? ""
        if text.allSatisfy(\.isWhitespace) { return .failure(400, "Bad Request: message text is empty") }
        if text.utf16.count > 4096 { return .failure(400, "Bad Request: message is too long") }
        return send("sendMessage", parameters, text: text, content: ["text": .string(text)])
    }

    private func sendDice(_ parameters: [String: JSON]) -> BotAnswer {
        if let refusal = refusal(parameters) { return refusal }
        let emoji = parameters["emoji"]?.string ?? "🎲"
        let highest: Int64 =
            switch emoji {
            case "🎰": 64
            case "🏀", "⚽", "⚽️": 5
            default: 6
            }
        let value = state.withLock { $0.dice.isEmpty ? nil : $0.dice.removeFirst() } ?? .random(in: 1...highest)
        let dice: JSON = ["emoji": .string(emoji), "value": .integer(value)]
        return send("sendDice", parameters, text: "", content: ["dice": dice])
    }

    private func answerCallbackQuery(_ parameters: [String: JSON]) -> BotAnswer {
        let id = parameters["callback_query_id"].flatMap { $0.string ?? $0.integer.map(String.init) } ?? ""
        return state.withLock { state in
            guard state.callbackIDs.contains(id) else {
                let reason = "query is too old and response timeout expired or query ID is invalid"
                return .failure(400, "Bad Request: \(reason)")
            }
            sent.append(
                SentMessage(
                    method: "answerCallbackQuery", chatID: nil, text: parameters["text"]?.string ?? "", messageID: 0,
                    parameters: parameters, time: .now))
            return .result(.bool(true))
        }
    }

    /// Why no message can be sent with these parameters.
    private func refusal(_ parameters: [String: JSON]) -> BotAnswer? {
        guard let chat = parameters["chat_id"], chat.string?.isEmpty != true else {
            return .failure(400, "Bad Request: chat_id is empty")
        }
        if let id = chat.lenientInteger, let target = state.withLock({ $0.migrations[id] }) {
            let description = "Bad Request: group chat was upgraded to a supergroup chat"
            return .failure(400, description, ["migrate_to_chat_id": .integer(target)])
        }
        if chat.lenientInteger == nil, chat.string?.hasPrefix("@") != true {
            return .failure(400, "Bad Request: chat not found")
        }
        if parameters["reply_markup"] != nil, Self.markup(parameters) == nil {
            return .failure(400, "Bad Request: object expected as reply markup")
        }
        return nil
    }

    private func send(
        _ method: String, _ parameters: [String: JSON], text: String, content: [String: JSON]
    ) -> BotAnswer {
        let chatID = parameters["chat_id"]?.lenientInteger
        var message = content
        message["from"] = bot
        message["date"] = Self.date
        message["chat"] = Self.chat(chatID ?? -1_000_000_000_001, person: [:])
        // Like the real server, return only inline keyboards.
        if let markup = Self.markup(parameters), markup["inline_keyboard"] != nil { message["reply_markup"] = markup }
        let id = state.withLock { state in
            defer { state.nextMessageID += 1 }
            sent.append(
                SentMessage(
                    method: method, chatID: chatID, text: text, messageID: state.nextMessageID,
                    parameters: parameters, time: .now))
            return state.nextMessageID
        }
        message["message_id"] = .integer(id)
        return .result(.object(message))
    }

    private static func markup(_ parameters: [String: JSON]) -> JSON? {
        let value = parameters["reply_markup"]
        let parsed = value?.string.flatMap { try? JSON(parsing: $0) } ?? value
        return parsed?.object == nil ? nil : parsed
    }

    /// A chat; its number shows its kind. `person` is the other member of a private chat.
    static func chat(_ id: Int64, person: [String: JSON]) -> JSON {
        var chat: [String: JSON] = ["id": .integer(id)]
        if id > 0 {
            chat["type"] = "private"
            for key in ["first_name", "username"] { chat[key] = person[key] }
        } else {
            chat["type"] = id <= -1_000_000_000_000 ? "supergroup" : "group"
            chat["title"] = "Test Group"
        }
        return .object(chat)
    }
}
