import Synchronization

/// The database files that this process has open.
enum OpenFiles {
    private static let counts = Mutex<[FileStatus.Number: Int]>([:])

    static func contains(_ file: FileStatus.Number) -> Bool { counts.withLock { $0[file] != nil } }

    static func add(_ file: FileStatus.Number) { counts.withLock { $0[file, default: 0] += 1 } }

    static func remove(_ file: FileStatus.Number) {
        counts.withLock { counts in
            let count = (counts[file] ?? 0) - 1
            counts[file] = count > 0 ? count : nil
        }
    }
}
