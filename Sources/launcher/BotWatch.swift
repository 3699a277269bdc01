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
    /// The latest sign that it was well: a good answer, or `WATCHDOG=1`.
    private(set) var lastSign: MonotonicTime?
    /// It is told to end because it was not well.
    private(set) var isCondemned = false
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
        lastSign = now
    }

    /// Whether `WATCHDOG=1` is overdue. A launcher that looks far too late stood still itself (frozen, SIGSTOP), and most
    /// likely its bot with it: that gets the whole time once more.
    mutating func watchdogIsMissed(timeout: Duration?, at now: MonotonicTime) -> Bool {
        guard let due = watchdogAt, due <= now else { return false }
        let stoodStill = now.since(due) > .seconds(5)
        watchdogAt = stoodStill ? timeout.map { now.advanced(by: $0) } : nil
        return !stoodStill
    }

    /// Its `/health` answered well.
    mutating func wasWell(at now: MonotonicTime = .now()) {
        failures = 0
        isWell = true
        lastSign = now
    }

    /// It was found to be not well, and has to end.
    mutating func condemn() {
        isCondemned = true
    }

    /// For how long it was well: a bot that hung was so up to the last sign it gave, not up to its end.
    func healthyFor(since started: MonotonicTime, at now: MonotonicTime) -> Duration? {
        if isCondemned { return lastSign?.since(started) }
        return isWell ? now.since(started) : nil
    }

    /// It ended; nothing of it is due any more.
    mutating func ended(uptime: Duration) {
        if failures > 0 { isWell = false }
        healthAt = nil
        watchdogAt = nil
        readyAt = nil
    }
}
