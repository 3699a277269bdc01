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
    let path: String
    private var written: LauncherMetrics?

    init(path: String) {
        self.path = path
    }

    /// Writes what has changed, atomically: a collector never reads half a file. What cannot be written is left until the
    /// next change.
    mutating func write(_ metrics: LauncherMetrics) {
        guard metrics != written else { return }
        written = metrics
        let temporary = "\(path).tmp"
        // Others may read it: the collector runs as a user of its own, and there is no secret in it.
        guard let file = try? FileDescriptor.open(temporary, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644),
            (try? file.writeAll(metrics.text)) != nil
        else { return }
        rename(temporary, path)
    }
}
