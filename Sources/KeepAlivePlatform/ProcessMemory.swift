#if os(Linux)
    internal import CKeepAliveDescriptors
#endif

/// How much memory this process uses, and how much it may use before the kernel ends it. Linux only.
package struct ProcessMemory: Equatable, Sendable {
    /// Resident, in bytes.
    package var resident: UInt64
    /// The lowest limit of its control groups (systemd's `MemoryMax=`, Docker's `--memory`) and the machine's memory.
    package var limit: UInt64

    package init(resident: UInt64, limit: UInt64) {
        self.resident = resident
        self.limit = limit
    }

    /// This process now: reads a few files in memory, and never waits.
    package init?() {
        let page = sysconf(Int32(_SC_PAGESIZE))
        guard page > 0, let text = ProcFile.text("/proc/self/statm"),
            let pages = Self.residentPages(text), let limit = Self.limit(page: page)
        else { return nil }
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: UInt64(page))
        self.init(resident: overflow ? .max : bytes, limit: limit)
    }

    /// Gives the system the pages that were freed, in all heaps of the process (malloc_trim(3)). By itself glibc returns
    /// only the end of a heap, and it makes a heap for almost every thread. Takes milliseconds; does nothing elsewhere.
    package static func returnUnused() {
        #if os(Linux)
            ckeepalive_return_unused_memory()
        #endif
    }

    private static func limit(page: Int) -> UInt64? {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        guard pages > 0 else { return nil }
        let (machine, overflow) = UInt64(pages).multipliedReportingOverflow(by: UInt64(page))
        let groups = ProcFile.text("/proc/self/cgroup").map { limitFiles(groups: $0) } ?? []
        return groups.compactMap { ProcFile.text($0).flatMap(bytes) }.reduce(overflow ? .max : machine, min)
    }

    // MARK: Pure

    /// The second number of /proc/PID/statm (proc(5)).
    static func residentPages(_ text: String) -> UInt64? {
        let words = text.split(separator: " ")
        return words.count > 1 ? UInt64(words[1]) : nil
    }

    /// The files with the limits of a process's control groups, by its /proc/PID/cgroup (cgroups(7)): its own group and
    /// all groups above, which also bind it. In a container the group appears as the root of the mount.
    static func limitFiles(groups: String) -> [String] {
        var files: [String] = []
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let (root, name): (String, String)
            if parts[0] == "0", parts[1].isEmpty {
                (root, name) = ("/sys/fs/cgroup", "memory.max")
            } else if parts[1].split(separator: ",").contains("memory") {
                (root, name) = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            } else {
                continue
            }
            var path = root
            files.append("\(path)/\(name)")
            for part in parts[2].split(separator: "/").prefix(32) where part != ".." {
                path += "/\(part)"
                files.append("\(path)/\(name)")
            }
        }
        return files
    }

    /// Parses a limit; nil for `max` and malformed text. Version 1 writes about 2^63 for none, more than any machine
    /// has.
    static func bytes(_ text: String) -> UInt64? {
        UInt64(text.prefix { $0.isASCII && $0.isNumber }).flatMap { $0 > 0 ? $0 : nil }
    }
}
