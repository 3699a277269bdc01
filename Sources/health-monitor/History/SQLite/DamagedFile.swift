import KeepAlivePlatform

/// A database that is out of use, but not thrown away: somebody may want to repair it.
enum DamagedFile {
    /// Renames the file, and its log and index with it: without them it would lose its last transactions too.
    static func move(_ path: String, to other: String) -> Bool {
        for suffix in ["-wal", "-shm"] { _ = rename(path + suffix, other + suffix) }
        return rename(path, other) == 0 || errno == ENOENT
    }
}
