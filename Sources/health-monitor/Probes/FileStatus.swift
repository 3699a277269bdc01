import KeepAliveKit
import KeepAlivePlatform

/// What the system says of a file. May block for as long as the file's disk does.
struct FileStatus: Sendable, Equatable {
    let identity: Identity
    let size: Int64
    let isRegular: Bool
    let modified: WallTime

    /// The same for as long as it is the same file, whatever it is called.
    struct Identity: Sendable, Equatable {
        let device: UInt64
        let inode: UInt64
    }

    /// - Throws: `Errno`.
    init(of path: String) throws(Errno) {
        var found = stat()
        guard stat(path, &found) == 0 else { throw Errno.last("stat") }
        self.init(found)
    }

    init(_ file: borrowing FileDescriptor) throws(Errno) {
        var found = stat()
        guard fstat(file.raw, &found) == 0 else { throw Errno.last("fstat") }
        self.init(found)
    }

    private init(_ found: stat) {
        identity = Identity(
            device: UInt64(truncatingIfNeeded: found.st_dev), inode: UInt64(truncatingIfNeeded: found.st_ino))
        size = Int64(found.st_size)
        isRegular = found.st_mode & S_IFMT == S_IFREG
        #if canImport(Darwin)
            let time = found.st_mtimespec
        #else
            let time = found.st_mtim
        #endif
        modified = WallTime(microseconds: Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000)
    }
}
