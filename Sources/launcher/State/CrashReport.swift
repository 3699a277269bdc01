import KeepAliveKit
import KeepAlivePlatform

/// The report on a dead bot: how it died, its uptime, its last lines, and Swift's backtrace.
struct CrashReport {
    let time: WallTime
    let status: WaitStatus
    let reason: String?
    let processID: Int32
    let uptime: Duration
    let lastLines: [String]
    let backtrace: String?

    /// The report's text. Pure.
    var text: String {
        var lines = [
            "time: \(time.iso8601)",
            "ended with: \(status.words)",
            "process: \(processID)",
            "uptime: \(uptime.inWords)",
        ]
        if case .exited(let code) = status { lines.append("exit code: \(code)") }
        if let signal = status.signal { lines.append("signal: \(signal)") }
        if let reason { lines.append("reason: \(reason)") }
        lines.append("\nlast log lines:")
        lines += lastLines.map { "  \($0)" }
        lines.append("\nbacktrace:")
        lines.append(
            backtrace
                ?? "  none: SIGKILL leaves none; otherwise install ../libexec/swift-backtrace-static beside the launcher"
        )
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The folder of crash reports: it keeps the newest 20, readable only by the owner.
struct CrashFolder {
    static let kept = 20
    let path: String

    /// Creates a missing folder. A link at its path could redirect reports, and their deletion, to another place.
    func prepare() {
        if FileSystem.isLink(path) { try? FileSystem.remove(path) }
        _ = FileSystem.prepareFolder(path)
    }

    /// The path of Swift's backtrace for the next bot.
    var backtracePath: String { "\(path)/backtrace.tmp" }

    /// Removes an unused backtrace of an earlier bot.
    func discardBacktrace() {
        try? FileSystem.remove(backtracePath)
    }

    /// The backtrace of the bot that just ended; removes its file.
    func takeBacktrace() -> String? {
        defer { discardBacktrace() }
        guard let file = try? FileDescriptor.openOwn(backtracePath, flags: O_RDONLY),
            let bytes = try? file.readAll(limit: 4 << 20),
            !bytes.isEmpty
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The path of a report: named by time, so that names sort chronologically.
    func reportPath(at time: WallTime, processID: Int32) -> String {
        let stamp = time.iso8601.filter { $0.isNumber || $0 == "T" || $0 == "Z" }
        return "\(path)/crash-\(stamp)-\(processID).txt"
    }

    /// Writes a report; returns its path.
    @discardableResult
    func save(_ text: String, at time: WallTime, processID: Int32) throws(Errno) -> String {
        let name = reportPath(at: time, processID: processID)
        try AtomicFile.write(Array(text.utf8), to: name)
        prune()
        return name
    }

    private func prune() {
        let reports = (FileSystem.names(in: path) ?? []).filter { $0.hasPrefix("crash-") && $0.hasSuffix(".txt") }
            .sorted()
        for name in reports.dropLast(Self.kept) { try? FileSystem.remove("\(path)/\(name)") }
    }
}
