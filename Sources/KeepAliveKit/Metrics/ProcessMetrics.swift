import KeepAlivePlatform

/// This process's use of resources, under the names of Prometheus' client libraries
/// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics), so that existing dashboards find it.
///
/// Linux only: on other systems, and without /proc, nothing is written. It reads in-memory files and never waits.
package struct ProcessMetrics: Equatable, Sendable {
    var processorSeconds: Double
    var threads: Int
    /// Seconds since 1970.
    var start: Double
    var virtualBytes: UInt64
    var residentBytes: UInt64
    /// Nil when there was no descriptor left for counting.
    var descriptors: Int?
    /// Nil if there is no limit.
    var mostDescriptors: UInt64?

    /// This process now.
    package init?() {
        guard let own = ProcFile.text("/proc/self/stat"), let booted = Self.booted else { return nil }
        self.init(
            own: own, booted: booted, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)),
            pageSize: sysconf(Int32(_SC_PAGESIZE)))
        // The folder being read is open itself.
        descriptors = FileSystem.names(in: "/proc/self/fd").map { max(0, $0.count - 1) }
        mostDescriptors = ProcFile.text("/proc/self/limits").flatMap(Self.mostDescriptors)
    }

    /// When the machine was started, in whole seconds since 1970.
    ///
    /// From two clocks, and not from `btime` of /proc/stat: a unit with `ProcSubset=pid` has no such file. Computed
    /// once: if it followed each correction of the wall clock, metrics would show a restart.
    private static let booted: Double? = {
        #if os(Linux)
            let up = BootClock.now()
            return (Double(WallTime.now().microseconds) / 1e6 - up / .seconds(1)).rounded()
        #else
            return nil
        #endif
    }()

    /// Reads /proc/PID/stat (proc(5)). Pure.
    init?(own: String, booted: Double, ticksPerSecond: Int, pageSize: Int) {
        guard let fact = ProcessFact(own), ticksPerSecond > 0, pageSize > 0 else { return nil }
        let hertz = Double(ticksPerSecond)
        processorSeconds = Double(fact.used) / hertz
        threads = fact.threads
        start = booted + Double(fact.start) / hertz
        virtualBytes = fact.virtualMemory
        let (bytes, overflow) = fact.pages.multipliedReportingOverflow(by: UInt64(pageSize))
        residentBytes = overflow ? .max : bytes
    }

    /// The soft limit in /proc/PID/limits.
    static func mostDescriptors(_ limits: String) -> UInt64? {
        let name = "Max open files"
        return limits.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap { line in
            line.dropFirst(name.count).split(separator: " ").first.flatMap { UInt64($0) }
        }
    }

    package func append(to text: inout MetricsText) {
        text.family("process_cpu_seconds", .counter, "Total user and system CPU time spent in seconds.")
        text.sample(processorSeconds)
        text.family("process_start_time_seconds", .gauge, "Start time of the process since unix epoch in seconds.")
        text.sample(start)
        text.family("process_resident_memory_bytes", .gauge, "Resident memory size in bytes.")
        text.sample(residentBytes)
        text.family("process_virtual_memory_bytes", .gauge, "Virtual memory size in bytes.")
        text.sample(virtualBytes)
        text.family("process_threads", .gauge, "Number of OS threads in the process.")
        text.sample(threads)
        if let descriptors {
            text.family("process_open_fds", .gauge, "Number of open file descriptors.")
            text.sample(descriptors)
        }
        if let mostDescriptors {
            text.family("process_max_fds", .gauge, "Maximum number of open file descriptors.")
            text.sample(mostDescriptors)
        }
    }
}
