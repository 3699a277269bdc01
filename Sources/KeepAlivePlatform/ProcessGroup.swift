/// The processes of a group, by the process that was started as its first.
package enum ProcessGroup {
    /// Signals the group and its first process, which may have joined another group since (setpgid(2)). Only while that
    /// process is not reaped: until then its number is no other process's or group's.
    ///
    /// - Returns: whether the first process was reached.
    @discardableResult
    package static func signal(_ first: Int32, _ number: Int32) -> Bool {
        // A member gets the signal once: many programs take a second SIGTERM for impatience. A second SIGKILL does no
        // harm, and reaches a process that leaves between the calls.
        let isMember = number != SIGKILL && getpgid(first) == first
        let isSent = kill(-first, number) == 0
        return isMember ? isSent : kill(first, number) == 0
    }
}
