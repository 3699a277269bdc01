/// How many descriptors the process may have, and how many of them are left alone.
///
/// Some stay free, whatever peers do: libdispatch, on which Swift's tasks run, opens a file of /proc once a second while
/// work is queued, and ends the process (SIGILL) where it cannot; and so do its epoll and event descriptors at the start.
package enum DescriptorLimit {
    /// How many are kept free for what nobody counts: the runtime, the resolver, the database's journal.
    package static let reserve = 16

    /// Raises the soft limit, which is low for the sake of old programs, to the hard one. Again does nothing.
    package static func raise() {
        var limit = rlimit()
        guard unsafe getrlimit(kind, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        // A container's hard limit may be a thousand million: child processes that close every number would take minutes.
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 1 << 20))
        unsafe setrlimit(kind, &limit)
    }

    /// The soft limit.
    package static var current: Int {
        var limit = rlimit()
        guard unsafe getrlimit(kind, &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Whether the newest descriptor leaves fewer than the reserve free. The system gives out the lowest number first, so
    /// that the number itself tells how many there are.
    package static func isLow(newest raw: Int32, limit: Int = current) -> Bool {
        Int(raw) >= limit - reserve
    }

    /// Makes sure that some descriptors are free now.
    ///
    /// - Throws: `Errno` where they are not.
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
            // Who has closed standard error has a descriptor more.
            if error.isOutOfDescriptors { throw error }
        }
    }

    #if canImport(Glibc)
        private static let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let kind = RLIMIT_NOFILE
    #endif
}
