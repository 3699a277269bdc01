import Synchronization

/// The backlog of each watched bot. It outlives a reload, so that a changed file does not hide a deaf bot. Thread-safe.
final class BacklogBoard: Sendable {
    private let backlogs = Mutex<[String: UpdateBacklog]>([:])

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
