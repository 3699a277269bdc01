/// The children of this process, waited for (waitpid(2)).
package enum Children {
    /// One that has ended, and is none any more.
    package struct Ended: Equatable, Sendable {
        package let id: Int32
        /// How, as waitpid(2) gives it.
        package let status: Int32
    }

    /// A child that has ended, one of them or a certain one; nil when none has.
    package static func reap(_ id: Int32 = -1) throws(Errno) -> Ended? {
        var status: Int32 = 0
        let ended = unsafe waitpid(id, &status, WNOHANG)
        if ended < 0 { throw Errno.last("waitpid") }
        return ended > 0 ? Ended(id: ended, status: status) : nil
    }

    /// Waits for a child's end.
    ///
    /// - Returns: how it ended, as waitpid(2) gives it.
    @discardableResult
    package static func wait(for id: Int32) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// Whether there is any, ended or not.
    package static var exist: Bool {
        var info = unsafe siginfo_t()
        return unsafe waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD
    }
}
