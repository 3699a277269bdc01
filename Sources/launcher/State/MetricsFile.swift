import KeepAliveKit
import KeepAlivePlatform

/// `launcher.prom` in the state folder: the launcher's counts for node_exporter's textfile collector.
///
/// The launcher opens no port: PID 1 beside a bot should not listen. And the bot's own `/metrics` would be unavailable
/// exactly while the bot is down.
struct MetricsFile {
    /// The longest time between writes: the file contains its time of writing, which shows whether a launcher still
    /// runs.
    static let interval = Duration.seconds(60)

    let path: String
    private let mode: UInt16
    private var written: LauncherMetrics?
    private var isFailing = false
    /// When to write even without a change.
    private(set) var dueAt: MonotonicTime?

    /// - Parameter isForOthers: whether other users may read it, whatever the umask: a collector has its own user, and
    ///   the file has no secret. Files in the state folder are private to the owner.
    init(path: String, isForOthers: Bool = true) {
        self.path = path
        mode = isForOthers ? 0o644 : 0o600
    }

    /// Writes changes, or a due update, atomically: a collector never reads half a file. After a failure it waits for
    /// the next change or minute.
    ///
    /// - Returns: the error, only once.
    mutating func write(_ metrics: LauncherMetrics, at now: MonotonicTime = .now()) -> Errno? {
        guard metrics != written || dueAt.map({ $0 <= now }) ?? true else { return nil }
        written = metrics
        dueAt = now.advanced(by: Self.interval)
        do throws(Errno) {
            try AtomicFile.write(metrics.text(at: .now()), to: path, mode: mode)
            isFailing = false
            return nil
        } catch {
            defer { isFailing = true }
            return isFailing ? nil : error
        }
    }

    /// The bot was stopped on request, so nobody should miss it.
    func remove() {
        try? FileSystem.remove(path)
    }
}
