import KeepAliveKit
import KeepAlivePlatform

/// `launcher.prom` in the state folder: the launcher's counts for node_exporter's collector of text files.
///
/// It serves no port of its own: what may run as PID 1 beside a bot should listen on none. And through the bot's own
/// `/metrics` the counts would be gone just while the bot is.
struct MetricsFile {
    /// How often it is written at least: it holds the time of its writing, by which one is known that nobody writes any
    /// more.
    static let interval = Duration.seconds(60)

    let path: String
    private let mode: UInt16
    private var written: LauncherMetrics?
    private var isFailing = false
    /// When it is to be written even though nothing has changed.
    private(set) var dueAt: MonotonicTime?

    /// - Parameter isForOthers: whether others may read it, whatever the umask: a collector runs as a user of its own, and there
    ///   is no secret in it. In the state folder everything is its owner's alone.
    init(path: String, isForOthers: Bool = true) {
        self.path = path
        mode = isForOthers ? 0o644 : 0o600
    }

    /// Writes what has changed or is due, atomically: a collector never reads half a file. What cannot be written waits for
    /// the next change or minute.
    ///
    /// - Returns: why it cannot be written, once.
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

    /// There is nothing to be told any more: the bot was stopped as asked, and is not missed.
    func remove() {
        try? FileSystem.remove(path)
    }
}
