import KeepAlivePlatform

/// What stands at a path, symbolic links followed.
struct FileStatus {
    /// Which file it is, by whatever name.
    struct Number: Hashable, Sendable {
        fileprivate let device: UInt64
        fileprivate let number: UInt64
    }

    let number: Number
    let size: Int
    private let mode: mode_t

    init(_ path: String) throws(Errno) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw Errno.last("stat") }
        self.init(status)
    }

    init(_ file: borrowing FileDescriptor) throws(Errno) {
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0 else { throw Errno.last("fstat") }
        self.init(status)
    }

    private init(_ status: stat) {
        number = Number(
            device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino))
        size = Int(status.st_size)
        mode = status.st_mode
    }

    var isRegular: Bool { mode & S_IFMT == S_IFREG }
    var rights: UInt16 { UInt16(mode & 0o7777) }

    /// What a thing is that is no regular file.
    var kind: String? {
        switch mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a folder"
        case S_IFIFO: "a named pipe"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "no regular file"
        }
    }

    /// Whether files can be made in a folder.
    static func isWritable(folder: String) -> Bool { unsafe access(folder, W_OK | X_OK) == 0 }

    static func setRights(_ rights: UInt16, of path: String) -> Bool { unsafe chmod(path, mode_t(rights)) == 0 }
}
