/// Lets only one process use something, such as a state folder; the lock ends with the process in any case (flock(2)).
package struct LockFile: ~Copyable {
    private let file: FileDescriptor

    /// Takes the lock; nil when another process has it.
    ///
    /// - Parameter attempts: how often to try, every 20 ms: a process that only tests the lock holds it for an instant.
    package init?(path: String, attempts: Int = 1) throws(Errno) {
        let file = try FileDescriptor.openOwn(path, flags: O_RDWR | O_CREAT)
        _ = fchmod(file.raw, 0o600)
        var left = attempts
        while flock(file.raw, LOCK_EX | LOCK_NB) != 0 {
            let error = Errno.last("flock")
            guard error.isWouldBlock else { throw error }
            left -= 1
            if left <= 0 { return nil }
            OSThread.rest(milliseconds: 20)
        }
        self.file = file
    }

    /// Whether a process has the lock. The test takes it for an instant, so a process that wants it should retry.
    package static func isHeld(path: String) throws(Errno) -> Bool {
        let file: FileDescriptor
        do throws(Errno) {
            file = try FileDescriptor.open(path, flags: O_RDONLY)
        } catch {
            if error.isNotFound { return false }
            throw error
        }
        if flock(file.raw, LOCK_SH | LOCK_NB) == 0 { return false }
        let error = Errno.last("flock")
        if error.isWouldBlock { return true }
        throw error
    }
}
