import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// Ensures that only one process writes a history: two would both send the outbox.
enum HistoryLock {
    /// The suffix of the lock file after the database's path. The file stays empty.
    static let suffix = ".lock"
    /// The mode of the database, which is created with its lock: services' messages are private.
    static let rights: UInt16 = 0o640

    /// Takes the lock of a usable database; creates the file if it does not exist.
    ///
    /// - Throws: `KeepAliveError` if the file belongs to another program, is unreachable, or is in use.
    static func take(_ path: String) throws(KeepAliveError) -> LockFile {
        let lockPath: String
        do {
            _ = try DatabaseFile.inspect(path, for: HistorySchema.mark)
            // A file has one lock, whichever link leads to it; so the file must exist first.
            _ = try DatabaseFile.prepare(path, mode: rights)
            lockPath = (FileSystem.resolved(path) ?? path) + suffix
        } catch {
            throw .refused(error)
        }
        return try takeFile(
            at: lockPath,
            whereUsed: "another health-monitor uses the database \(path): stop it, or set another --database")
    }

    /// Takes the lock of another file of the monitor's own.
    static func takeFile(beside path: String, whereUsed words: String) throws(KeepAliveError) -> LockFile {
        try takeFile(at: path + suffix, whereUsed: words)
    }

    private static func takeFile(at lockPath: String, whereUsed words: String) throws(KeepAliveError) -> LockFile {
        try requireOwn(lockPath)
        let taken: LockFile?
        do {
            taken = try LockFile(path: lockPath)
        } catch {
            let words = "\(lockPath) cannot be opened: \(error.message)"
            throw .refused(DatabaseRefusal(error.isPassingShortage ? .shortage : .unreachable, words))
        }
        guard let taken else { throw .configuration([words]) }
        return taken
    }

    private static func requireOwn(_ path: String) throws(KeepAliveError) {
        guard let status = try? FileStatus(of: path) else { return }
        guard status.isRegular, status.size == 0 else {
            throw .refused(
                DatabaseRefusal(
                    .foreign, "\(path) is not the lock of a database: health-monitor makes an empty file there"))
        }
    }
}
