import KeepAlivePlatform

/// A database that is out of use, but not thrown away: somebody may want to repair it.
enum DamagedFile {
    /// Renames the file, and its log and index with it: without them it would lose its last transactions too.
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
