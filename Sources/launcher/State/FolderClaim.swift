import KeepAlivePlatform

/// The launcher's claim to its state folder: the lock file in it, which a deleted folder takes along.
final class FolderClaim {
    enum Finding: Equatable {
        /// Nothing has changed, or nothing can be done now.
        case kept
        /// The folder was deleted; it was made again, and is locked.
        case renewed
        /// Another process has the lock, but it is not yet known who.
        case disputed
        /// Another launcher has taken the folder meanwhile.
        case lost
    }

    private let folder: String
    private let lockPath: String
    private let statusFile: StatusFile
    /// The lock files of this launcher: the first one, and the latest. None if it had none to lose.
    private var own: [FileIdentity]
    /// The lock of a folder that was made again; the first one is the program's.
    private var lock: LockFile?

    /// - Parameters:
    ///   - folder: the state folder, which this process has locked.
    ///   - statusFile: the file in it that names the launcher.
    init(_ folder: String, statusFile: StatusFile) {
        let lockPath = "\(folder)/launcher.lock"
        self.folder = folder
        self.lockPath = lockPath
        self.statusFile = statusFile
        own = [FileIdentity(path: lockPath)].compactMap { $0 }
    }

    /// Makes a deleted folder again and locks it, unless another launcher was faster.
    func look() -> Finding {
        guard let first = own.first else { return .kept }
        if let file = FileIdentity(path: lockPath), own.contains(file) { return .kept }
        guard FileSystem.prepareFolder(folder) else { return .kept }
        // Without the lock, another file may get its number.
        lock = nil
        own = [first]
        do throws(Errno) {
            lock = try LockFile(path: lockPath, attempts: 10)
        } catch {
            return .kept
        }
        if lock == nil {
            guard let launcher = statusFile.read()?.launcher else { return .disputed }
            if launcher != getpid() { return .lost }
        }
        // Without the lock it is our own, behind a file system that numbers its files anew.
        let isNew = lock != nil
        if let file = FileIdentity(path: lockPath) { own.append(file) }
        return isNew ? .renewed : .kept
    }
}
