/// This process's children, reaped by waitpid(2).
package enum Children {
    /// A child that has ended and was reaped.
    package struct Ended: Equatable, Sendable {
        package let id: Int32
        /// The exit status from waitpid(2).
        package let status: Int32
    }

    /// Reaps an ended child, any or a given one; nil when none has ended.
    package static func reap(_ id: Int32 = -1) throws(Errno) -> Ended? {
        var status: Int32 = 0
        let ended = unsafe waitpid(id, &status, WNOHANG)
        if ended < 0 { throw Errno.last("waitpid") }
        return ended > 0 ? Ended(id: ended, status: status) : nil
    }

    /// Waits for a child's end.
    ///
    /// - Returns: the exit status from waitpid(2).
    @discardableResult
    package static func wait(for id: Int32) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// Whether there is any child, ended or not.
    package static var exist: Bool { isAny(P_ALL, 0) }

    /// Whether there is a child of this number, or of this group if it is negative, ended or not.
    package static func has(_ id: Int32) -> Bool { isAny(id < 0 ? P_PGID : P_PID, id_t(id.magnitude)) }

    private static func isAny(_ kind: idtype_t, _ id: id_t) -> Bool {
        var info = unsafe siginfo_t()
        return unsafe waitid(kind, id, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD
    }

    /// Whether a child has ended. It is not reaped, so that its number stays its own.
    package static func hasEnded(_ id: Int32) -> Bool {
        var info = unsafe siginfo_t()
        guard unsafe waitid(P_PID, id_t(id.magnitude), &info, WEXITED | WNOHANG | WNOWAIT) == 0 else {
            return errno == ECHILD
        }
        // Zero while it runs.
        return unsafe info.si_signo != 0
    }
}
