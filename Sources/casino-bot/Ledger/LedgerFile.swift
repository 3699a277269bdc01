import KeepAlivePlatform

/// The file of an open ledger. SQLite goes on with a file that was deleted or replaced, and its data is lost with the
/// process.
struct LedgerFile {
    private let path: String
    private let identity: FileIdentity?

    /// The ledger is open.
    init(path: String) {
        self.path = path
        identity = FileIdentity(path: path)
    }

    /// Throws `LedgerError` when the path has no file, or another one.
    func check() throws {
        guard FileIdentity(path: path) == identity else { throw LedgerError(place: path, problem: .replaced) }
    }
}
