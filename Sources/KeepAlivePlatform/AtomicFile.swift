import Synchronization

/// Writes a small file so that a reader, a kill or the loss of power finds the old one or the new one, never half of either: to
/// a file beside it, flushed to the disk, renamed (rename(2)), and then its folder flushed, without which the rename itself
/// may be lost with the power.
///
/// Safe in a folder that others can write to: the file beside it is made anew, never opened through a link.
package enum AtomicFile {
    private static let count = Atomic<Int>(0)

    /// Writes a file, whatever the umask with this mode.
    ///
    /// - Parameter flushes: whether to wait for the disk; if not, ``flush(_:)`` has to follow. Until then the file survives the
    ///   death of the process, but not that of the machine.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: UInt16 = 0o600, flushes: Bool = true
    ) throws(Errno) {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        let temporary = "\(path).\(getpid())-\(number).tmp"
        do throws(Errno) {
            // What an earlier process of this number left there.
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

    /// Waits until the disk has a file that was written without waiting, and its name.
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
        // A folder that may be written and not be read cannot be flushed; the file is there all the same.
        guard let open = try? FileDescriptor.open(folder, flags: O_RDONLY | O_DIRECTORY) else { return }
        guard fsync(open.raw) != 0 else { return }
        let error = Errno.last("fsync")
        // Some file systems know no fsync of a folder.
        if ![EINVAL, ENOTSUP, EROFS].contains(error.code) { throw error }
    }
}
