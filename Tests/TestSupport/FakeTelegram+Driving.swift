import Synchronization

/// What a test makes happen to the bot.
extension FakeTelegram {
    /// A user writes to the bot; returns the update's id. Without a chat it is the private one with the user.
    @discardableResult
    public func enqueue(
        message text: String, from userID: Int64 = 1001, chat: Int64? = nil, username: String? = nil,
        firstName: String = "Tester"
    ) -> Int64 {
        let person = Self.person(userID, username: username, firstName: firstName)
        var message: [String: JSON] = [
            "from": .object(person), "chat": TelegramCore.chat(chat ?? userID, person: person),
            "date": TelegramCore.date, "text": .string(text),
        ]
        if text.hasPrefix("/") {
            let length = text.prefix { !$0.isWhitespace }.utf16.count
            message["entities"] = [["type": "bot_command", "offset": 0, "length": .integer(Int64(length))]]
        }
        message["message_id"] = .integer(core.makeMessageID())
        return core.enqueue(["message": .object(message)])
    }

    /// A user presses an inline button; returns the update's id.
    @discardableResult
    public func enqueue(
        callback data: String, from userID: Int64 = 1001, chat: Int64? = nil, messageID: Int64 = 1,
        username: String? = nil, firstName: String = "Tester"
    ) -> Int64 {
        let person = Self.person(userID, username: username, firstName: firstName)
        let message: JSON = [
            "message_id": .integer(messageID), "from": core.bot, "date": TelegramCore.date, "text": "Choose",
            "chat": TelegramCore.chat(chat ?? userID, person: person),
        ]
        return core.enqueue([
            "callback_query": [
                "id": .string(core.makeCallbackID()), "from": .object(person), "message": message,
                "chat_instance": "1", "data": .string(data),
            ]
        ])
    }

    /// Any update, given as object with the member that names its kind, such as `["poll_answer": […]]`.
    ///
    /// `update_id` is added. Kinds the bot does not want use up an id and are dropped.
    @discardableResult
    public func enqueue(raw update: JSON) -> Int64 { core.enqueue(update.object ?? [:]) }

    /// Turns a group into a supergroup: nothing can be sent to the old chat any more.
    public func migrate(chat: Int64, to target: Int64) {
        core.state.withLock { $0.migrations[chat] = target }
    }

    /// Makes the next dice show these values; afterwards they fall at random again.
    public func scriptDice(_ values: [Int64]) {
        core.state.withLock { $0.dice += values }
    }

    /// Replaces members of what `getWebhookInfo` answers, such as `pending_update_count`; an empty object undoes it.
    ///
    /// With a `url` polling is refused with 409 until the bot calls `deleteWebhook`.
    public func overrideWebhookInfo(_ members: [String: JSON]) {
        core.state.withLock { $0.webhookInfo = members }
    }

    /// Makes the next calls of a method go wrong, after all faults scripted for it before.
    public func script(_ fault: Fault, for method: String, times: Int = 1) {
        core.state.withLock { $0.faults.add(fault, method: method, times: times) }
    }

    /// Makes all further calls of a method go wrong until `clearFaults(_:)`.
    public func scriptForever(_ fault: Fault, for method: String) {
        core.state.withLock { $0.faults.add(fault, method: method, times: nil) }
    }

    /// Forgets the faults of a method, or of all; calls that hang already go on hanging.
    public func clearFaults(_ method: String? = nil) {
        core.state.withLock { $0.faults.clear(method) }
    }

    /// Lets hanging calls of a method, or of all, be answered.
    public func releaseHanging(_ method: String? = nil) { core.release(method) }

    /// How many calls hang.
    public var hangingCount: Int { core.state.withLock { $0.hanging.count } }

    private static func person(_ id: Int64, username: String?, firstName: String) -> [String: JSON] {
        var person: [String: JSON] = [
            "id": .integer(id), "is_bot": false, "first_name": .string(firstName), "language_code": "en",
        ]
        person["username"] = username.map { .string($0) }
        return person
    }
}

extension TelegramCore {
    fileprivate func makeMessageID() -> Int64 {
        state.withLock { state in
            defer { state.nextMessageID += 1 }
            return state.nextMessageID
        }
    }

    fileprivate func makeCallbackID() -> String {
        state.withLock { state in
            defer { state.nextCallbackID += 1 }
            return String(4_382_000_000_000 + state.nextCallbackID)
        }
    }
}
