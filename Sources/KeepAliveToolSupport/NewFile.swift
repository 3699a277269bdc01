package import KeepAlivePlatform

/// A file that a program writes for a person: a new one, never in place of another.
package enum NewFile {
    /// What became of it.
    package enum Outcome: Equatable, Sendable {
        case written
        /// Something of that name is there already, even a link that leads nowhere; it was left as it is.
        case kept
    }

    /// Makes a file, whatever the umask with this mode, for the owner of its folder.
    ///
    /// - Throws: `Errno` when it cannot be made or written whole; then nothing is left of it.
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
            // Who works as root in somebody's folder writes for them; nobody else may give files away.
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
