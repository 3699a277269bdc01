import Synchronization

/// What is known of the connection to Telegram, for the checks that `/health` shows.
final class TelegramLink: Sendable {
    private struct State {
        var trouble: String?
        var deafness = Deafness()
        var deafWords: String?
    }

    private let state = Mutex(State())

    /// A poll was answered.
    func answered(updates: Int) {
        state.withLock { state in
            state.trouble = nil
            if updates > 0 {
                state.deafness = Deafness()
                state.deafWords = nil
            }
        }
    }

    /// A poll failed.
    func failed(_ error: any Error) {
        state.withLock { $0.trouble = "\(error)" }
    }

    /// Telegram said how many updates wait, while polls came back empty.
    func looked(pending: Int) {
        state.withLock { state in
            let isDeaf = state.deafness.looked(pending: pending)
            state.deafWords =
                isDeaf ? "half-deaf: \(pending) updates wait at Telegram and grow, but polls come back empty" : nil
        }
    }

    /// Throws what is wrong with the connection.
    func checkConnection() throws {
        if let trouble = state.withLock({ $0.trouble }) { throw Trouble(description: trouble) }
    }

    /// Throws when updates wait that polls do not bring.
    func checkDeafness() throws {
        if let words = state.withLock({ $0.deafWords }) { throw Trouble(description: words) }
    }

    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }
}

/// Decides whether a bot is half-deaf: its polls are answered and empty, while the updates that wait for it grow. Pure.
struct Deafness: Equatable {
    private var lastPending: Int?
    private var isDeaf = false

    /// Telegram said how many updates wait. One look says nothing: an update may have come just now.
    mutating func looked(pending: Int) -> Bool {
        defer { lastPending = pending }
        guard pending > 0 else {
            isDeaf = false
            return false
        }
        if let lastPending, pending > lastPending, lastPending > 0 { isDeaf = true }
        return isDeaf
    }
}
