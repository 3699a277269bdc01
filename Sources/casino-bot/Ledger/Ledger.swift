import KeepAliveKit

/// The casino's books, in SQLite or in PostgreSQL.
///
/// Guarantee: the effects of an update, its id and the replies to it are committed in one transaction, flushed to disk.
/// A process killed at any moment has applied an update completely or not at all. A redelivered update is recognised by
/// its id. So the balances always equal the sums of the entries.
///
/// Limits: a reply may be sent twice. A kill between sending and recording it makes the next process send it once more.
///
/// Every call throws `LedgerError`. None blocks Swift's cooperative pool.
protocol Ledger: Sendable {
    /// Takes the ledger into use; called before the bot's first action. A second call has no effect.
    func open() async throws

    /// Throws when the database cannot be read.
    func ping() async throws

    /// Throws when another machine has taken the ledger over.
    func checkFence() async throws

    /// Throws when its file, or the file's log, was deleted or replaced.
    func checkFile() async throws

    /// Closes the database. Every later call throws.
    func close() async

    // MARK: Updates

    /// Applies one update; nil when it was applied before.
    func apply(
        _ update: Incoming, by casino: Casino, healthLine: @Sendable () -> String
    ) async throws -> Casino.Effects?

    /// Records an update without meaning for the casino as processed.
    func skip(_ updateID: Int64) async throws

    /// An id for an update that does not come from Telegram: negative, since Telegram's are positive.
    func nextLocalUpdate() async throws -> Int64

    /// Forgets the ids of updates that Telegram cannot redeliver, a few at a time.
    ///
    /// Call it only when every applied update is confirmed: a wrong wall clock can make a needed id look old.
    func forgetOldUpdates() async throws

    // MARK: Replies

    /// The oldest unsent replies.
    func pendingReplies(limit: Int) async throws -> [PendingReply]

    /// The replies added after a given one, oldest first: their ids, their chats, and their remaining wait. After a
    /// wall clock was set back, that wait is at most a day.
    func waitingReplies(after id: Int64) async throws -> [(id: Int64, chat: Int64?, wait: Duration)]

    /// Telegram asked to wait before sending to this reply's chat; the wait also binds the next process.
    func delay(_ id: Int64, to chat: Int64?, by time: Duration) async throws

    /// A queued reply; nil if it no longer waits.
    func reply(_ id: Int64) async throws -> Reply?

    /// How many replies wait, since when the oldest waits (ISO 8601) and for how many seconds; nil if none waits.
    func backlog() async throws -> (count: Int64, since: String, seconds: Int64)?

    /// A reply was sent, or can never be sent.
    func settle(_ id: Int64) async throws

    /// A group became a supergroup: its queued replies move to the new chat.
    func migrate(from old: Int64, to new: Int64) async throws
}

extension Ledger {
    func pendingReplies() async throws -> [PendingReply] { try await pendingReplies(limit: 50) }
}

/// A queued reply: written with the update it answers, deleted once Telegram has taken it.
struct PendingReply: Equatable, Sendable {
    let id: Int64
    let reply: Reply
}
