import KeepAliveKit
import KeepAlivePlatform

/// Checks this machine's memory: type `memory`.
///
/// - `warningPercent` (90): percent in use for degraded; `criticalPercent`: for unhealthy, unset by default.
///
/// Memory in use is memory that is not available at once (MemAvailable of /proc/meminfo); caches do not count.
struct MemoryProbe: Probe {
    static let type = "memory"

    private let limits: UsageLimits
    private let thread = BlockingCall()

    init(reading section: ConfigurationSection) {
        limits = UsageLimits(reading: section, warning: 90, critical: nil)
    }

    var isLocal: Bool { true }
    var address: String { "memory" }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        await thread.look(timeout: timeout, failing: .unknown) {
            "this system reports no memory size: \($0.message)"
        } _: { [limits] () throws(Errno) in
            Self.verdict(
                on: try FileDescriptor.open("/proc/meminfo", flags: O_RDONLY).readAll(limit: 64 * 1024), limits)
        }
    }

    /// Judges the system's table. Pure.
    static func verdict(on table: [UInt8], _ limits: UsageLimits) -> ProbeResult {
        guard let memory = SystemSampler.memory(String(decoding: table, as: UTF8.self)), memory.total > 0 else {
            return ProbeResult(status: .unknown, message: "this system reports no memory size")
        }
        let check = limits.check(
            "memory.used_percent", 100 * Double(memory.used) / Double(memory.total), of: "the memory")
        return ProbeResult(status: check.status, message: check.message ?? "", checks: [check])
    }
}
