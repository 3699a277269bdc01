/// A process in /proc/PID/stat (proc(5)).
package struct ProcessFact: Equatable, Sendable {
    package let id: Int32
    /// The process may choose it.
    package let name: String
    package let parent: Int32
    package let group: Int32
    package let isZombie: Bool
    /// By SIGSTOP or the like, or by a debugger.
    package let isStopped: Bool
    /// Clock ticks of processor time.
    package let used: UInt64
    package let threads: Int
    /// Clock ticks between boot and the process's start: it distinguishes the process from a later one.
    package let start: UInt64
    /// Resident.
    package let pages: UInt64
    /// Bytes of addresses in use.
    package let virtualMemory: UInt64

    /// One process; nil when it has ended, or without /proc.
    package static func of(_ id: Int32) -> ProcessFact? { ProcFile.text("/proc/\(id)/stat").flatMap(ProcessFact.init) }

    /// `sleep (process 123)`.
    package var words: String { "\(name) (process \(id))" }

    /// Parses `pid (name) state ppid …`; the process may choose a name with spaces and parentheses.
    package init?(_ text: String) {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close,
            let id = Int32(text[..<open].filter { $0 != " " })
        else { return nil }
        let words = text[text.index(after: close)...].split(whereSeparator: \.isWhitespace)
        guard words.count >= 22, let parent = Int32(words[1]),
            let group = Int32(words[2]), let user = UInt64(words[11]),
            let system = UInt64(words[12]),
            let threads = Int(words[17]), let start = UInt64(words[19]), let virtualMemory = UInt64(words[20]),
            let pages = UInt64(words[21])
        else { return nil }
        self.id = id
        name = String(text[text.index(after: open)..<close])
        self.parent = parent
        self.group = group
        isZombie = words[0] == "Z" || words[0] == "X"
        isStopped = words[0] == "T" || words[0] == "t"
        used = user &+ system
        self.threads = threads
        self.start = start
        self.pages = pages
        self.virtualMemory = virtualMemory
    }
}
