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
    private var hider: Log
    private var longestSecret = 0
    private var file: RotatingLog
    private var unfinished: [UInt8] = []
    private let output: Int32
    /// What standard output did not take, since nobody read it; nil while it takes all.
    private var unread: (lines: Int, cutsLine: Bool)?
    /// The bot's last lines, oldest first.
    private(set) var lastLines: [String] = []

    init(
        path: String, level: Log.Level, format: Log.Format, secrets: [String], output: Int32 = STDOUT_FILENO
    ) {
        self.output = output
        self.level = level
        self.format = format
        hider = .none
        file = RotatingLog(path: path)
        hide(secrets)
    }

    /// These texts are hidden from now on, and those that were hidden before too: the bot that knew them may still talk.
    func hide(_ secrets: [String]) {
        hider = hider.hiding(secrets)
        // A colon may be written as %3A.
        let longest = secrets.map { $0.replacing(":", with: "%3A").utf8.count }.max() ?? 0
        longestSecret = max(longestSecret, min(32 * 1024, longest))
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

    /// To standard output. Whoever has stopped reading it does not stop the launcher: when it stays full for half a second,
    /// lines are dropped until it takes bytes again, and their number is said. The file has them all.
    private func write(_ lines: [UInt8]) {
        guard let unread else { return pass(lines) }
        guard Poller.isWritable(output, within: 0) else { return drop(lines, from: 0) }
        self.unread = nil
        let words = unread.lines == 1 ? "1 line is" : "\(unread.lines) lines are"
        let note = "launcher: \(words) missing here, since nobody read them; the log file has all"
        let end = unread.cutsLine ? [UInt8(ascii: "\n")] : []
        pass(end + LogWriter.line(format, .warn, note, at: .now()) + lines)
    }

    private func pass(_ lines: [UInt8]) {
        // For all of it: a reader that takes a little now and then must not hold up the launcher for long.
        let deadline = MonotonicTime.now().advanced(by: .milliseconds(500))
        var done = 0
        while done < lines.count {
            // Pieces that a pipe takes whole once it says that it takes any (PIPE_BUF).
            let piece = lines[done..<min(done + 4096, lines.count)]
            let patience = Int32(clamping: deadline.since(.now()).saturatedNanoseconds / 1_000_000)
            guard Poller.isWritable(output, within: max(0, patience)),
                let count = Array(piece).withUnsafeBytes({ bytes in try? FileDescriptor.write(bytes, to: output) })
            else { return drop(lines, from: done) }
            done += count
        }
    }

    private func drop(_ lines: [UInt8], from start: Int) {
        let newline = UInt8(ascii: "\n")
        let count = lines[start...].count { $0 == newline }
        // The rest of a line whose beginning has been shown.
        let cutsLine = start > 0 && lines[start - 1] != newline
        unread = ((unread?.lines ?? 0) + count, unread?.cutsLine ?? cutsLine)
    }
}
