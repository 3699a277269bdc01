import KeepAliveKit
import KeepAlivePlatform

/// Writes the launcher's lines and the bot's output to standard output and the rotated file, and keeps the last lines
/// for a crash report. Only the launcher's one thread uses it.
///
/// It passes the bot's bytes on unchanged, except for secrets and, in UTF-8 lines, direction marks. Most output is only
/// scanned, because the bot waits while its output is processed.
final class BotLog {
    private static let remembered = 100
    /// Longer lines are split.
    private static let longestLine = 64 * 1024
    private var level: Log.Level
    private var format: Log.Format
    private var hider = SecretHider([])
    private var secrets: Set<[UInt8]> = []
    private var file: RotatingLog
    /// The beginning of an unfinished line.
    private var unfinished: [UInt8] = []
    private let output: OutputEnd
    /// The output dropped because standard output was full; nil while it accepts everything.
    private var unread: (lines: Int, cutsLine: Bool)?
    /// Lines held back by ``hold()``, with the time of their events; nil while none are held.
    private var held: (lines: [(Log.Level, String, WallTime)], time: WallTime)?
    /// The end of the bot's output.
    private var tail: [UInt8] = []

    /// - Parameter secrets: texts that the output must not contain.
    init(
        path: String, level: Log.Level, format: Log.Format, secrets: [[UInt8]], output: Int32 = STDOUT_FILENO
    ) {
        self.output = OutputEnd(output)
        self.level = level
        self.format = format
        file = RotatingLog(path: path)
        hide(secrets)
    }

    /// Writes as these say from now on.
    func adopt(_ level: Log.Level, _ format: Log.Format) { (self.level, self.format) = (level, format) }

    /// Hides these texts from now on, in addition to earlier ones: the bot that knew those may still write.
    func hide(_ secrets: [[UInt8]]) {
        self.secrets.formUnion(secrets)
        hider = SecretHider(self.secrets)
    }

    /// Writes a line of the launcher.
    func log(_ level: Log.Level, _ message: String) {
        guard level >= self.level else { return }
        if let held { self.held?.lines.append((level, message, held.time)) } else { write(level, message, at: .now()) }
    }

    /// Holds back the launcher's lines until their actions are done. Later lines carry the current time.
    func hold() { held = (held?.lines ?? [], .now()) }

    /// Writes the held lines.
    func release() {
        let lines = held?.lines ?? []
        held = nil
        for (level, message, time) in lines { write(level, message, at: time) }
    }

    private func write(_ level: Log.Level, _ message: String, at time: WallTime) {
        let text = redact("launcher: \(message)").cut(toBytes: String.longestLine)
        emit(LogWriter.line(format, level, text, at: time)[...])
    }

    /// Writes an event of the kit.
    func log(_ event: KeepAliveEvent) {
        log(event.level, event.description)
    }

    /// Passes on the bot's output, in whole lines.
    func append(botOutput bytes: ArraySlice<UInt8>) {
        let held = unfinished.count
        unfinished.append(contentsOf: bytes)
        if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) {
            let end = held + newline - bytes.startIndex + 1
            emitBotOutput(unfinished[..<end])
            unfinished.removeSubrange(..<end)
        }
        guard unfinished.count > Self.longestLine else { return }
        // A program without line ends must not fill the memory. A possible beginning of a secret waits for the rest.
        if let hidden = hider.redact(unfinished.span) { unfinished = hidden }
        let cut = Self.characterBoundary(at: max(0, unfinished.count - min(hider.longest, 32 * 1024)), in: unfinished)
        emitBotOutput(unfinished[..<cut])
        unfinished.removeSubrange(..<cut)
    }

    private func emitBotOutput(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        var lines = bytes
        if let hidden = hider.redact(lines.span) { lines = hidden[...] }
        if let shown = BotLines.withoutActing(lines) { lines = shown[...] }
        if lines.last != UInt8(ascii: "\n") { lines.append(UInt8(ascii: "\n")) }
        remember(lines)
        emit(lines)
    }

    /// The bot has ended: its unfinished line counts as a line.
    func endOfOutput() {
        if !unfinished.isEmpty { append(botOutput: [UInt8(ascii: "\n")]) }
        unfinished = []
    }

    /// The text without secrets.
    func redact(_ text: String) -> String {
        text.withBytes(hider.redact).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    // MARK: The last lines

    /// The bot's last lines, the oldest first; long lines are cut.
    var lastLines: [String] {
        var lines = tail.split(separator: UInt8(ascii: "\n"))
        // The first line may lack its beginning.
        if tail.count > Self.longestLine, lines.count > 1 { lines.removeFirst() }
        return lines.suffix(Self.remembered).map {
            String(decoding: $0, as: UTF8.self).cut(toBytes: 4096)
        }
    }

    private func remember(_ lines: ArraySlice<UInt8>) {
        // Keep up to twice the limit before dropping the older half, so that most lines are only appended.
        if tail.count + lines.count > 2 * Self.longestLine { tail = Array(tail.suffix(Self.longestLine)) }
        tail.append(contentsOf: lines.suffix(Self.longestLine + 1))
    }

    // MARK: Bytes

    /// The place, or up to three bytes before it, where no UTF-8 character is split.
    static func characterBoundary(at place: Int, in bytes: [UInt8]) -> Int {
        guard place > 3, place <= bytes.count else { return place }
        for start in stride(from: place - 1, through: place - 3, by: -1) where bytes[start] & 0xC0 != 0x80 {
            let length =
                switch bytes[start] {
                case 0xC2...0xDF: 2
                case 0xE0...0xEF: 3
                case 0xF0...0xF4: 4
                default: 1
                }
            return start + length > place ? start : place
        }
        return place
    }

    // MARK: Out

    private func emit(_ lines: ArraySlice<UInt8>) {
        write(lines)
        switch file.append(BotLines.stamped(lines, at: .now())) {
        case nil: break
        case .began(let trouble):
            write(
                LogWriter.line(
                    format, .error, "launcher: cannot write the log file (\(trouble)); the bot keeps running",
                    at: .now()
                )[...])
        case .ended(let lost):
            log(.warning, "the log file is writable again; \(lost) bytes of log were lost")
        }
    }

    /// Writes to standard output. A stopped reader does not block the launcher: after half a second it drops lines. It
    /// logs their number once the output accepts bytes again. The file has all lines.
    private func write(_ lines: ArraySlice<UInt8>) {
        guard let unread else { return pass(lines) }
        guard output.hasRoom else { return drop(lines, droppedFrom: 0) }
        self.unread = nil
        let words = unread.lines == 1 ? "1 line" : "\(unread.lines) lines"
        let note = "launcher: dropped \(words) here, because standard output was not read; the log file has all"
        let end = unread.cutsLine ? [UInt8(ascii: "\n")] : []
        pass((end + LogWriter.line(format, .warning, note, at: .now()) + lines)[...])
    }

    private func pass(_ lines: ArraySlice<UInt8>) {
        // One limit for the whole write: a slow reader must not delay the launcher for long.
        let (count, failure) = output.write(lines.span, patience: .milliseconds(500))
        if failure != nil { drop(lines, droppedFrom: count) }
    }

    private func drop(_ lines: ArraySlice<UInt8>, droppedFrom count: Int) {
        let newline = UInt8(ascii: "\n")
        let rest = lines.dropFirst(count)
        // The rest of a partly written line.
        let cutsLine = count > 0 && lines[rest.startIndex - 1] != newline
        unread = ((unread?.lines ?? 0) + rest.count { $0 == newline }, unread?.cutsLine ?? cutsLine)
    }
}
