import Synchronization

/// Events that a test sends to the bot.
extension FakeTelegram {
    /// A user writes to the bot; returns the update's id. Without a chat it is the user's private one.
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

    /// Any update, given as an object with the member of its kind, such as `["poll_answer": […]]`.
    ///
    /// Adds `update_id`. Kinds that the bot does not request take an id and are dropped.
    @discardableResult
    public func enqueue(raw update: JSON) -> Int64 { core.enqueue(update.object ?? [:]) }

    /// Turns a group into a supergroup: the old chat accepts no more messages.
    public func migrate(chat: Int64, to target: Int64) {
        core.state.withLock { $0.migrations[chat] = target }
    }

    /// Sets the values of the next dice; later ones are random again.
    public func scriptDice(_ values: [Int64]) {
        core.state.withLock { $0.dice += values }
    }

    /// Replaces members of the `getWebhookInfo` answer, such as `pending_update_count`; an empty object resets it.
    ///
    /// With a `url`, polls get 409 until the bot calls `deleteWebhook`.
    public func overrideWebhookInfo(_ members: [String: JSON]) {
        core.state.withLock { $0.webhookInfo = members }
    }

    /// Lets the next calls of a method fail, after all its earlier scripted faults.
    public func script(_ fault: Fault, for method: String, times: Int = 1) {
        core.state.withLock { $0.faults.add(fault, method: method, times: times) }
    }

    /// Lets all further calls of a method fail until `clearFaults(_:)`.
    public func scriptForever(_ fault: Fault, for method: String) {
        core.state.withLock { $0.faults.add(fault, method: method, times: nil) }
    }

    /// Removes the faults of a method, or of all; hanging calls still hang.
    public func clearFaults(_ method: String? = nil) {
        core.state.withLock { $0.faults.clear(method) }
    }

    /// Answers the hanging calls of a method, or of all.
    public func releaseHanging(_ method: String? = nil) { core.release(method) }

    /// The number of hanging calls.
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
