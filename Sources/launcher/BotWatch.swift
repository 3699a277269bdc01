import KeepAliveKit

/// What is known of the bot that runs now, and when it is looked at next. Pure.
struct BotWatch: Equatable {
    /// What the bot announced; nil before.
    var port: UInt16?
    var host: String?
    var isReady = false
    /// Health failures in a row.
    var failures = 0
    /// The watchdog timeout that the bot asked for by itself.
    var watchdogTimeout: Duration?
    private(set) var isWell = true
    var healthAt: MonotonicTime?
    var watchdogAt: MonotonicTime?
    /// When a bot that says nothing counts as ready.
    var readyAt: MonotonicTime?

    /// The bot was started.
    mutating func began(at now: MonotonicTime, grace: Duration, polls: Bool) {
        readyAt = now.advanced(by: grace)
        if polls { healthAt = now.advanced(by: grace) }
    }

    /// It sent `WATCHDOG=1`. From the first one on the next is due within the timeout; a program that never sends one is
    /// not held to it.
    mutating func watchdogSeen(timeout: Duration?, at now: MonotonicTime) {
        watchdogAt = timeout.map { now.advanced(by: $0) }
    }

    /// Its `/health` answered well.
    mutating func wasWell() {
        failures = 0
        isWell = true
    }

    /// It ended; nothing of it is due any more.
    mutating func ended(uptime: Duration) {
        if failures > 0 { isWell = false }
        healthAt = nil
        watchdogAt = nil
        readyAt = nil
    }
}
