import KeepAliveKit
import KeepAlivePlatform

/// The processes of this machine as /proc shows them (proc(5)); empty where there is no /proc.
struct ProcessTable {
    struct Entry: Equatable {
        let processID: Int32
        let parent: Int32
        let group: Int32
        /// In clock ticks since boot; with it a process is told from another that has got its number since.
        let startTime: UInt64
        let name: String
        let isZombie: Bool

        /// Reads a line of /proc/PID/stat. Pure.
        init?(stat text: String) {
            // The name stands in parentheses and may hold anything; the fields behind the last one are numbers.
            guard let begin = text.firstIndex(of: "("), let end = text.lastIndex(of: ")"), begin < end,
                let processID = Int32(text[..<begin].filter { $0 != " " })
            else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ")
            guard fields.count > 19, let parent = Int32(fields[1]), let group = Int32(fields[2]),
                let startTime = UInt64(fields[19])
            else { return nil }
            self.processID = processID
            self.parent = parent
            self.group = group
            self.startTime = startTime
            name = String(text[text.index(after: begin)..<end])
            isZombie = fields[0] == "Z" || fields[0] == "X"
        }

        /// `sleep (process 123)`.
        var words: String { "\(name) (process \(processID))" }
    }

    let entries: [Entry]

    init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// The processes that run now.
    static func read() -> ProcessTable {
        ProcessTable(Directory.names(in: "/proc").compactMap { Int32($0) }.compactMap(entry))
    }

    /// One process; nil when it is gone.
    static func entry(of processID: Int32) -> Entry? {
        guard let file = try? FileDescriptor.open("/proc/\(processID)/stat", flags: O_RDONLY),
            let bytes = try? file.readAll(limit: 4096)
        else { return nil }
        return Entry(stat: String(decoding: bytes, as: UTF8.self))
    }

    /// Whether a process was started with a variable, such as `A=b`; false where that may not be read.
    static func has(_ assignment: String, _ processID: Int32) -> Bool {
        guard let file = try? FileDescriptor.open("/proc/\(processID)/environ", flags: O_RDONLY),
            let bytes = try? file.readAll(limit: 4 << 20)
        else { return false }
        return bytes.split(separator: 0).contains { $0.elementsEqual(assignment.utf8) }
    }

    /// Everything that descends from a process, and has not ended. Pure.
    ///
    /// - Parameter others: processes that are passed over, with all that descends from them.
    func descendants(of root: Int32, except others: [Int32: UInt64] = [:]) -> [Entry] {
        let children = Dictionary(grouping: entries, by: \.parent)
        var (found, waiting, seen) = ([Entry](), [root], Set([root]))
        while let parent = waiting.popLast() {
            for entry in children[parent] ?? [] where others[entry.processID] != entry.startTime {
                guard seen.insert(entry.processID).inserted else { continue }
                waiting.append(entry.processID)
                if !entry.isZombie { found.append(entry) }
            }
        }
        return found
    }

    /// A process and all above it. Pure.
    func line(of processID: Int32) -> Set<Int32> {
        let parents = Dictionary(entries.map { ($0.processID, $0.parent) }) { first, _ in first }
        var (line, next) = (Set<Int32>(), processID)
        while next > 0, line.insert(next).inserted { next = parents[next] ?? 0 }
        return line
    }
}
