import KeepAliveKit
import KeepAlivePlatform

/// What is kept of a bot that died: how, after how long, its last lines, and Swift's backtrace.
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

/// The folder of crash reports: the newest 20, for the owner's eyes.
struct CrashFolder {
    static let kept = 20
    let path: String

    /// Makes the folder if it is missing. A link in its place would lead reports, and what prunes them, to somewhere else.
    func prepare() {
        if FileSystem.isLink(path) { try? FileSystem.remove(path) }
        _ = FileSystem.prepareFolder(path)
    }

    /// Where Swift's backtracer is to write for the bot that is about to start.
    var backtracePath: String { "\(path)/backtrace.tmp" }

    /// Removes what a backtracer left of a bot that nobody asks about any more.
    func discardBacktrace() {
        try? FileSystem.remove(backtracePath)
    }

    /// The backtrace of the bot that has just ended; its file is removed.
    func takeBacktrace() -> String? {
        defer { discardBacktrace() }
        guard let file = try? FileDescriptor.openOwn(backtracePath, flags: O_RDONLY),
            let bytes = try? file.readAll(limit: 4 << 20),
            !bytes.isEmpty
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where a report belongs: named by time, so that names sort as the reports came.
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
