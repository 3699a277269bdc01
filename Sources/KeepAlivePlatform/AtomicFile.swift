import Synchronization

/// Writes a small file atomically: after a kill or a power loss, a reader finds either the old file or the new one. It
/// writes a file beside it, flushes that to disk and renames it (rename(2)). Then it flushes the folder, because a
/// power loss may undo an unflushed rename.
///
/// Safe in a folder that others can write to: the file beside it is always created, never opened through a link.
package enum AtomicFile {
    private static let count = Atomic<Int>(0)

    /// Writes a file with this mode, regardless of the umask.
    ///
    /// - Parameter flushes: whether to wait for the disk; if not, the caller must call ``flush(_:)``. Until then the
    ///   file survives the death of the process, but not a crash of the machine.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: UInt16 = 0o600, flushes: Bool = true
    ) throws(Errno) {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        let temporary = "\(path).\(getpid())-\(number).tmp"
        do throws(Errno) {
            // A leftover of an earlier process with this number.
            try? FileSystem.remove(temporary)
            let file = try FileDescriptor.openOwn(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            guard fchmod(file.raw, mode_t(mode)) == 0 else { throw Errno.last("fchmod") }
            try file.writeAll(bytes)
            if flushes, fsync(file.raw) != 0 { throw Errno.last("fsync") }
            try FileSystem.move(temporary, to: path)
        } catch {
            try? FileSystem.remove(temporary)
            throw error
        }
        if flushes { try flushFolder(of: path) }
    }

    /// Waits until a file that was written without waiting, and its name, are on disk.
    package static func flush(_ path: String) throws(Errno) {
        do throws(Errno) {
            let file = try FileDescriptor.openOwn(path, flags: O_RDONLY)
            guard fsync(file.raw) == 0 else { throw Errno.last("fsync") }
        } catch {
            if !error.isNotFound { throw error }
        }
        try flushFolder(of: path)
    }

    private static func flushFolder(of path: String) throws(Errno) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        // A folder that is writable but not readable cannot be flushed; the file exists anyway.
        guard let open = try? FileDescriptor.open(folder, flags: O_RDONLY | O_DIRECTORY) else { return }
        guard fsync(open.raw) != 0 else { return }
        let error = Errno.last("fsync")
        // Some file systems do not support fsync of a folder.
        if ![EINVAL, ENOTSUP, EROFS].contains(error.code) { throw error }
    }
}
