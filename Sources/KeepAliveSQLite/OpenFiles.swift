import KeepAlivePlatform
import Synchronization

/// Which file it is, by whatever name.
struct FileNumber: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }

    /// Nil where there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// The database files that this process has open.
enum OpenFiles {
    private static let counts = Mutex<[FileNumber: Int]>([:])

    static func contains(_ file: FileNumber) -> Bool { counts.withLock { $0[file] != nil } }

    static func add(_ file: FileNumber) { counts.withLock { $0[file, default: 0] += 1 } }

    static func remove(_ file: FileNumber) {
        counts.withLock { counts in
            let count = (counts[file] ?? 0) - 1
            counts[file] = count > 0 ? count : nil
        }
    }
}
