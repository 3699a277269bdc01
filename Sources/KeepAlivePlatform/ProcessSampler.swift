/// Finds the processes of a bot by its listening port, and samples them repeatedly. On Linux only.
///
/// Another user's process shows its memory and threads, but neither sockets nor descriptors. So only root finds another
/// user's bot. A bot in a container is found only if both share the network.
package struct ProcessSampler {
    /// The most processes shown for one bot.
    package static let most = 50

    private var owners: [UInt16: Owner] = [:]
    private var times: [Int32: Ticks] = [:]

    /// The process that owns a socket; the search through all descriptors of the machine runs once.
    private struct Owner {
        let inodes: Set<UInt64>
        let id: Int32
        let start: UInt64
    }

    /// What a process has used at one moment.
    struct Ticks {
        let start: UInt64
        let used: UInt64
        let at: MonotonicTime

        /// How many processors it kept busy since; nil if that is too near to tell, or if it was another process. Pure.
        func share(since earlier: Ticks, hertz: Double) -> Double? {
            guard earlier.start == start, used >= earlier.used else { return nil }
            let seconds = at.since(earlier.at).seconds
            return seconds > 0.05 ? Double(used - earlier.used) / hertz / seconds : nil
        }
    }

    package init() {}

    /// The bot behind a port, preceded by its launcher and followed by its children; empty when it is not found.
    package mutating func sample(port: UInt16) -> [ProcessSample] {
        let all = ProcessTable.read().byID
        guard let bot = owner(of: port, among: all), let fact = all[bot] else { return [] }
        var samples: [ProcessSample] = []
        if let parent = all[fact.parent], parent.name == "launcher" { samples += sample(parent, as: .launcher) }
        samples += sample(fact, as: .bot)
        var children: [Int32: [Int32]] = [:]
        for (id, fact) in all { children[fact.parent, default: []].append(id) }
        var waiting = [bot]
        var seen: Set<Int32> = [bot]
        while let parent = waiting.popLast(), samples.count < Self.most {
            for id in (children[parent] ?? []).sorted() where seen.insert(id).inserted && samples.count < Self.most {
                if let child = all[id] { samples += sample(child, as: .child) }
                waiting.append(id)
            }
        }
        return samples
    }

    /// Forgets processes that have ended.
    package mutating func forgetEnded() {
        times = times.filter { kill($0.key, 0) == 0 || errno == EPERM }
    }

    private mutating func sample(_ fact: ProcessFact, as role: ProcessSample.Role) -> [ProcessSample] {
        let hertz = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let ticks = Ticks(start: fact.start, used: fact.used, at: .now())
        let share = times[fact.id].flatMap { ticks.share(since: $0, hertz: hertz) }
        times[fact.id] = ticks
        return [
            ProcessSample(
                role: role, id: fact.id, name: fact.name, processor: share,
                memory: fact.pages.multipliedReportingOverflow(by: UInt64(max(0, sysconf(Int32(_SC_PAGESIZE)))))
                    .partialValue,
                threads: fact.threads, descriptors: FileSystem.names(in: "/proc/\(fact.id)/fd")?.count,
                age: max(0, Self.secondsSinceBoot() - Double(fact.start) / hertz))
        ]
    }

    private mutating func owner(of port: UInt16, among all: [Int32: ProcessFact]) -> Int32? {
        let inodes = ListeningSocket.inodes(port: port)
        guard !inodes.isEmpty else {
            owners[port] = nil
            return nil
        }
        if let known = owners[port], known.inodes == inodes, all[known.id]?.start == known.start { return known.id }
        let holders = Set(all.keys.filter { Self.holds($0, inodes) })
        // A child that inherited the socket is not the bot: its parent has it too.
        let bot = holders.filter { !holders.contains(all[$0]?.parent ?? 0) }.min()
        owners[port] = bot.flatMap { id in all[id].map { Owner(inodes: inodes, id: id, start: $0.start) } }
        return bot
    }

    private static func holds(_ id: Int32, _ inodes: Set<UInt64>) -> Bool {
        for name in FileSystem.names(in: "/proc/\(id)/fd") ?? [] {
            guard let target = FileSystem.link("/proc/\(id)/fd/\(name)"), target.hasPrefix("socket:["),
                let inode = UInt64(target.dropFirst(8).dropLast())
            else { continue }
            if inodes.contains(inode) { return true }
        }
        return false
    }

    /// On the clock of process start times, which includes suspension.
    private static func secondsSinceBoot() -> Double {
        ProcFile.text("/proc/uptime").flatMap { $0.split(separator: " ").first.flatMap { Double($0) } } ?? 0
    }
}
