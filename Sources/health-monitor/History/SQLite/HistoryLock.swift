import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// Makes sure that one process alone writes a history: two would both send what waits in its outbox.
enum HistoryLock {
    /// What the lock's file is called behind the database's path. It is always empty.
    static let suffix = ".lock"
    /// The rights of the database, which is made with its lock: messages of services are nobody else's business.
    static let rights: UInt16 = 0o640

    /// Takes the lock of a database that may be used; the file is made where there is none.
    ///
    /// - Throws: `KeepAliveError` when the file is not ours, cannot be reached, or another process uses it.
    static func take(_ path: String) throws(KeepAliveError) -> LockFile {
        let lockPath: String
        do {
            _ = try DatabaseFile.inspect(path, for: HistorySchema.mark)
            // Whatever links lead to it, one file has one lock; so it has to be there.
            _ = try DatabaseFile.prepare(path, mode: rights)
            lockPath = (FileSystem.resolved(path) ?? path) + suffix
        } catch {
            throw .refused(error)
        }
        try requireOwn(lockPath)
        let taken: LockFile?
        do {
            taken = try LockFile(path: lockPath)
        } catch {
            let words = "\(lockPath) cannot be opened: \(error.message)"
            throw .refused(DatabaseRefusal(error.isPassingShortage ? .shortage : .unreachable, words))
        }
        guard let taken else {
            throw .configuration([
                "another health-monitor uses the database \(path): stop it, or set another --database"
            ])
        }
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
