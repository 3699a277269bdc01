import KeepAliveKit
import KeepAlivePlatform

/// Where the launcher's own lines and the bot's output go: standard output, the rotated file, and the memory of the last
/// lines for a crash report. Used by the launcher's one thread.
///
/// The bot's bytes go on as they are, but for secrets and, in a line that is UTF-8, characters that turn its direction. Most of
/// what a bot writes is only looked at in passing: it waits for its own output otherwise.
final class BotLog {
    private static let remembered = 100
    /// A line is cut once it is longer than this.
    private static let longestLine = 64 * 1024
    private let level: Log.Level
    private let format: Log.Format
    private var hider = SecretHider([])
    private var secrets: Set<[UInt8]> = []
    private var file: RotatingLog
    /// The beginning of a line whose end has not come yet.
    private var unfinished: [UInt8] = []
    private let output: OutputEnd
    /// What standard output did not take, since nobody read it; nil while it takes all.
    private var unread: (lines: Int, cutsLine: Bool)?
    /// Lines that ``hold()`` keeps back, with the time of what they tell of; nil while none are.
    private var held: (lines: [(Log.Level, String, WallTime)], time: WallTime)?
    /// The end of what the bot has written.
    private var tail: [UInt8] = []

    /// - Parameter secrets: texts that nothing written here may hold.
    init(
        path: String, level: Log.Level, format: Log.Format, secrets: [[UInt8]], output: Int32 = STDOUT_FILENO
    ) {
        self.output = OutputEnd(output)
        self.level = level
        self.format = format
        file = RotatingLog(path: path)
        hide(secrets)
    }

    /// These texts are hidden from now on, and those that were hidden before too: the bot that knew them may still talk.
    func hide(_ secrets: [[UInt8]]) {
        self.secrets.formUnion(secrets)
        hider = SecretHider(self.secrets)
    }

    /// A line of the launcher's own.
    func log(_ level: Log.Level, _ message: String) {
        guard level >= self.level else { return }
        if let held { self.held?.lines.append((level, message, held.time)) } else { write(level, message, at: .now()) }
    }

    /// Keeps the launcher's own lines back until what they tell of is done. Those that come from here on tell of now.
    func hold() { held = (held?.lines ?? [], .now()) }

    /// Writes the lines that were kept back.
    func release() {
        let lines = held?.lines ?? []
        held = nil
        for (level, message, time) in lines { write(level, message, at: time) }
    }

    private func write(_ level: Log.Level, _ message: String, at time: WallTime) {
        let text = redact("launcher: \(message)").cut(toBytes: String.longestLine)
        emit(LogWriter.line(format, level, text, at: time)[...])
    }

    /// An event of the kit's.
    func log(_ event: KeepAliveEvent) {
        log(event.level, event.description)
    }

    /// Something that the bot wrote; its lines are passed on whole.
    func append(botOutput bytes: ArraySlice<UInt8>) {
        let held = unfinished.count
        unfinished.append(contentsOf: bytes)
        if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) {
            let end = held + newline - bytes.startIndex + 1
            emitBotOutput(unfinished[..<end])
            unfinished.removeSubrange(..<end)
        }
        guard unfinished.count > Self.longestLine else { return }
        // A program that writes no line end at all must not fill the memory. What may be the beginning of a secret waits for
        // the rest of it.
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

    /// The bot has ended: what it began to write is a line too.
    func endOfOutput() {
        if !unfinished.isEmpty { append(botOutput: [UInt8(ascii: "\n")]) }
        unfinished = []
    }

    /// The text without secrets.
    func redact(_ text: String) -> String {
        text.withBytes(hider.redact).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    // MARK: The last lines

    /// The bot's last lines, oldest first; long ones are cut.
    var lastLines: [String] {
        var lines = tail.split(separator: UInt8(ascii: "\n"))
        // The first one may be the end of a line whose beginning is forgotten.
        if tail.count > Self.longestLine, lines.count > 1 { lines.removeFirst() }
        return lines.suffix(Self.remembered).map {
            String(decoding: $0, as: UTF8.self).cut(toBytes: 4096)
        }
    }

    private func remember(_ lines: ArraySlice<UInt8>) {
        // Twice as much is kept before the older half goes, so that most lines are only appended.
        if tail.count + lines.count > 2 * Self.longestLine { tail = Array(tail.suffix(Self.longestLine)) }
        tail.append(contentsOf: lines.suffix(Self.longestLine + 1))
    }

    // MARK: Bytes

    /// The place, or up to three bytes before it, where no character of UTF-8 is cut.
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

    /// To standard output. Whoever has stopped reading it does not stop the launcher: when it stays full for half a second,
    /// lines are dropped until it takes bytes again, and their number is said. The file has them all.
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
        // For all of it: a reader that takes a little now and then must not hold up the launcher for long.
        let (count, failure) = output.write(lines.span, patience: .milliseconds(500))
        if failure != nil { drop(lines, droppedFrom: count) }
    }

    private func drop(_ lines: ArraySlice<UInt8>, droppedFrom count: Int) {
        let newline = UInt8(ascii: "\n")
        let rest = lines.dropFirst(count)
        // The rest of a line whose beginning has been shown.
        let cutsLine = count > 0 && lines[rest.startIndex - 1] != newline
        unread = ((unread?.lines ?? 0) + rest.count { $0 == newline }, unread?.cutsLine ?? cutsLine)
    }
}
