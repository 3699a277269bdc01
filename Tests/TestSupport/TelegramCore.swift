import Foundation
import Synchronization

/// The state of `FakeTelegram`, shared by the test and the connections' threads.
final class TelegramCore: Sendable {
    struct State {
        var updates: UpdateQueue
        var faults = FaultScript()
        var callCounts: [String: Int] = [:]
        var migrations: [Int64: Int64] = [:]
        var dice: [Int64] = []
        var nextMessageID: Int64 = 1
        var nextCallbackID: Int64 = 1
        var callbackIDs: Set<String> = []
        /// `nil` for the default kinds, if the bot has never requested particular ones.
        var allowedUpdates: Set<String>?
        var activePoll: Poll?
        var hanging: [ObjectIdentifier: Hanging] = [:]
        var webhookInfo: [String: JSON] = [:]
        var confirmedOffset: Int64 = 0
    }

    /// A running `getUpdates` call; only the latest stays.
    final class Poll: Sendable {
        let waker: Waker

        init(waker: Waker) { self.waker = waker }
    }

    /// A call with the fault `hang`.
    struct Hanging {
        let method: String
        let waker: Waker
    }

    let token: String
    let botID: Int64
    let username: String
    let state: Mutex<State>
    let calls = EventLog<BotCall>()
    let sent = EventLog<SentMessage>()
    /// Each new confirmed offset.
    let confirmations = EventLog<Int64>()
    /// One event per long poll that started to wait.
    let waitingPolls = EventLog<ContinuousClock.Instant>()

    init(token: String, username: String, firstUpdateID: Int64) {
        self.token = token
        self.username = username
        botID = token.split(separator: ":").first.flatMap { Int64($0) } ?? 1
        state = Mutex(State(updates: UpdateQueue(firstID: firstUpdateID)))
    }

    static var date: JSON { .integer(Int64(Date().timeIntervalSince1970)) }

    var bot: JSON {
        ["id": .integer(botID), "is_bot": true, "first_name": "Test Bot", "username": .string(username)]
    }

    /// Records a call and returns its fault, if any.
    func admit(_ method: String, _ parameters: [String: JSON], _ connection: LoopbackServer.Connection) -> Fault? {
        let key = method.lowercased()
        return state.withLock { state in
            state.callCounts[key, default: 0] += 1
            let fault = state.faults.next(key)
            // Before the call becomes visible, so that a waiting test can release it.
            if case .hang = fault {
                state.hanging[ObjectIdentifier(connection)] = Hanging(method: key, waker: connection.waker)
            }
            calls.append(BotCall(method: method, parameters: parameters, time: .now))
            return fault
        }
    }

    /// Waits until a hanging call is released; false if the client left.
    func waitForRelease(_ connection: LoopbackServer.Connection) -> Bool {
        while state.withLock({ $0.hanging[ObjectIdentifier(connection)] != nil }) {
            let reason = connection.waker.wait(watching: connection.socket.descriptor, until: nil)
            if reason == .peerGone {
                state.withLock { $0.hanging[ObjectIdentifier(connection)] = nil }
                return false
            }
        }
        return true
    }

    /// Lets hanging calls continue.
    func release(_ method: String?) {
        let key = method?.lowercased()
        state.withLock { state in
            for (id, hanging) in state.hanging where key == nil || hanging.method == key {
                state.hanging[id] = nil
                hanging.waker.wake()
            }
        }
    }

    /// Queues an update, unless the bot does not request its kind.
    func enqueue(_ fields: [String: JSON]) -> Int64 {
        let kind = fields.keys.first { $0 != "update_id" } ?? ""
        return state.withLock { state in
            let id = state.updates.makeID()
            if let callbackID = fields["callback_query"]?["id"]?.string { state.callbackIDs.insert(callbackID) }
            guard state.allows(kind) else { return id }
            var fields = fields
            fields["update_id"] = .integer(id)
            state.updates.append(id: id, encoded: JSON.object(fields).encoded)
            state.activePoll?.waker.wake()
            return id
        }
    }

    /// Carries out `getUpdates`; `nil` if the client left meanwhile.
    func getUpdates(
        _ parameters: [String: JSON], _ connection: LoopbackServer.Connection, mayWait: Bool
    ) -> BotAnswer? {
        let limit = min(max(parameters["limit"]?.lenientInteger ?? 100, 1), 100)
        let timeout = min(max(parameters["timeout"]?.lenientInteger ?? 0, 0), 50)
        let deadline = ContinuousClock.now + .seconds(mayWait ? timeout : 0)
        let poll = Poll(waker: connection.waker)
        let webhook = state.withLock { state in
            if state.hasWebhook { return true }
            state.activePoll?.waker.wake()
            state.activePoll = poll
            state.remember(allowedUpdates: parameters["allowed_updates"])
            if let boundary = state.updates.confirm(offset: parameters["offset"]?.lenientInteger ?? 0),
                boundary > state.confirmedOffset
            {
                state.confirmedOffset = boundary
                confirmations.append(boundary)
            }
            return false
        }
        if webhook {
            let advice = "use deleteWebhook to delete the webhook first"
            return .failure(409, "Conflict: can't use getUpdates method while webhook is active; \(advice)")
        }
        var hasAnnounced = false
        while true {
            let answer: BotAnswer? = state.withLock { state in
                guard state.activePoll === poll else {
                    return .failure(409, BotAnswer.usualDescription(409, parameters: nil))
                }
                guard !state.updates.isEmpty || deadline <= .now else { return nil }
                state.activePoll = nil
                return .result(state.updates.batch(limit: Int(limit)))
            }
            if let answer { return answer }
            if !hasAnnounced { waitingPolls.append(.now) }
            hasAnnounced = true
            if connection.waker.wait(watching: connection.socket.descriptor, until: deadline) == .peerGone {
                state.withLock { if $0.activePoll === poll { $0.activePoll = nil } }
                return nil
            }
        }
    }
}

extension TelegramCore.State {
    private static let onlyOnRequest: Set = ["chat_member", "message_reaction", "message_reaction_count"]

    var hasWebhook: Bool { webhookInfo["url"]?.string.map { !$0.isEmpty } ?? false }

    func allows(_ kind: String) -> Bool {
        allowedUpdates?.contains(kind) ?? !Self.onlyOnRequest.contains(kind)
    }

    /// Stores a list of kinds; a call without a list keeps the last one, an empty list means the default.
    mutating func remember(allowedUpdates list: JSON?) {
        let parsed = list?.string.flatMap { try? JSON(parsing: $0) } ?? list
        guard let kinds = parsed?.array?.compactMap(\.string) else { return }
        allowedUpdates = kinds.isEmpty ? nil : Set(kinds)
    }
}
