import KeepAlivePlatform
import Synchronization

/// The backlog of each watched bot. It outlives a reload, so that a changed file does not hide a deaf bot. Thread-safe.
final class BacklogBoard: Sendable {
    private let backlogs = Mutex<[String: UpdateBacklog]>([:])
    private let pauses = Mutex<[String: MonotonicTime]>([:])

    /// Notes that an account may not be used until then.
    func pause(_ account: String, until end: MonotonicTime) { pauses.withLock { $0[account] = end } }

    /// The end of an account's pause; nil if it has none at this time.
    func pause(of account: String, at now: MonotonicTime) -> MonotonicTime? {
        pauses.withLock { pauses in
            guard let end = pauses[account], end > now else {
                pauses[account] = nil
                return nil
            }
            return end
        }
    }

    /// Changes a bot's backlog and returns it.
    ///
    /// - Parameter bot: whatever tells bots apart; it is never shown.
    func update(_ bot: String, _ change: (inout UpdateBacklog) -> Void) -> UpdateBacklog {
        backlogs.withLock { backlogs in
            change(&backlogs[bot, default: UpdateBacklog()])
            return backlogs[bot] ?? UpdateBacklog()
        }
    }
}
