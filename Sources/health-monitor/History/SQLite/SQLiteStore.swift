import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// Stores the history in an SQLite file.
///
/// A damaged history is renamed to `PATH.damaged-TIME`; readable states and outbox entries are carried over. A file
/// that may belong to another program is never touched.
final class SQLiteStore: HistoryStore {
    private let path: String
    private let log: Log
    private var database: Database?
    /// The identity of the open file, to notice its deletion or replacement.
    private var identity: FileIdentity?
    private var openLog: OpenLog?
    private var isLogLost = false
    private var isLoaded = false
    /// Whether the loaded and committed data is in a file other than the one that is, or will be, open.
    private var isElsewhere = false
    /// How long a write, and any alert behind it, waits for another program's lock: zero after a timeout, until one
    /// succeeds.
    private var patience = SQLiteStore.mostPatience
    private static let mostPatience = Duration.seconds(2)

    init(path: String, log: Log) {
        self.path = path
        self.log = log
    }

    func load() throws(HistoryFailure) -> HistoryContents {
        do {
            let contents = try HistoryTables(database: try opened()).contents()
            isLoaded = true
            return contents
        } catch {
            let salvaged = salvage(after: error)
            _ = setAside(error)
            guard let salvaged else {
                wait(forLocks: .zero)
                throw failure(error)
            }
            isLoaded = true
            return salvaged
        }
    }

    func commit(_ batch: HistoryBatch) throws(HistoryFailure) {
        do {
            let database = try opened()
            if isElsewhere { throw HistoryFailure.begunAnew }
            try HistoryTables(database: database).write(batch, at: .now())
            saveLostLog(of: database)
            wait(forLocks: Self.mostPatience)
        } catch {
            let failure = setAside(error) ? .begunAnew : failure(error)
            if failure == .begunAnew { isElsewhere = false } else { wait(forLocks: .zero) }
            throw failure
        }
    }

    func prune(_ age: HistoryAge, at now: WallTime, limit: Int) throws(HistoryFailure) {
        guard let database else { return }
        do {
            try HistoryTables(database: database).prune(age, at: now, limit: limit)
        } catch {
            throw failure(error)
        }
    }

    func close() {
        database?.close()
        database = nil
    }

    private func wait(forLocks time: Duration) {
        guard time != patience else { return }
        patience = time
        database?.wait(forLocks: time)
    }

    // MARK: The file

    /// The open file; opens it if it is closed or its path has another file.
    private func opened() throws -> Database {
        if let database {
            if path == ":memory:" || identity == FileIdentity(path: path) { return database }
            log(.error, "the history file was deleted or replaced; starting a new one")
            forget()
        }
        var isNew = true
        if path != ":memory:" {
            isNew = try DatabaseFile.inspect(path, for: HistorySchema.mark) == .new
            for found in try DatabaseFile.prepare(path, mode: HistoryLock.rights, beside: [HistoryLock.suffix]) {
                log(
                    .warning,
                    found.isNarrowed
                        ? "\(found.path) was open to other users; its mode is now 0640 or stricter"
                        : "\(found.path) is open to other users, and its mode cannot be changed: run chmod 640 on it")
            }
        }
        let opened = try Database(path: path, busyTimeout: patience)
        try HistorySchema.migrate(opened, path: path, isNew: isNew)
        identity = FileIdentity(path: path)
        openLog = OpenLog(of: opened)
        isLogLost = false
        database = opened
        return opened
    }

    /// A kill loses nothing when the rows are in the file itself. A new log would not help: the reader has this one.
    private func saveLostLog(of database: Database) {
        guard let openLog, !openLog.isInPlace else { return }
        if !isLogLost {
            log(.error, "the file \(path)-wal was deleted or replaced; restart health-monitor, which makes a new one")
        }
        isLogLost = true
        try? database.execute("PRAGMA wal_checkpoint")
    }

    /// Closes an abandoned file.
    private func forget() {
        database?.close()
        database = nil
        isElsewhere = isLoaded
    }

    /// The readable content of a damaged history file; nil for any other file.
    private func salvage(after error: any Error) -> HistoryContents? {
        guard isDamage(error), isOurs else { return nil }
        var contents = HistoryContents(isSalvaged: true)
        guard let database = try? Database(path: path, readOnly: true) else { return contents }
        let tables = HistoryTables(database: database)
        contents.states = (try? tables.states()) ?? [:]
        contents.marks = (try? tables.marks()) ?? [:]
        (contents.outbox, contents.unreadable) = (try? tables.outbox()) ?? ([], 0)
        database.close()
        return contents
    }

    /// Renames a damaged history; returns whether a retry makes sense.
    private func setAside(_ error: any Error) -> Bool {
        guard isDamage(error) else { return false }
        guard isOurs else {
            // Another file was copied over ours: our data must not enter it.
            database?.keepLog()
            forget()
            return false
        }
        forget()
        let stamp = WallTime.now().iso8601.filter { $0.isLetter || $0.isNumber }
        let aside = "\(path).damaged-\(stamp)"
        let words = failure(error).words
        guard DamagedFile.move(path, to: aside) else {
            log(.error, "the history is damaged (\(words)), and cannot be moved to \(aside)")
            return false
        }
        log(.error, "the history is damaged (\(words)): it was moved to \(aside), and a new history starts")
        return true
    }

    private func isDamage(_ error: any Error) -> Bool {
        path != ":memory:" && (error as? SQLiteError)?.isDamage == true
    }

    /// Whether the file's current content identifies it as a history.
    private var isOurs: Bool {
        if let database { return database.carriesMark(HistorySchema.mark) }
        let kind = try? DatabaseFile.inspect(path, for: HistorySchema.mark)
        return kind == .own || kind == .unmarked
    }

    private func failure(_ error: any Error) -> HistoryFailure {
        switch error {
        case let error as HistoryFailure: return error
        case let error as SQLiteError:
            let sentence =
                error.isBusy
                ? "The history \(path) is locked by another program (\(error.message))"
                : "The history \(path) cannot be written: \(error.message)"
            // Without the SQL statement, which does not help a reader of the log.
            var failure = HistoryFailure(words: "\(error.message) (\(error.extendedCode))", sentence: sentence)
            guard error.isShortage else { return failure }
            failure.isDiskFull = error.isDiskFull
            failure.end = .system(
                "database: \(path) cannot be opened (\(error.message)): free disk space, memory or descriptors")
            return failure
        default:
            let end = (error as? DatabaseRefusal).map { KeepAliveError.refused($0) }
            return HistoryFailure(words: "\(error)", sentence: "The history cannot be used: \(error)", end: end)
        }
    }
}

extension SQLiteError {
    /// Whether the file itself is bad: SQLITE_CORRUPT, SQLITE_NOTADB.
    fileprivate var isDamage: Bool { code == 11 || code == 26 }

    /// SQLITE_FULL, or a system call that found no space.
    fileprivate var isDiskFull: Bool { code == 13 || systemError == ENOSPC || systemError == EDQUOT }
}

extension History {
    /// A history in an SQLite file, with its reserve beside it.
    init(
        path: String, retentionDays: Int, log: Log, pushes: PushBoard = PushBoard(), pace: Outbox.Pace = Outbox.Pace(),
        retryInterval: Duration = .seconds(1), clocksAgreeFor: Duration = .seconds(7200),
        trouble: @escaping @Sendable (String?) -> Void = { _ in }
    ) {
        self.init(
            store: SQLiteStore(path: path, log: log),
            reservePath: path == ":memory:" ? nil : path + HistoryReserve.suffix, retentionDays: retentionDays,
            log: log,
            pushes: pushes, pace: pace, retryInterval: retryInterval, clocksAgreeFor: clocksAgreeFor, trouble: trouble)
    }
}
