import KeepAliveKit
import KeepAlivePostgreSQL
import KeepAliveSQLite

/// The ledger cannot do its work; the description includes the remedy.
struct LedgerError: ClassifiedError, CustomStringConvertible {
    /// The file, or the server and its database.
    let place: String
    let problem: Problem

    enum Problem {
        case sqlite(SQLiteError)
        /// The file must not be used, and was left unchanged.
        case refused(DatabaseRefusal)
        /// `PRAGMA quick_check` found damage.
        case damaged(String)
        /// A number in the database that the casino never writes.
        case impossible(String)
        /// The file of the running bot was deleted, or another one is in its place.
        case replaced
        /// The same of the file's log.
        case logReplaced
        /// The file was moved to PostgreSQL.
        case moved(to: String, isComplete: Bool)
        /// There is no ledger to move.
        case missing
        /// The ledger has rows in these tables already.
        case notEmpty(String)
        case postgreSQL(PostgreSQLError)
        /// The database cannot hold a ledger; what to do about it.
        case unsuitable(String, String)
        /// The database holds another program's tables of these names.
        case foreignTables(String)
        /// The tables are a newer version's.
        case newerSchema(String, known: Int64)
        /// The row that binds the ledger to its lease was deleted.
        case emptied
        /// The ledger is used under another lease; an empty one is none.
        case boundTo(String, own: String)
        /// Another machine holds the lease.
        case fenced(LedgerFence)
    }

    /// A database that needs a person is critical. A lock of another program may end soon, and the next process may
    /// have what the system is short of now.
    var errorClass: ErrorClass {
        switch problem {
        case .sqlite(let error): error.isBusy ? .failure : error.isShortage ? .system : .critical
        case .refused(let refusal): refusal.kind == .shortage ? .system : .critical
        case .damaged, .impossible, .replaced, .logReplaced, .unsuitable, .foreignTables, .newerSchema, .emptied,
            .boundTo, .fenced, .moved, .missing, .notEmpty:
            .critical
        // 25006: the server is a standby, as in the middle of a failover.
        case .postgreSQL(let error): error.mayPass || error.sqlState == "25006" ? .network() : .critical
        }
    }

    /// SQLite would write the old log into the copied file, and damage it.
    private var restoring: String { "restore a backup and delete \(place)-wal and \(place)-shm" }

    var description: String {
        switch problem {
        case .postgreSQL, .unsuitable, .foreignTables, .newerSchema, .emptied, .boundTo, .fenced, .notEmpty:
            serverDescription
        case .sqlite(let error) where error.isBusy:
            "the database \(place) is locked by another program (\(error.message)): stop that program"
        case .sqlite(let error) where error.isShortage:
            "the database \(place) cannot be used now (\(error.message)): free disk space, memory or descriptors"
        case .sqlite(let error) where error.isSchemaMismatch:
            "the database \(place) has other tables than this version of casino-bot (\(error.message)), because a newer "
                + "version or another program has changed it: install that version, \(restoring), "
                + "or set DATABASE_PATH to another file"
        case .refused(let refusal):
            switch refusal.kind {
            case .foreign: "\(refusal): set DATABASE_PATH to another file; this one was not changed"
            case .newer: "\(refusal): install that version of casino-bot, or set DATABASE_PATH to another file"
            case .unreachable: "\(refusal): check that DATABASE_PATH names a file in a writable folder"
            case .shortage: "\(refusal): free disk space, memory or descriptors"
            }
        case .sqlite(let error):
            "the database \(place) cannot be used (\(error.message)): "
                + "check that DATABASE_PATH names a file in a writable folder; "
                + "if the file is damaged, \(restoring), or move it away to start with an empty one"
        case .replaced:
            "the database \(place) was deleted or replaced while the bot runs, and what it writes now is lost at its end: "
                + "put the right file there and restart the bot"
        case .logReplaced:
            "the file \(place)-wal was deleted or replaced while the bot runs, and a crash loses the latest entries: "
                + "stop the bot, which saves them, and start it again"
        case .moved(let target, true):
            "the ledger \(place) was moved to \(target): set DATABASE_URL to that database; this file is a backup"
        case .moved(let target, false):
            "the ledger \(place) was being moved to \(target) when casino-bot migrate was interrupted: "
                + "run casino-bot migrate with that DATABASE_URL again, which completes the move"
        case .missing:
            "there is no ledger at \(place): set DATABASE_PATH to the file that is to be moved"
        case .damaged(let finding):
            "the database \(place) is damaged (\(finding.split(separator: "\n").joined(separator: " "))): "
                + "\(restoring), or move it away to start with an empty one"
        case .impossible(let finding):
            "the database \(place) does not hold a casino's ledger (\(finding)): set DATABASE_PATH to another file"
        }
    }
}
