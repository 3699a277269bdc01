import KeepAliveKit
import KeepAlivePlatform

/// The store behind the history's only writer: `History`, on whose executor each call runs.
///
/// Another kind of store needs its own folder beside `SQLite`, with its reader (`HistoryReading`).
protocol HistoryStore: AnyObject {
    /// Opens the store and reads what alerts need after a restart.
    func load() throws(HistoryFailure) -> HistoryContents

    /// Writes the whole batch, or throws and writes nothing.
    ///
    /// - Throws: `HistoryFailure.begunAnew` once if the store is no longer the loaded one.
    func commit(_ batch: HistoryBatch) throws(HistoryFailure)

    /// Deletes up to `limit` expired rows of each kind.
    func prune(_ age: HistoryAge, at now: WallTime, limit: Int) throws(HistoryFailure)

    func close()
}

/// The data that alerts need after a restart of the monitor.
struct HistoryContents: Sendable {
    var states: [String: TargetState] = [:]
    /// In order.
    var outbox: [OutboxRow] = []
    var pushes: [String: PushRecord] = [:]
    /// What people have said about each service.
    var marks: [String: ServiceMarks] = [:]
    var clocks: ClockAgreement?
    /// The number of unreadable outbox alerts.
    var unreadable = 0
    /// Whether it was salvaged from an abandoned store and must be committed again.
    var isSalvaged = false
}

/// How long rows are kept, counted from the newest stored check: a wrong clock must not make rows old.
struct HistoryAge: Sendable, Equatable {
    let days: Int
    /// The limit for roll-ups; nil if they are not pruned.
    var rollUpDays: Int?

    /// In SQL: whether an old `event` of a timeline may go. An alert keeps its timeline as long as its row, but for old
    /// repeats: an alert that nobody ends must not fill the table.
    static let isOver = """
        (event.kind = 'repeated' OR NOT EXISTS (SELECT 1 FROM service_health_alerts AS alert
            WHERE alert.service_name = event.service_name AND alert.triggered_at = event.triggered_at))
        """
}

/// Why a store did not do its work.
struct HistoryFailure: Error, Equatable {
    /// The problem, for the log.
    let words: String
    /// The problem as a sentence, for the monitor's own `/health`.
    let sentence: String
    /// The error that stops the monitor at its start: an unusable file, or no space for alerts.
    var end: KeepAliveError?
    /// Whether the disk has no space left for it.
    var isDiskFull = false

    /// The store lost earlier commits: all known data must be committed again.
    static let begunAnew = HistoryFailure(words: "a new history starts", sentence: "A new history starts")
    /// Another monitor leads: nothing more may be written for this one's term.
    static let otherLeads = HistoryFailure(words: "another monitor leads", sentence: "Another monitor leads")
}
