import KeepAlivePlatform

extension DatabaseFile {
    /// Makes the file where there is none, so that it is never readable for more than `mode` says, and takes surplus rights
    /// from an older one and the files beside it. SQLite gives its side files the rights of the file itself.
    ///
    /// - Returns: what had surplus rights, and whether they could be taken.
    /// - Throws: `DatabaseRefusal` when the file cannot be made.
    public static func prepare(
        _ path: String, mode: UInt16, beside suffixes: [String] = []
    ) throws(DatabaseRefusal) -> [(path: String, isNarrowed: Bool)] {
        var status = stat()
        if stat(path, &status) != 0 {
            var raw: Int32
            repeat {
                raw = open(path, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK | O_CLOEXEC, mode_t(mode))
            } while raw < 0 && errno == EINTR
            // A symbolic link to a file that does not exist yet, or somebody who made it meanwhile.
            if raw < 0, errno == EEXIST {
                raw = open(path, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, mode_t(mode))
            }
            guard raw >= 0 else { throw .failed(path, errno) }
            _ = close(raw)
        }
        var found: [(path: String, isNarrowed: Bool)] = []
        for suffix in ["", "-wal", "-shm", "-journal"] + suffixes {
            let name = path + suffix
            guard stat(name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            let rights = status.st_mode & 0o7777
            guard rights & ~mode_t(mode) != 0 else { continue }
            found.append((name, chmod(name, rights & mode_t(mode)) == 0))
        }
        return found
    }
}
