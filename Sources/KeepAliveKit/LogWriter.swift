import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Writes log lines to standard error, and to a file if it is given one. Each line leaves in one write(2), so that lines
/// of several threads never mix.
///
/// A reader that has stopped reading must not stop the bot: when the pipe stays full for 50 ms, lines are dropped until
/// it takes bytes again, and their number is said.
package final class LogWriter: Sendable {
    private let format: Log.Format
    private let sinks: [Sink]

    /// - Throws: `Errno` when the file cannot be opened for appending.
    init(format: Log.Format, path: String?) throws(Errno) {
        self.format = format
        var sinks = [Sink()]
        if let path {
            let file = try FileDescriptor.open(path, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o640)
            sinks.append(Sink(file: file))
        }
        self.sinks = sinks
    }

    func write(_ level: Log.Level, _ message: String) {
        let now = WallTime.now()
        let line = LogWriter.line(format, level, message, at: now)
        for sink in sinks {
            sink.write(line) { lost in
                LogWriter.line(format, .warn, "\(lost) log lines were dropped: nobody read them", at: now)
            }
        }
    }

    /// One place where lines go.
    private final class Sink: Sendable {
        private let raw: Int32
        private let file: FileDescriptor?
        private let dropped = Atomic<Int>(0)

        /// Standard error.
        init() {
            raw = STDERR_FILENO
            file = nil
        }

        init(file: consuming FileDescriptor) {
            raw = file.raw
            self.file = consume file
        }

        func write(_ line: [UInt8], note: (Int) -> [UInt8]) {
            let patience: Int32 = dropped.load(ordering: .relaxed) == 0 ? 50 : 0
            guard Poller.isWritable(raw, within: patience) else {
                dropped.wrappingAdd(1, ordering: .relaxed)
                return
            }
            let lost = dropped.exchange(0, ordering: .relaxed)
            let text = lost > 0 ? note(lost) + line : line
            text.withUnsafeBytes { bytes in _ = try? FileDescriptor.write(bytes, to: raw) }
        }
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
            for byte in message.utf8 {
                switch byte {
                case UInt8(ascii: "\n"): bytes.append("\n    ")
                case 0..<0x20, 0x7F:
                    bytes.append("\\x")
                    bytes.append(contentsOf: [.hexadecimal(byte >> 4), .hexadecimal(byte & 15)])
                default: bytes.append(byte)
                }
            }
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
