/// The processes of this machine in /proc (proc(5)); empty without /proc.
package struct ProcessTable {
    package let byID: [Int32: ProcessFact]

    package init(_ facts: [ProcessFact]) {
        byID = Dictionary(facts.map { ($0.id, $0) }) { first, _ in first }
    }

    /// The running processes.
    package static func read() -> ProcessTable {
        ProcessTable((FileSystem.names(in: "/proc") ?? []).compactMap { Int32($0) }.compactMap(ProcessFact.of))
    }

    /// Whether a process was started with a variable, such as `A=b`; false when that is not readable.
    package static func has(_ assignment: String, _ processID: Int32) -> Bool {
        guard let bytes = ProcFile.bytes("/proc/\(processID)/environ", limit: 4 << 20) else { return false }
        return bytes.split(separator: 0).contains { $0.elementsEqual(assignment.utf8) }
    }

    /// All living descendants of a process. Pure.
    ///
    /// - Parameter others: processes to skip together with their descendants.
    package func descendants(of root: Int32, except others: [Int32: UInt64] = [:]) -> [ProcessFact] {
        let children = Dictionary(grouping: byID.values, by: \.parent)
        var (found, waiting, seen) = ([ProcessFact](), [root], Set([root]))
        while let parent = waiting.popLast() {
            for fact in children[parent] ?? [] where others[fact.id] != fact.start {
                guard seen.insert(fact.id).inserted else { continue }
                waiting.append(fact.id)
                if !fact.isZombie { found.append(fact) }
            }
        }
        return found
    }

    /// A process and all its ancestors. Pure.
    package func line(of processID: Int32) -> Set<Int32> {
        var (line, next) = (Set<Int32>(), processID)
        while next > 0, line.insert(next).inserted { next = byID[next]?.parent ?? 0 }
        return line
    }
}
