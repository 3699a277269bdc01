package import KeepAlivePlatform

/// A new file that a program writes for a person; it never replaces an existing one.
package enum NewFile {
    /// The result.
    package enum Outcome: Equatable, Sendable {
        case written
        /// The name exists already, even as a dangling link; it was left unchanged.
        case kept
    }

    /// Creates a file with this mode, regardless of the umask, for the owner of its folder.
    ///
    /// - Throws: `Errno` when it cannot be created or written whole; then nothing of it is left.
    package static func write(_ text: String, to path: String, mode: UInt16) throws(Errno) -> Outcome {
        let file: FileDescriptor
        do throws(Errno) {
            file = try FileDescriptor.open(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        } catch {
            if error.code == EEXIST { return .kept }
            throw error
        }
        do throws(Errno) {
            try file.writeAll(Array(text.utf8))
            // Root in another user's folder writes for that user; only root can change the owner.
            if let owner = FileSystem.owner(of: FileSystem.parent(of: path)), geteuid() == 0,
                fchown(file.raw, owner.user, owner.group) != 0
            {
                throw Errno.last("fchown")
            }
            guard fchmod(file.raw, mode_t(mode)) == 0 else { throw Errno.last("fchmod") }
        } catch {
            try? FileSystem.remove(path)
            throw error
        }
        return .written
    }
}
