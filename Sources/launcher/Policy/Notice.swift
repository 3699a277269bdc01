import KeepAliveKit
import KeepAlivePlatform

/// The meaning of one sd_notify assignment from the bot, for its launcher. Pure.
enum Notice: Equatable {
    case ready
    /// Forwarded to the launcher's manager; without effect here.
    case passedUp(String)
    /// The start or stop takes this much longer; forwarded too.
    case extended(Duration)
    /// `STOPPING=1`: it ends by itself.
    case stopping
    /// `WATCHDOG=1`.
    case alive
    /// `WATCHDOG=trigger`: the bot asks to be aborted.
    case stuck
    /// The watchdog timeout that the bot requests.
    case watchdogTimeout(Duration)
    /// The port of its `/health`.
    case port(UInt16)
    /// The invalid text that it announced as the port of its `/health`.
    case noPort(String)
    case host(String)
    /// `launcher handover` asks to give the lease to a standby; its request has this number.
    case handover(String)

    /// Nil for assignments that the launcher ignores. These include assignments about a process or descriptors, which
    /// only the launcher sends to a manager: `MAINPID`, `FDSTORE` and others.
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
            // A month: a longer time is a mistake, and would disable the manager's timeout.
            guard let time = Notice.timeout(value), time <= .seconds(30 * 86_400) else { return nil }
            self = .extended(time)
        case ("STOPPING", "1"): self = .stopping
        case ("WATCHDOG", "1"): self = .alive
        case ("WATCHDOG", "trigger"): self = .stuck
        case ("WATCHDOG_USEC", _):
            guard let timeout = Notice.timeout(value) else { return nil }
            self = .watchdogTimeout(timeout)
        case ("X_KEEPALIVE_PORT", _):
            let port = Notice.number(value).flatMap { UInt16(exactly: $0) }
            self = port.flatMap { $0 > 0 ? .port($0) : nil } ?? .noPort(Notice.line(value).cut(toBytes: 60))
        case ("X_KEEPALIVE_HOST", _):
            guard Notice.isHost(value) else { return nil }
            self = .host(value)
        case ("X_KEEPALIVE_HANDOVER", _):
            guard Notice.isIdentifier(value) else { return nil }
            self = .handover(value)
        default: return nil
        }
    }

    /// A timeout in the form of `WATCHDOG_USEC`.
    static func timeout(_ microseconds: String) -> Duration? {
        number(microseconds).flatMap { $0 > 0 ? .microseconds($0) : nil }
    }

    /// `Int64` accepts a sign, but the protocol does not.
    private static func number(_ text: String) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }

    private static func isIdentifier(_ text: String) -> Bool { consists(text, of: "._0123456789") }

    /// A name or a number, which goes into a `Host` field and into the status: no control character, no blank.
    private static func isHost(_ text: String) -> Bool { consists(text, of: "._-:%[]0123456789") }

    /// Whether a text has 1 to 255 of these characters and ASCII's letters.
    private static func consists(_ text: String, of others: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || others.unicodeScalars.contains($0))
            }
    }

    /// A text that fits into one datagram and is safe on a terminal: control characters and direction marks become
    /// blanks.
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
