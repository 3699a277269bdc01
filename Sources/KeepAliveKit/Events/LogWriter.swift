package import KeepAlivePlatform

/// Writes log lines to standard error, and to a file if it has one. Lines of several threads never mix.
///
/// A stalled reader must not stop the bot: no write waits longer than 50 ms. After such a wait, lines are dropped until
/// the reader takes bytes again; then a line reports how many. The writer reopens a file that was removed or renamed,
/// as logrotate(8) does.
package final class LogWriter: Sendable {
    private let format: Log.Format
    private let standardError = LogSink(OutputEnd(STDERR_FILENO))
    private let file: LogSink?
    private let path: String

    /// - Throws: `Errno` when the file cannot be opened for appending.
    init(format: Log.Format, path: String?) throws(Errno) {
        self.format = format
        self.path = path ?? ""
        file = if let path { try LogSink(path: path) } else { nil }
    }

    func write(_ level: Log.Level, _ message: String) {
        let now = WallTime.now()
        let line = LogWriter.line(format, level, message, at: now)
        standardError.write(line) { [format] lost in
            LogWriter.line(format, .warning, "dropped \(lost) log lines: standard error was not read", at: now)
        }
        let trouble = file?.write(line) { [format] lost in
            LogWriter.line(format, .warning, "dropped \(lost) log lines: they could not be written", at: now)
        }
        guard let trouble else { return }
        let words =
            "LOG_FILE \(path) cannot be written (\(trouble.message)); its lines are dropped until it can be: "
            + trouble.remedy(orElse: "make it writable, or set LOG_FILE to another path")
        standardError.write(LogWriter.line(format, .error, words, at: now)) { _ in [] }
    }

    /// One line, pure.
    package static func line(_ format: Log.Format, _ level: Log.Level, _ message: String, at time: WallTime) -> [UInt8]
    {
        var bytes: [UInt8] = []
        switch format {
        case .text:
            bytes.append(contentsOf: time.iso8601.utf8)
            bytes.append(
                contentsOf: " \(level.rawValue.uppercased())\(level.rawValue.utf8.count == 4 ? "  " : " ")".utf8)
            bytes.appendText(message)
        case .json:
            bytes.append(#"{"timestamp":""#)
            bytes.append(contentsOf: time.iso8601.utf8)
            bytes.append(#"","level":""#)
            bytes.append(contentsOf: level.rawValue.utf8)
            bytes.append(#"","message":"#)
            bytes.appendJSON(message)
            bytes.append("}")
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}

extension String {
    /// The text as one line of plain text.
    var escapedForText: String {
        var bytes: [UInt8] = []
        bytes.appendText(self)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends a message with its control characters escaped and its further lines indented.
    fileprivate mutating func appendText(_ message: String) {
        message.withBytes { append(text: $0) }
    }

    private mutating func append(text: Span<UInt8>) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\n"): append("\n    ")
            case 0..<0x20, 0x7F:
                append("\\x")
                append(contentsOf: [.hexadecimal(byte >> 4), .hexadecimal(byte & 15)])
            case 0xC2...:
                if let (value, length) = ActingCharacter.find(at: index - 1, in: text) {
                    appendEscape(value)
                    index += length - 1
                } else {
                    append(byte)
                }
            default: append(byte)
            }
        }
    }
}
