/// A machine's resources at one moment. A value that the system does not report is nil.
package struct SystemSample: Equatable, Sendable {
    /// Used and total, in bytes.
    package struct Space: Equatable, Sendable {
        package var used: UInt64
        package var total: UInt64

        package init(used: UInt64, total: UInt64) {
            self.used = used
            self.total = total
        }

        /// From 0 to 1; 0 if the total is 0.
        package var share: Double { total == 0 ? 0 : min(1, Double(used) / Double(total)) }
    }

    /// The busy share of all processors since the previous sample, from 0 to 1.
    package var processor: Double?
    package var processorCount: Int?
    /// The load average of the last minute.
    package var load: Double?
    package var memory: Space?
    package var disk: Space?

    package init(
        processor: Double? = nil, processorCount: Int? = nil, load: Double? = nil, memory: Space? = nil,
        disk: Space? = nil
    ) {
        self.processor = processor
        self.processorCount = processorCount
        self.load = load
        self.memory = memory
        self.disk = disk
    }
}

/// Samples the machine repeatedly; it keeps the processor's counters, because only their difference is meaningful.
package struct SystemSampler {
    private let folder: String
    private var last: Ticks?

    /// - Parameter folder: a folder on the disk to sample.
    package init(folder: String) {
        self.folder = folder
    }

    /// May take long if the folder is on a network disk that does not answer.
    package mutating func sample() -> SystemSample {
        var sample = SystemSample()
        let count = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        sample.processorCount = count > 0 ? Int(count) : nil
        if let ticks = ProcFile.text("/proc/stat").flatMap(Ticks.init) {
            sample.processor = last.flatMap { ticks.share(since: $0) }
            last = ticks
        }
        sample.load = ProcFile.text("/proc/loadavg").flatMap { $0.split(separator: " ").first.flatMap { Double($0) } }
        sample.memory = ProcFile.text("/proc/meminfo").flatMap(Self.memory)
        sample.disk = disk()
        return sample
    }

    private func disk() -> SystemSample.Space? {
        guard let facts = try? FileSystem.disk(of: folder) else { return nil }
        let unit = UInt64(facts.f_frsize)
        let (total, overflow) = UInt64(facts.f_blocks).multipliedReportingOverflow(by: unit)
        // Space reserved for root is neither used nor free for the bot; df(1) omits it from both too.
        let (free, freeOverflow) = UInt64(facts.f_bfree).multipliedReportingOverflow(by: unit)
        let (open, openOverflow) = UInt64(facts.f_bavail).multipliedReportingOverflow(by: unit)
        guard !overflow, !freeOverflow, !openOverflow, free <= total, open <= free else { return nil }
        return .init(used: total - free, total: total - free + open)
    }

    /// Parses /proc/meminfo. Memory that the kernel can reclaim at once (`MemAvailable`) is not used.
    package static func memory(_ text: String) -> SystemSample.Space? {
        var kibibytes: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, let number = UInt64(words[1]), number < 1 << 50 { kibibytes[words[0]] = number }
        }
        guard let total = kibibytes["MemTotal:"], let open = kibibytes["MemAvailable:"], open <= total else {
            return nil
        }
        return .init(used: (total - open) * 1024, total: total * 1024)
    }

    /// The counters of all processors together since boot.
    struct Ticks: Equatable {
        let busy: UInt64
        let all: UInt64

        /// Parses the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
        init?(_ text: String) {
            let words = (text.split(separator: "\n").first ?? "").split(separator: " ")
            guard words.first == "cpu" else { return nil }
            let numbers = words.dropFirst().prefix(8).compactMap { UInt64($0) }
            guard numbers.count >= 4 else { return nil }
            all = numbers.reduce(0) { $0 &+ $1 }
            // Waiting for a disk is idle time too.
            busy = all &- numbers[3] &- (numbers.count > 4 ? numbers[4] : 0)
        }

        func share(since earlier: Ticks) -> Double? {
            guard all > earlier.all else { return nil }
            // When a processor goes offline, its counters disappear.
            return busy < earlier.busy ? 0 : min(1, Double(busy - earlier.busy) / Double(all - earlier.all))
        }
    }
}
