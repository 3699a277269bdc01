import KeepAliveKit
import KeepAlivePlatform

/// The usage of a file system.
struct DiskSpace: Sendable, Equatable {
    /// Percent of the space available to ordinary users, counted like `df`: blocks reserved for root count in neither.
    var usedPercent: Double?
    /// Percent of the files in use; nil without a limit on their number.
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

    /// Nil for a file system without a size. Pure.
    static func percent(total: Double, free: Double, available: Double) -> Double? {
        let used = max(0, total - free)
        return total > 0 && used + available > 0 ? 100 * used / (used + available) : nil
    }
}
