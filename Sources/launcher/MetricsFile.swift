import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// `launcher.prom` in the state folder: the launcher's counts for node_exporter's collector of text files.
///
/// It serves no port of its own: what may run as PID 1 beside a bot should listen on none. And through the bot's own
/// `/metrics` the counts would be gone just while the bot is.
struct MetricsFile {
    /// How often it is written at least: it holds the time of its writing, by which one is known that nobody writes any
    /// more.
    static let interval = Duration.seconds(60)

    let path: String
    private var written: LauncherMetrics?
    private var isFailing = false
    /// When it is to be written even though nothing has changed.
    private(set) var dueAt: MonotonicTime?

    init(path: String) {
        self.path = path
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
            try replace(with: metrics.text(at: .now()))
            isFailing = false
            return nil
        } catch {
            defer { isFailing = true }
            return isFailing ? nil : error
        }
    }

    /// There is nothing to be told any more: the bot was stopped as asked, and is not missed.
    func remove() {
        unlink(path)
    }

    private func replace(with text: [UInt8]) throws(Errno) {
        // The collector takes every name that ends with .prom.
        let temporary = "\(path).tmp"
        let file = try FileDescriptor.open(temporary, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        // Others may read it, whatever the umask: the collector runs as a user of its own, and there is no secret in it.
        guard fchmod(file.raw, 0o644) == 0 else { throw Errno("fchmod", code: errno) }
        try file.writeAll(text)
        guard rename(temporary, path) == 0 else { throw Errno("rename", code: errno) }
    }
}
