import KeepAlivePlatform

/// The write-ahead log of an open database. SQLite goes on with a log that was deleted or replaced, and what is only
/// there is lost with the process.
///
/// SQLite itself deletes a log only after the last connection has closed.
public struct OpenLog: Sendable {
    private let path: String
    private let identity: FileIdentity?

    /// The log of a database that has been read; a database in memory or in another journal mode has none.
    public init(of database: Database) {
        // The path without symbolic links, as SQLite uses it.
        let file = (try? database.query("PRAGMA database_list"))?.first?[2]?.textValue ?? ""
        path = file + "-wal"
        identity = file.isEmpty ? nil : FileIdentity(path: path)
    }

    /// Whether the log is where other programs, and the next start, look for it.
    public var isInPlace: Bool { identity == nil || FileIdentity(path: path) == identity }
}
