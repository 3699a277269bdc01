import KeepAliveKit
import KeepAlivePlatform

/// What one assignment of the sd_notify protocol, sent by the bot, means to its launcher. Pure.
enum Notice: Equatable {
    case ready
    /// Said to whoever is above the launcher; nothing follows from it here.
    case passedUp(String)
    /// The start or the stop takes longer by so much; passed up too.
    case extended(Duration)
    /// `WATCHDOG=1`.
    case alive
    /// `WATCHDOG=trigger`: the bot itself asks to be aborted.
    case stuck
    /// The watchdog timeout that the bot asks for by itself.
    case watchdogTimeout(Duration)
    /// Where its `/health` is.
    case port(UInt16)
    /// It announced this as the port of its `/health`, and it is none.
    case noPort(String)
    case host(String)

    /// nil for an assignment that the launcher passes over, among them those of a process or of descriptors, which are the
    /// launcher's own to a manager: `MAINPID`, `FDSTORE` and the like.
    init?(name: String, value: String) {
        switch (name, value) {
        case ("READY", "1"): self = .ready
        case ("STATUS", _): self = .passedUp("STATUS=\(Notice.line(value))")
        case ("RELOADING", "1"): self = .passedUp("RELOADING=1")
        case ("ERRNO", _), ("MONOTONIC_USEC", _):
            guard Notice.number(value) != nil else { return nil }
            self = .passedUp("\(name)=\(value)")
        case ("BUSERROR", _), ("VARLINKERROR", _):
            guard Notice.isIdentifier(value) else { return nil }
            self = .passedUp("\(name)=\(value)")
        case ("EXTEND_TIMEOUT_USEC", _):
            // A month: what is longer is a mistake, and would turn off the timeout of whoever is above.
            guard let time = Notice.timeout(value), time <= .seconds(30 * 86_400) else { return nil }
            self = .extended(time)
        case ("WATCHDOG", "1"): self = .alive
        case ("WATCHDOG", "trigger"): self = .stuck
        case ("WATCHDOG_USEC", _):
            guard let timeout = Notice.timeout(value) else { return nil }
            self = .watchdogTimeout(timeout)
        case ("X_KEEPALIVE_PORT", _):
            let port = Notice.number(value).flatMap { UInt16(exactly: $0) }
            self = port.flatMap { $0 > 0 ? .port($0) : nil } ?? .noPort(Notice.line(value).cut(toBytes: 60))
        case ("X_KEEPALIVE_HOST", _): self = .host(value)
        default: return nil
        }
    }

    /// A timeout as `WATCHDOG_USEC` gives it.
    static func timeout(_ microseconds: String) -> Duration? {
        number(microseconds).flatMap { $0 > 0 ? .microseconds($0) : nil }
    }

    /// `Int64` takes a sign; the protocol has none.
    private static func number(_ text: String) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }

    private static func isIdentifier(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "._0123456789".unicodeScalars.contains($0))
            }
    }

    /// A text that fits into one datagram and into a terminal: control characters, and those that turn the direction of
    /// writing, are blanks.
    private static func line(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            if line.utf8.count > 1000 { return line + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: line.unicodeScalars.append(" ")
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}
