import KeepAlivePlatform
import KeepAliveSQLite

/// The file of an open ledger, and its log. SQLite goes on with files that were deleted or replaced, and their data is
/// lost with the process.
struct LedgerFile {
    private let path: String
    private let identity: FileIdentity?
    private let log: OpenLog

    /// The ledger is open.
    init(path: String, _ database: Database) {
        self.path = path
        identity = FileIdentity(path: path)
        log = OpenLog(of: database)
    }

    /// Throws `LedgerError` when the path of either has no file, or another one.
    func check() throws {
        guard FileIdentity(path: path) == identity else { throw LedgerError(place: path, problem: .replaced) }
        guard log.isInPlace else { throw LedgerError(place: path, problem: .logReplaced) }
    }
}
