/// The metadata of a file; symbolic links are followed. May block as long as the file's disk does.
package struct FileStatus: Sendable, Equatable {
    package let identity: FileIdentity
    package let size: Int64
    package let modified: WallTime
    private let mode: UInt32

    /// - Throws: `Errno`.
    package init(of path: String) throws(Errno) {
        var found = stat()
        guard unsafe stat(path, &found) == 0 else { throw Errno.last("stat") }
        self.init(found)
    }

    /// - Throws: `Errno`.
    package init(_ file: borrowing FileDescriptor) throws(Errno) { try self.init(descriptor: file.raw) }

    fileprivate init(descriptor: Int32) throws(Errno) {
        var found = stat()
        guard unsafe fstat(descriptor, &found) == 0 else { throw Errno.last("fstat") }
        self.init(found)
    }

    private init(_ found: stat) {
        identity = FileIdentity(
            device: UInt64(truncatingIfNeeded: found.st_dev), number: UInt64(truncatingIfNeeded: found.st_ino))
        size = Int64(found.st_size)
        mode = UInt32(found.st_mode)
        #if canImport(Darwin)
            let time = found.st_mtimespec
        #else
            let time = found.st_mtim
        #endif
        modified = WallTime(microseconds: Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000)
    }

    package var isRegular: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFREG) }
    package var isPipe: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFIFO) }
    package var rights: UInt16 { UInt16(mode & 0o7777) }

    /// The kind of a file that is not regular.
    package var kind: String? {
        switch mode_t(mode) & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a folder"
        case S_IFIFO: "a named pipe"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "no regular file"
        }
    }
}

/// Identifies the file that a name leads to, or an open file: it shows whether a log was moved away.
package struct FileIdentity: Hashable, Sendable {
    fileprivate let device: UInt64
    fileprivate let number: UInt64

    fileprivate init(device: UInt64, number: UInt64) {
        self.device = device
        self.number = number
    }

    /// Nil when the path does not exist.
    package init?(path: String) {
        guard let status = try? FileStatus(of: path) else { return nil }
        self = status.identity
    }

    package init?(descriptor: Int32) {
        guard let status = try? FileStatus(descriptor: descriptor) else { return nil }
        self = status.identity
    }
}
