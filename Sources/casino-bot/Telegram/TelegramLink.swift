import KeepAliveKit
import Synchronization

/// The state of the connection to Telegram, for the checks in `/health`.
final class TelegramLink: Sendable {
    private struct State {
        var trouble: String?
        var deafness: Deafness.Finding?
        var waitingLanes: [ReplyLanes.Lane: SuspendingClock.Instant] = [:]
    }

    private let state = Mutex(State())

    /// A poll was answered.
    ///
    /// - Returns: what is to be logged: a finding of another kind than before.
    @discardableResult
    func answered(_ deafness: Deafness.Finding?) -> Deafness.Finding? {
        state.withLock { state in
            defer { (state.trouble, state.deafness) = (nil, deafness) }
            return deafness?.kind == state.deafness?.kind ? nil : deafness
        }
    }

    /// A poll failed.
    func failed(_ error: any Error) {
        state.withLock { $0.trouble = "\(error)" }
    }

    /// The replies of a lane must wait until a time, as Telegram asked; nil ends that.
    func replies(of lane: ReplyLanes.Lane, waitUntil time: SuspendingClock.Instant?) {
        state.withLock { $0.waitingLanes[lane] = time }
    }

    /// How long replies may wait before the check fails.
    private static let patience: Int64 = 60

    /// Throws when replies wait for too long, or must wait.
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
            : "; Telegram limits the rate (429) in \(waits.count) \(waits.count == 1 ? "chat" : "chats"), "
                + "for \(Int64((longest / .seconds(1)).rounded(.up))) s more"
        throw Trouble(description: "\(replies) since \(backlog.since)\(asked)")
    }

    /// Throws the problem of the connection.
    func checkConnection() throws {
        if let trouble = state.withLock({ $0.trouble }) { throw Trouble(description: trouble) }
    }

    /// Throws when updates are pending that polls do not return.
    func checkDeafness() throws {
        if let finding = state.withLock({ $0.deafness }) { throw Trouble(description: "\(finding)") }
    }

    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }
}
