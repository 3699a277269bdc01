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
    private let longestSecret: Int
    private var file: RotatingLog
    private var unfinished: [UInt8] = []
    /// The bot's last lines, oldest first.
    private(set) var lastLines: [String] = []

    init(path: String, level: Log.Level, format: Log.Format, secrets: [String]) {
        self.level = level
        self.format = format
        hider = Log.none.hiding(secrets)
        // A colon may be written as %3A.
        longestSecret = min(32 * 1024, secrets.map { $0.replacing(":", with: "%3A").utf8.count }.max() ?? 0)
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
        if unfinished.count > 64 * 1024, !unfinished.contains(UInt8(ascii: "\n")) {
            // What may be the beginning of a secret waits for the rest of it.
            unfinished = Array(redact(String(decoding: unfinished, as: UTF8.self)).utf8)
            let cut = max(0, unfinished.count - longestSecret)
            emitBotOutput(Array(unfinished[..<cut]))
            unfinished.removeSubrange(..<cut)
        }
        guard let end = unfinished.lastIndex(of: UInt8(ascii: "\n")) else { return }
        let whole = Array(unfinished[...end])
        unfinished.removeSubrange(...end)
        emitBotOutput(whole)
    }

    private func emitBotOutput(_ bytes: [UInt8]) {
        let text = redact(String(decoding: bytes, as: UTF8.self))
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
