import KeepAlivePlatform

/// The memory of a process group. Linux only.
enum GroupMemory {
    /// The resident memory of the group's processes in bytes; nil without /proc. Pages that processes share count for
    /// each of them. Its first process counts even if it has joined another group (setpgid(2)).
    static func resident(of group: Int32) -> UInt64? {
        let page = sysconf(Int32(_SC_PAGESIZE))
        guard page > 0 else { return nil }
        return resident(of: group, in: ProcessTable.read(), page: UInt64(page))
    }

    /// Pure.
    static func resident(of group: Int32, in table: ProcessTable, page: UInt64) -> UInt64? {
        let members = table.byID.values.filter { ($0.group == group || $0.id == group) && !$0.isZombie }
        guard !members.isEmpty else { return nil }
        let (pages, over) = members.reduce((UInt64(0), false)) { sum, process in
            let (next, over) = sum.0.addingReportingOverflow(process.pages)
            return (next, sum.1 || over)
        }
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: page)
        return over || overflow ? .max : bytes
    }
}
