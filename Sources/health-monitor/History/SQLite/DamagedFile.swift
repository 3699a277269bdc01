import KeepAlivePlatform

/// A database that is set aside but kept, because its owner may want to repair it.
enum DamagedFile {
    /// Renames the file with its log and index: without them its last transactions would be lost.
    static func move(_ path: String, to other: String) -> Bool {
        for suffix in ["-wal", "-shm"] { try? FileSystem.move(path + suffix, to: other + suffix) }
        do throws(Errno) {
            try FileSystem.move(path, to: other)
            return true
        } catch {
            return error.isNotFound
        }
    }
}
