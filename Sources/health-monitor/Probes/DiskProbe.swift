import KeepAliveKit
import KeepAlivePlatform

/// Checks the free space of the file system at a path: type `disk`.
///
/// - `path` (/); `warningPercent` (80) and `criticalPercent` (90): percent in use, counted like `df`, for degraded and
///   unhealthy. They also limit the number of files, which can run out before the space.
struct DiskProbe: Probe {
    static let type = "disk"

    private let path: String
    private let limits: UsageLimits
    private let thread = BlockingCall()

    init(reading section: ConfigurationSection) {
        path = section.string("path", default: "/")
        limits = UsageLimits(reading: section, warning: 80, critical: 90)
    }

    var isLocal: Bool { true }
    var address: String { path }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        await thread.look(timeout: timeout, failing: .unhealthy) {
            $0.isNotFound ? "the folder does not exist" : "it cannot be read: \($0.message)"
        } _: { [path, limits] () throws(Errno) in
            Self.verdict(on: try DiskSpace(of: path), limits)
        }
    }

    /// Judges the usage. Pure.
    static func verdict(on space: DiskSpace, _ limits: UsageLimits) -> ProbeResult {
        guard let used = space.usedPercent else {
            return ProbeResult(status: .unknown, message: "this file system reports no size")
        }
        let disk = limits.check("disk.used_percent", used, of: "the space")
        var checks = [disk]
        if let used = space.usedFilesPercent {
            checks.append(limits.check("disk.used_files_percent", used, of: "the files"))
        }
        let worst = checks.reduce(ProbeStatus.healthy) { .worse($0, $1.status) }
        let message = checks.first { $0.status == worst }?.message ?? ""
        return ProbeResult(
            status: worst, message: message, checks: checks, severity: worst == .unhealthy ? .critical : nil)
    }
}
