import KeepAlivePlatform

/// The destination of the kit's lines. A value; safe to use from any thread.
///
/// For swift-log, whose logger then decides which lines are dropped:
/// ```swift
/// Log(level: .debug) { level, line in logger.log(level: Logger.Level(rawValue: level.name) ?? .info, "\(line)") }
/// ```
public struct Log: Sendable {
    /// How serious a line is.
    public enum Level: String, CaseIterable, Comparable, Sendable {
        /// For the bot's developers.
        case debug
        /// Normal operation.
        case info
        /// A person may want to look at it.
        case warning = "warn"
        /// A person has to look at it.
        case error

        /// The level's name in swift-log: `debug`, `info`, `warning`, `error`.
        public var name: String { self == .warning ? "warning" : rawValue }

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }

        /// Debug is the lowest level, error the highest.
        public static func < (left: Level, right: Level) -> Bool {
            left.rank < right.rank
        }
    }

    /// The format of a line.
    public enum Format: String, CaseIterable, Sendable {
        /// `2026-01-19T16:07:27.123456Z INFO  text`
        case text
        /// One JSON object on a line: `timestamp`, `level`, `message`.
        case json
    }

    /// Lines below this level are dropped.
    public var level: Level
    private var secrets: Set<[UInt8]> = []
    private var hider = SecretHider([])
    private let write: @Sendable (Level, String) -> Void

    /// Sends lines to a closure. Control characters are escaped, and further lines of a message are indented, so that
    /// no text can forge a line. The kit calls it on a thread with a stack of 512 KiB.
    public init(level: Level = .info, write: @escaping @Sendable (Level, String) -> Void) {
        self.level = level
        self.write = { level, message in write(level, message.escapedForText) }
    }

    /// Sends messages to the kit's own writer, which escapes them by its format.
    init(_ writer: LogWriter, level: Level) {
        self.level = level
        write = writer.write
    }

    /// Drops everything.
    public static let none = Log { _, _ in }

    /// A log that replaces each of the given secrets by `[hidden]`, in every line.
    ///
    /// - Parameter secrets: tokens and keys. Those under four characters are ignored: they would hide ordinary text.
    public func hiding(_ secrets: [String]) -> Log {
        var log = self
        log.secrets.formUnion(secrets.map { Array($0.utf8) })
        log.hider = SecretHider(log.secrets)
        return log
    }

    /// The text with every secret replaced.
    public func redact(_ text: String) -> String {
        // By bytes: a combining mark after a secret would change its last Character.
        let found = text.withBytes { hider.redact($0) }
        return found.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// Writes one line without the secrets, cut at 16 KiB.
    public func callAsFunction(_ level: Level, _ message: @autoclosure () -> String) {
        guard level >= self.level else { return }
        write(level, redact(message()).cut(toBytes: String.longestLine))
    }

    /// Writes an event.
    public func callAsFunction(_ event: KeepAliveEvent) {
        self(event.level, event.description)
    }
}
