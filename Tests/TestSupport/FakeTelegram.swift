import Synchronization

/// A server with the Telegram Bot API over real HTTP, for tests.
///
/// It listens on a free port of 127.0.0.1; give the bot `baseURL` and `token`. Everything ends with this object.
public final class FakeTelegram: Sendable {
    /// The token of its one bot.
    public let token: String

    /// The identifier given to the first update.
    public static let firstUpdateID: Int64 = 1000

    let core: TelegramCore
    private let server: LoopbackServer

    /// Starts to listen.
    public init(
        token: String = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawX", username: String = "test_casino_bot"
    ) throws {
        let core = TelegramCore(token: token, username: username, firstUpdateID: Self.firstUpdateID)
        self.token = token
        self.core = core
        server = try LoopbackServer { connection in
            var client = TelegramConnection(core: core, connection: connection)
            client.run()
        }
    }

    deinit { server.shutDown() }

    /// The port; it stays reserved while the server does not listen.
    public var port: UInt16 { server.port }

    /// The bot's replacement for `https://api.telegram.org`.
    public var baseURL: String { "http://127.0.0.1:\(port)" }

    /// The path of a method.
    public func path(_ method: String) -> String { "/bot\(token)/\(method)" }

    /// The number of connected clients.
    public var connectionCount: Int { server.connectionCount }

    /// Refuses connections from now on; by default also ends the existing ones.
    public func stopListening(closingConnections: Bool = true) throws {
        try server.stopListening(closingConnections: closingConnections)
    }

    /// Listens again on its port.
    public func startListening() throws { try server.startListening() }

    /// Ends all connections, like a restart of the server.
    public func disconnectAll() { server.disconnectAll() }

    /// Ends everything permanently and returns once all threads have ended.
    public func shutDown() { server.shutDown() }
}

// MARK: - The bot's actions

extension FakeTelegram {
    /// The messages that the bot has sent, in order of time.
    public var sent: [SentMessage] { core.sent.elements }

    /// The messages that the bot has sent to a chat, in order of time.
    public func sent(to chat: Int64) -> [SentMessage] { sent.filter { $0.chatID == chat } }

    /// All calls in order of arrival, whatever their outcome.
    public var calls: [BotCall] { core.calls.elements }

    /// The calls of a method, in order of arrival.
    public func calls(to method: String) -> [BotCall] {
        calls.filter { $0.method.lowercased() == method.lowercased() }
    }

    /// The number of calls of a method.
    public func callCount(_ method: String) -> Int {
        core.state.withLock { $0.callCounts[method.lowercased()] ?? 0 }
    }

    /// The highest confirming offset: all updates with a lower id are gone. 0 before the first.
    public var confirmedOffset: Int64 { core.state.withLock { $0.confirmedOffset } }

    /// The number of unconfirmed updates.
    public var pendingCount: Int { core.state.withLock { $0.updates.count } }

    /// The number of long polls that have started to wait for updates.
    public var waitingPollCount: Int { core.waitingPolls.count }

    /// Returns the first message that satisfies `predicate`, sent already or later.
    @discardableResult
    public func waitForSent(
        within limit: Duration = .seconds(60), where predicate: @escaping @Sendable (SentMessage) -> Bool
    ) async throws -> SentMessage {
        let core = core
        return try await SafetyTimeout.run(limit) {
            try await core.sent.first(where: predicate)
        } otherwise: {
            "no such message among \(core.sent.elements.suffix(20).map { "\($0.method): \($0.text)" })"
        }
    }

    /// Returns once this many messages have been sent.
    public func waitForSent(count: Int, within limit: Duration = .seconds(60)) async throws {
        guard count > 0 else { return }
        let core = core
        _ = try await SafetyTimeout.run(limit) {
            try await core.sent.element(at: count - 1)
        } otherwise: {
            "only \(core.sent.count) of \(count) messages"
        }
    }

    /// Returns the n-th call of a method on its arrival, perhaps before its answer.
    @discardableResult
    public func waitForCall(
        _ method: String, count: Int = 1, within limit: Duration = .seconds(60)
    ) async throws -> BotCall {
        let core = core
        let key = method.lowercased()
        return try await SafetyTimeout.run(limit) {
            try await core.calls.first(occurrence: count) { $0.method.lowercased() == key }
        } otherwise: {
            "only \(core.state.withLock { $0.callCounts[key] ?? 0 }) of \(count) calls of \(method)"
        }
    }

    /// Returns once all updates up to and including `updateID` are confirmed.
    public func waitForConfirmation(of updateID: Int64, within limit: Duration = .seconds(60)) async throws {
        let core = core
        _ = try await SafetyTimeout.run(limit) {
            try await core.confirmations.first { $0 > updateID }
        } otherwise: {
            "confirmed only below \(core.state.withLock { $0.confirmedOffset }), not \(updateID)"
        }
    }

    /// Returns once this many long polls have started to wait for updates, counted from the start.
    public func waitForWaitingPoll(count: Int = 1, within limit: Duration = .seconds(60)) async throws {
        guard count > 0 else { return }
        let core = core
        _ = try await SafetyTimeout.run(limit) {
            try await core.waitingPolls.element(at: count - 1)
        } otherwise: {
            "only \(core.waitingPolls.count) of \(count) long polls"
        }
    }
}
