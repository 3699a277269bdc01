import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Counts the errors that a service has lately written to its log: type `log`.
///
/// - `path`; `patterns` (`ERROR|CRITICAL|FATAL`): one or a list, texts or regular expressions. A line that one of them is
///   found in counts.
/// - `window` (300): for how many seconds a line counts.
/// - `warningCount` (1) and `criticalCount` (10): so many lines are degraded, and unhealthy.
///
/// Only what is new is read, and at most 1 MiB of it; a log that was rotated or emptied is read from its start. The first
/// look reads the last 64 KiB, and takes the time of a line from the line (`LogTime`); lines without one do not count then.
struct LogProbe: Probe {
    static let type = "log"

    private let path: String
    private let patterns: [LogPattern]
    private let window: Duration
    private let warning: Int
    private let critical: Int
    private let thread = BlockingCall()
    private let watch = Watch()

    /// What is known between two looks.
    private final class Watch: Sendable {
        struct State {
            var tail = LogTail()
            var count = LogCount()
        }

        let state = Mutex(State())
    }

    init(reading section: ConfigurationSection) {
        path = section.string("path")
        let texts = section.has("patterns") ? section.strings("patterns") : ["ERROR|CRITICAL|FATAL"]
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
        // It may not have been written yet, or be between two lives.
        await thread.look(timeout: timeout, failing: .unknown, late: .unhealthy) {
            $0.isNotFound ? "the file does not exist" : "it cannot be read: \($0.message)"
        } _: { () throws(Errno) in
            try look()
        }
    }

    private func look() throws(Errno) -> ProbeResult {
        // Taken out and put back: there is one look at a time, and reading may take as long as it likes.
        var state = watch.state.withLock { $0 }
        let piece = try state.tail.read(path)
        state.count.add(piece, patterns, at: .now(), time: .now(), window: window)
        let count = state.count.total
        watch.state.withLock { [state] in $0 = state }
        return verdict(on: count)
    }

    private func verdict(on count: Int) -> ProbeResult {
        let status: ProbeStatus = count >= critical ? .unhealthy : count >= warning ? .degraded : .healthy
        // The lines themselves may hold anything, and are not repeated.
        let what = count == 0 ? "no error line" : count == 1 ? "1 error line" : "\(count) error lines"
        return ProbeResult(
            status: status, message: "\(what) in the last \(window.inWords)",
            checks: [.init(name: "log.matches", status: status, value: Double(count))])
    }
}
