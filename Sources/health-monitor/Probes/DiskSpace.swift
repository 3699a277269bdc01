import KeepAliveKit
import KeepAlivePlatform

/// How much of a file system is in use.
struct DiskSpace: Sendable, Equatable {
    /// In percent of what ordinary users can have, as `df` counts: blocks kept for root are in neither.
    var usedPercent: Double?
    /// The same for files; nil where their number has no limit.
    var usedFilesPercent: Double?

    init(usedPercent: Double?, usedFilesPercent: Double?) {
        self.usedPercent = usedPercent
        self.usedFilesPercent = usedFilesPercent
    }

    /// - Throws: `Errno`.
    init(of path: String) throws(Errno) {
        let found = try FileSystem.disk(of: path)
        usedPercent = Self.percent(
            total: Double(found.f_blocks), free: Double(found.f_bfree), available: Double(found.f_bavail))
        usedFilesPercent = Self.percent(
            total: Double(found.f_files), free: Double(found.f_ffree), available: Double(found.f_favail))
    }

    private static func percent(total: Double, free: Double, available: Double) -> Double? {
        let used = max(0, total - free)
        return total > 0 && used + available > 0 ? 100 * used / (used + available) : nil
    }
}
