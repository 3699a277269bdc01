import KeepAliveKit
import Synchronization

/// What is known of the connection to Telegram, for the checks that `/health` shows.
final class TelegramLink: Sendable {
    private struct State {
        var trouble: String?
        var deafness = Deafness()
        var deafWords: String?
        var waitingLanes: [ReplyLanes.Lane: SuspendingClock.Instant] = [:]
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

    /// The replies of a lane are not to be sent before a time, as Telegram asked; nil ends that.
    func replies(of lane: ReplyLanes.Lane, waitUntil time: SuspendingClock.Instant?) {
        state.withLock { $0.waitingLanes[lane] = time }
    }

    /// How long replies may wait before somebody should know.
    private static let patience: Int64 = 60

    /// Throws when replies wait for long, or have to.
    func checkReplies(
        _ backlog: (count: Int64, since: String, seconds: Int64)?, at now: SuspendingClock.Instant = .now
    ) throws {
        guard let backlog else { return }
        let waits = state.withLock { state in
            state.waitingLanes.values.map { now.duration(to: $0) }.filter { $0 > .zero }
        }
        guard let longest = waits.max() ?? (backlog.seconds >= Self.patience ? .zero : nil) else { return }
        let replies = backlog.count == 1 ? "1 reply waits" : "\(backlog.count) replies wait, the oldest"
        let asked =
            waits.isEmpty
            ? ""
            : "; Telegram asked to slow down (429) in \(waits.count) \(waits.count == 1 ? "chat" : "chats"), "
                + "for \(longest.components.seconds) s more"
        throw Trouble(description: "\(replies) since \(backlog.since)\(asked)")
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
