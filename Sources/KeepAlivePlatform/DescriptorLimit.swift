/// How many descriptors the process may have, and how many stay in reserve.
///
/// Peers can never take the reserve. libdispatch, which runs Swift's tasks, opens a file of /proc once a second while
/// work is queued, and ends the process (SIGILL) if it cannot. So do its epoll and event descriptors at the start.
package enum DescriptorLimit {
    /// The reserve for uncounted descriptors: of the runtime, the resolver, the database's journal.
    package static let reserve = 16

    /// Raises the soft limit, which is low for old programs, to the hard limit. A second call has no effect.
    package static func raise() {
        var limit = rlimit()
        guard unsafe getrlimit(kind, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        // A container's hard limit may be 10^9: child processes that close every number would take minutes.
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 1 << 20))
        unsafe setrlimit(kind, &limit)
    }

    /// The soft limit.
    package static var current: Int {
        var limit = rlimit()
        guard unsafe getrlimit(kind, &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Whether the newest descriptor leaves less than the reserve free. The system assigns the lowest free number, so
    /// the number itself shows how many are in use.
    package static func isLow(newest raw: Int32, limit: Int = current) -> Bool {
        Int(raw) >= limit - reserve
    }

    /// Checks that some descriptors are free now.
    ///
    /// - Throws: `Errno` if they are not.
    package static func require(_ count: Int) throws(Errno) {
        var taken: [Int32] = []
        defer { for raw in taken { close(raw) } }
        for _ in 0..<count {
            let raw = dup(STDERR_FILENO)
            if raw >= 0 {
                taken.append(raw)
                continue
            }
            let error = Errno.last("dup")
            // Another error: standard error is closed, which leaves one descriptor more.
            if error.isOutOfDescriptors { throw error }
        }
    }

    #if canImport(Glibc)
        private static let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let kind = RLIMIT_NOFILE
    #endif
}
