import KeepAlivePlatform
import Synchronization

/// The database files that this process has open.
enum OpenFiles {
    private static let counts = Mutex<[FileIdentity: Int]>([:])

    static func contains(_ file: FileIdentity) -> Bool { counts.withLock { $0[file] != nil } }

    static func add(_ file: FileIdentity) { counts.withLock { $0[file, default: 0] += 1 } }

    static func remove(_ file: FileIdentity) {
        counts.withLock { counts in
            let count = (counts[file] ?? 0) - 1
            counts[file] = count > 0 ? count : nil
        }
    }
}
