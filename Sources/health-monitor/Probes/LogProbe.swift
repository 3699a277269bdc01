import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Counts the recent errors in a service's log: type `log`.
///
/// - `path`; `patterns` (`ERROR|CRITICAL|FATAL`, and these levels in JSON): one or a list, texts or regular
///   expressions. A line counts if any of them matches.
/// - `window` (300): how many seconds a line counts.
/// - `warningCount` (1) and `criticalCount` (10): this many lines make the service degraded, or unhealthy.
///
/// Each look reads only new lines, at most 1 MiB. An emptied log is read from its start, and a rotated one too, after the
/// rest of the earlier file. The first look reads the last 64 KiB and takes the times from the lines (`LogTime`); there,
/// lines without a time do not count.
struct LogProbe: Probe {
    static let type = "log"

    private let path: String
    private let patterns: [LogPattern]
    private let window: Duration
    private let warning: Int
    private let critical: Int
    private let thread = BlockingCall()
    private let watch = Watch()

    /// The state between two looks.
    private final class Watch: Sendable {
        struct State {
            var tail = LogTail()
            var count = LogCount()
        }

        let state = Mutex(State())
    }

    /// Texts, because a regular expression takes much longer. The kit and others write JSON with levels in lower case.
    private static let usual =
        ["ERROR|CRITICAL|FATAL"]
        + ["error", "critical", "fatal"].map { "\"level\":\"\($0)\"|\"level\": \"\($0)\"" }

    init(reading section: ConfigurationSection) {
        path = section.string("path")
        let texts = section.has("patterns") ? section.strings("patterns") : Self.usual
        patterns = texts.compactMap { text in
            let pattern = LogPattern(text)
            if pattern == nil {
                section.refuse("patterns", "\"\(text.prefix(60))\" is not a regular expression")
            }
            return pattern
        }
        if texts.isEmpty { section.refuse("patterns", "the list is empty") }
        window = section.seconds("window", in: 1...86_400, default: .seconds(300))
        warning = section.integer("warningCount", in: 1...1_000_000, default: 1)
        critical = section.integer("criticalCount", in: 1...1_000_000, default: max(10, warning))
        if critical < warning { section.refuse("criticalCount", "\(critical) is less than the warning at \(warning)") }
    }

    var isLocal: Bool { true }
    var address: String { path }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        // The log may not exist yet, or may be between two rotations.
        var result = await thread.look(timeout: timeout, failing: .unknown, late: .unhealthy) {
            $0.isNotFound ? "the file does not exist" : "it cannot be read: \($0.message)"
        } _: { () throws(Errno) in
            try look()
        }
        // Nothing ends a search; while it runs, no other begins.
        if let pattern = patterns.lazy.compactMap(\.running).first {
            result.message +=
                ": the pattern \"\(pattern.line(limit: 60))\" still searches a line; avoid repetitions within a repetition"
        }
        return result
    }

    private func look() throws(Errno) -> ProbeResult {
        // Copied out and back: only one look runs at a time, and it may read without holding the lock.
        var state = watch.state.withLock { $0 }
        let piece = try state.tail.read(path)
        state.count.add(piece, patterns, at: .now(), time: .now(), window: window)
        let count = state.count.total
        watch.state.withLock { [state] in $0 = state }
        return verdict(on: count)
    }

    private func verdict(on count: Int) -> ProbeResult {
        let status: ProbeStatus = count >= critical ? .unhealthy : count >= warning ? .degraded : .healthy
        // The lines may hold private data, so they are not repeated.
        let what = count == 0 ? "no error line" : count == 1 ? "1 error line" : "\(count) error lines"
        return ProbeResult(
            status: status, message: "\(what) in the last \(window.inWords)",
            checks: [.init(name: "log.matches", status: status, value: Double(count))])
    }
}
