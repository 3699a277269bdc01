import KeepAliveKit
import KeepAlivePlatform

/// What is known of the bot that runs now, and when it is looked at next. Pure.
struct BotWatch: Equatable {
    /// What a bot that says something has beyond the grace to become ready in, under a manager.
    static let startReserve = Duration.seconds(60)

    /// What the bot announced; nil before.
    var port: UInt16?
    var host: String?
    /// What it announced as its port, when that was none; the launcher logs the first one.
    private(set) var wrongPort: String?
    var isReady = false
    /// It speaks sd_notify: that it is ready is for itself to say.
    private(set) var speaks = false
    /// It has ended, and what it said before is still to be read.
    var hasEnded = false
    /// Health failures in a row.
    private(set) var failures = 0
    /// The watchdog timeout that the bot asked for by itself.
    private(set) var watchdogTimeout: Duration?
    private(set) var isWell = true
    /// The latest sign that it was well: a good answer, or `WATCHDOG=1`.
    private(set) var lastSign: MonotonicTime?
    /// It is told to end because it was not well.
    private(set) var isCondemned = false
    var healthAt: MonotonicTime?
    var watchdogAt: MonotonicTime?
    /// When a bot that says nothing counts as ready.
    private(set) var readyAt: MonotonicTime?
    /// When a bot that speaks has had its time to become ready; nil where nobody waits for that.
    private(set) var startLimitAt: MonotonicTime?

    /// The bot was started.
    ///
    /// - Parameter isAwaited: somebody above counts the time of this start.
    mutating func began(at now: MonotonicTime, grace: Duration, polls: Bool, isAwaited: Bool) {
        readyAt = now.advanced(by: grace)
        if isAwaited { startLimitAt = now.advanced(by: grace + Self.startReserve) }
        if polls { healthAt = now.advanced(by: grace) }
    }

    /// It announced a port that is none; an earlier one stays.
    ///
    /// - Returns: a warning for the log; nil when this bot has had one.
    mutating func announced(wrongPort text: String) -> String? {
        guard wrongPort == nil else { return nil }
        wrongPort = text
        let effect = port.map { "the launcher polls \($0) as before" } ?? "the launcher does not poll its /health"
        return "the bot announced X_KEEPALIVE_PORT=\"\(text)\", which is not a port (1 to 65535); \(effect)"
    }

    /// It sent a notification: its silence does not count as being ready.
    mutating func spoke() {
        speaks = true
        readyAt = nil
    }

    /// It takes longer to start, by its own word.
    mutating func extended(by time: Duration, at now: MonotonicTime) {
        startLimitAt = startLimitAt.map { max($0, now.advanced(by: time)) }
    }

    /// It is ready.
    mutating func becameReady() {
        isReady = true
        readyAt = nil
        startLimitAt = nil
    }

    /// Whether a bot that speaks should have been ready by now.
    mutating func isLateToBeReady(at now: MonotonicTime) -> Bool {
        guard let at = startLimitAt, at <= now else { return false }
        startLimitAt = nil
        return speaks && !isReady
    }

    /// It sent `WATCHDOG=1`. From the first one on the next is due within the timeout; a program that never sends one is
    /// not held to it.
    mutating func watchdogSeen(timeout: Duration?, at now: MonotonicTime) {
        watchdogAt = timeout.map { now.advanced(by: $0) }
        lastSign = now
    }

    /// It asked for another interval, which begins now if one was running.
    mutating func watchdogChanged(to timeout: Duration, at now: MonotonicTime) {
        watchdogTimeout = timeout
        if watchdogAt != nil { watchdogAt = now.advanced(by: timeout) }
    }

    /// Whether `WATCHDOG=1` is overdue. A launcher that looks far too late stood still itself (frozen, SIGSTOP), and most
    /// likely its bot with it: that gets the whole time once more.
    mutating func watchdogIsMissed(timeout: Duration?, at now: MonotonicTime) -> Bool {
        guard let due = watchdogAt, due <= now else { return false }
        let stoodStill = now.since(due) > .seconds(5)
        watchdogAt = stoodStill ? timeout.map { now.advanced(by: $0) } : nil
        return !stoodStill
    }

    /// Its `/health` was asked.
    ///
    /// - Parameter limit: so many failures in a row are too many; the count begins again with them.
    /// - Returns: how many failures in a row it makes; nil when it is none.
    mutating func heard(_ answer: HealthAnswer, limit: Int, at now: MonotonicTime = .now()) -> Int? {
        switch answer {
        case .well:
            (failures, isWell, lastSign) = (0, true, now)
            return nil
        case .cutOff, .unknown: return nil
        case .failed:
            failures += 1
            defer { if failures >= limit { failures = 0 } }
            return failures
        }
    }

    /// It was found to be not well, and has to end.
    mutating func condemn() {
        isCondemned = true
        startLimitAt = nil
        readyAt = nil
    }

    /// For how long it was well: a bot that hung was so up to the last sign it gave, not up to its end.
    func healthyFor(since started: MonotonicTime, at now: MonotonicTime) -> Duration? {
        if isCondemned { return lastSign?.since(started) }
        return isWell ? now.since(started) : nil
    }

    /// It ended; nothing of it is due any more.
    mutating func ended() {
        if failures > 0 { isWell = false }
        healthAt = nil
        watchdogAt = nil
        readyAt = nil
        startLimitAt = nil
    }
}
