import KeepAliveKit
import KeepAlivePlatform

/// Where the history is kept, as its one writer sees it: `History`, on whose executor each call does its work.
///
/// Another kind of store is a folder beside `SQLite`, with what reads it (`HistoryReading`) in it.
protocol HistoryStore: AnyObject {
    /// What alerts go on with after a restart. Opens the store.
    func load() throws(HistoryFailure) -> HistoryContents

    /// Writes the whole batch, or throws and has written nothing.
    ///
    /// - Throws: `HistoryFailure.begunAnew` once where the store is another one than what was loaded.
    func commit(_ batch: HistoryBatch) throws(HistoryFailure)

    /// Deletes up to `limit` rows of each kind that are too old.
    func prune(_ age: HistoryAge, at now: WallTime, limit: Int) throws(HistoryFailure)

    func close()
}

/// What alerts go on with after a restart of the monitor.
struct HistoryContents: Sendable {
    var states: [String: TargetState] = [:]
    /// In order.
    var outbox: [OutboxRow] = []
    var pushes: [String: PushRecord] = [:]
    var clocks: ClockAgreement?
    /// Alerts of the outbox that made no sense.
    var unreadable = 0
    /// Whether it is what could still be read of a store that is out of use: it has to be committed again.
    var isSalvaged = false
}

/// How long rows are kept, counted from the newest check that is stored: a clock that is wrong makes nothing old.
struct HistoryAge: Sendable, Equatable {
    let days: Int
    /// The same of the roll-ups; nil where they are not looked at.
    var rollUpDays: Int?
}

/// Why a store did not do what it was asked to.
struct HistoryFailure: Error, Equatable {
    /// What is wrong, for the log.
    let words: String
    /// What is wrong, as a sentence for the monitor's own `/health`.
    let sentence: String
    /// What the monitor ends with where it meets this at its start: a file that must not be used, no room for alerts.
    var end: KeepAliveError?

    /// The store knows nothing of what was committed before: all that is known has to be committed again.
    static let begunAnew = HistoryFailure(words: "a new history starts", sentence: "A new history starts")
}
