import KeepAliveKit

/// What one assignment of the sd_notify protocol, sent by the bot, means to its launcher. Pure.
enum Notice: Equatable {
    case ready
    /// Said to whoever is above the launcher; nothing follows from it here.
    case passedUp(String)
    /// `WATCHDOG=1`.
    case alive
    /// `WATCHDOG=trigger`: the bot itself asks to be aborted.
    case stuck
    /// The watchdog timeout that the bot asks for by itself.
    case watchdogTimeout(Duration)
    /// Where its `/health` is; nil when what it says is no port.
    case port(UInt16?)
    case host(String)

    /// nil for an assignment that the launcher passes over.
    init?(name: String, value: String) {
        switch (name, value) {
        case ("READY", "1"): self = .ready
        case ("STATUS", _), ("EXTEND_TIMEOUT_USEC", _), ("ERRNO", _), ("RELOADING", _):
            self = .passedUp("\(name)=\(value)")
        case ("WATCHDOG", "1"): self = .alive
        case ("WATCHDOG", "trigger"): self = .stuck
        case ("WATCHDOG_USEC", _):
            guard let timeout = Notice.timeout(value) else { return nil }
            self = .watchdogTimeout(timeout)
        case ("X_KEEPALIVE_PORT", _): self = .port(UInt16(value))
        case ("X_KEEPALIVE_HOST", _): self = .host(value)
        default: return nil
        }
    }

    /// A timeout as `WATCHDOG_USEC` gives it.
    static func timeout(_ microseconds: String) -> Duration? {
        Int64(microseconds).flatMap { $0 > 0 ? .microseconds($0) : nil }
    }
}
