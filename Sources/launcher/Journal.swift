import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where the launcher's own lines and the bot's output go: standard output, the rotated file, and the memory of the last
/// lines for a crash report. Used by the launcher's one thread.
final class Journal {
    private static let remembered = 100
    private let level: Log.Level
    private let format: Log.Format
    private let hider: Log
    private var file: RotatingLog
    private var unfinished: [UInt8] = []
    /// The bot's last lines, oldest first.
    private(set) var lastLines: [String] = []

    init(path: String, level: Log.Level, format: Log.Format, secrets: [String]) {
        self.level = level
        self.format = format
        hider = Log.none.hiding(secrets)
        file = RotatingLog(path: path)
    }

    /// A line of the launcher's own.
    func log(_ level: Log.Level, _ message: String) {
        guard level >= self.level else { return }
        emit(LogWriter.line(format, level, redact("launcher: \(message)"), at: .now()))
    }

    /// An event of the kit's.
    func log(_ event: KeepAliveEvent) {
        log(event.level, event.description)
    }

    /// Something that the bot wrote; its lines are passed on whole.
    func append(botOutput bytes: ArraySlice<UInt8>) {
        unfinished.append(contentsOf: bytes)
        // A program that writes no line end at all must not fill the memory.
        let end =
            unfinished.lastIndex(of: UInt8(ascii: "\n")) ?? (unfinished.count > 64 * 1024 ? unfinished.count - 1 : nil)
        guard let end else { return }
        let text = redact(String(decoding: unfinished[...end], as: UTF8.self))
        unfinished.removeSubrange(...end)
        remember(text)
        emit(Array(text.utf8) + (text.utf8.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]))
    }

    /// The bot has ended: what it began to write is a line too.
    func endOfOutput() {
        if !unfinished.isEmpty { append(botOutput: [UInt8(ascii: "\n")]) }
    }

    /// The text without secrets.
    func redact(_ text: String) -> String {
        hider.redact(text)
    }

    private func remember(_ text: String) {
        lastLines += text.split(separator: "\n").map(String.init)
        lastLines.removeFirst(max(0, lastLines.count - Self.remembered))
    }

    private func emit(_ lines: [UInt8]) {
        write(lines)
        switch file.append(lines) {
        case nil: break
        case .began(let trouble):
            write(
                LogWriter.line(
                    format, .error, "launcher: the log file cannot be written (\(trouble)); the bot runs on", at: .now()
                ))
        case .ended(let lost):
            log(.warn, "the log file can be written again; \(lost) bytes of log were lost")
        }
    }

    /// To standard output; whoever has stopped reading it does not stop the launcher.
    private func write(_ lines: [UInt8]) {
        var done = 0
        while done < lines.count, Poller.isWritable(STDOUT_FILENO, within: 100) {
            // Pieces that a pipe takes whole once it says that it takes any (PIPE_BUF).
            let piece = lines[done..<min(done + 4096, lines.count)]
            let count = Array(piece).withUnsafeBytes { bytes in try? FileDescriptor.write(bytes, to: STDOUT_FILENO) }
            guard let count else { return }
            done += count
        }
    }
}
