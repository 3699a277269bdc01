import KeepAliveKit
import KeepAlivePlatform

/// The state of the running bot, and when to check it next. Pure.
struct BotWatch: Equatable {
    /// Extra time to become ready for a bot that notifies, beyond the grace period, under a manager.
    static let startReserve = Duration.seconds(60)
    /// How long a bot may take to end after its `STOPPING=1`, unless it asks for more: what systemd gives.
    static let stopTime = Duration.seconds(90)
    /// How long the kit may take at least, beyond the grace period, until its first notification: it notifies before anything
    /// that takes long, but the machine may be busy.
    static let leastSilence = Duration.seconds(10)
    /// How long `/health` may take to answer.
    static let pollTimeout = Duration.seconds(5)
    /// A timer that fires later than this means that the launcher stood still (frozen, SIGSTOP), and probably the bot too.
    static let tolerance = Duration.seconds(5)

    /// The announced port; nil before.
    var port: UInt16?
    var host: String?
    /// The invalid text that it announced as its port; the launcher logs only the first.
    private(set) var wrongPort: String?
    var isReady = false
    /// It uses sd_notify, so it reports readiness itself.
    private(set) var speaks = false
    /// It has ended, but its last messages are still unread.
    var hasEnded = false
    /// Consecutive health failures.
    private(set) var failures = 0
    /// The watchdog timeout that the bot requested.
    private(set) var watchdogTimeout: Duration?
    private(set) var isWell = true
    /// The last sign of health: a good answer, or `WATCHDOG=1`.
    private(set) var lastSign: MonotonicTime?
    /// It was asked to end because it was unhealthy.
    private(set) var isCondemned = false
    var healthAt: MonotonicTime?
    /// When `/health` was last asked.
    private(set) var askedAt: MonotonicTime?
    var watchdogAt: MonotonicTime?
    /// When a bot without notifications counts as ready, or as hung if it must notify.
    private(set) var readyAt: MonotonicTime?
    /// Whether it is known to notify, so that its silence is a hang.
    private var mustNotify = false
    private var startedAt: MonotonicTime?
    /// How long after its start it reported readiness; nil before.
    private(set) var readyAfter: Duration?
    /// When a bot with notifications must be ready; nil if no manager waits for it.
    private(set) var startLimitAt: MonotonicTime?
    /// When a bot that said `STOPPING=1` has had its time to end; until then neither polls nor its watchdog count.
    private(set) var stopLimitAt: MonotonicTime?

    /// A signal has stopped its process (SIGSTOP, SIGTTIN); the launcher logs that once.
    private(set) var wasStopped = false

    var isStopping: Bool { stopLimitAt != nil }

    /// The bot was started.
    ///
    /// - Parameters:
    ///   - isAwaited: whether a manager limits the time of this start.
    ///   - silence: how long it may send nothing beyond the grace period; nil if its silence proves nothing.
    mutating func began(
        at now: MonotonicTime, grace: Duration, polls: Bool, isAwaited: Bool, silence: Duration? = nil
    ) {
        startedAt = now
        mustNotify = silence != nil
        readyAt = now.advanced(by: grace + (silence ?? .zero))
        if isAwaited { startLimitAt = now.advanced(by: grace + Self.startReserve) }
        if polls { healthAt = now.advanced(by: grace) }
    }

    /// The `silence` of the next bot. A program that reported readiness will report it again, perhaps after a longer start;
    /// if it does not, the one after it may be silent.
    ///
    /// - Parameters:
    ///   - isOnKit: whether it is known to be built on the kit.
    ///   - watchdog: its watchdog's timeout; nil if that is off.
    func silenceOfNext(isOnKit: Bool, watchdog: Duration?) -> Duration? {
        guard let watchdog else { return nil }
        return isOnKit ? max(watchdog, Self.leastSilence) : readyAfter.map { max(watchdog, $0 * 3) }
    }

    /// It announced an invalid port; an earlier port stays.
    ///
    /// - Returns: a warning for the log; nil if this bot already caused one.
    mutating func announced(wrongPort text: String) -> String? {
        guard wrongPort == nil else { return nil }
        wrongPort = text
        let effect = port.map { "the launcher polls \($0) as before" } ?? "the launcher does not poll its /health"
        return "the bot announced X_KEEPALIVE_PORT=\"\(text)\", which is not a port (1 to 65535); \(effect)"
    }

    /// A signal has stopped its process.
    ///
    /// - Returns: whether that is new.
    mutating func becameStopped() -> Bool {
        defer { wasStopped = true }
        return !wasStopped
    }

    /// It sent a notification, so silence no longer counts as readiness.
    mutating func spoke() {
        speaks = true
        readyAt = nil
    }

    /// It requested more time to start.
    mutating func extended(by time: Duration, at now: MonotonicTime) {
        startLimitAt = startLimitAt.map { max($0, now.advanced(by: time)) }
        stopLimitAt = stopLimitAt.map { max($0, now.advanced(by: time)) }
    }

    /// It is ready; a program that said it stops, and runs its bot once more, too.
    mutating func becameReady(at now: MonotonicTime = .now()) {
        if speaks, readyAfter == nil { readyAfter = startedAt.map { now.since($0) } }
        isReady = true
        readyAt = nil
        startLimitAt = nil
        stopLimitAt = nil
    }

    /// It said `STOPPING=1`; again moves no limit.
    mutating func beganStopping(at now: MonotonicTime) {
        guard !isStopping else { return }
        stopLimitAt = now.advanced(by: Self.stopTime)
        readyAt = nil
        startLimitAt = nil
        watchdogAt = nil
    }

    /// Whether a bot that said `STOPPING=1` should have ended by now.
    mutating func isLateToEnd(at now: MonotonicTime) -> Bool {
        guard let at = stopLimitAt, at <= now else { return false }
        stopLimitAt = nil
        return true
    }

    /// Whether a bot with notifications has exceeded its time to become ready.
    mutating func isLateToBeReady(at now: MonotonicTime) -> Bool {
        guard let at = startLimitAt, at <= now else { return false }
        startLimitAt = nil
        return speaks && !isReady
    }

    /// It sent `WATCHDOG=1`. From the first one on, the next is due within the timeout; a program that never sends one
    /// has no limit.
    mutating func watchdogSeen(timeout: Duration?, at now: MonotonicTime) {
        watchdogAt = isStopping ? nil : timeout.map { now.advanced(by: $0) }
        lastSign = now
    }

    /// It requested another interval; a running interval restarts.
    mutating func watchdogChanged(to timeout: Duration, at now: MonotonicTime) {
        watchdogTimeout = timeout
        if watchdogAt != nil { watchdogAt = now.advanced(by: timeout) }
    }

    /// Whether `WATCHDOG=1` is overdue. If the launcher stood still, the bot gets the full time again.
    mutating func watchdogIsMissed(timeout: Duration?, at now: MonotonicTime) -> Bool {
        guard let due = watchdogAt, due <= now else { return false }
        let stoodStill = now.since(due) > Self.tolerance
        watchdogAt = stoodStill ? timeout.map { now.advanced(by: $0) } : nil
        return !stoodStill
    }

    /// Whether to ask `/health` now. If the launcher stood still, the bot gets a whole interval to show that it lives.
    ///
    /// - Parameter interval: the time to the next question; nil sets none, as a bot without an announced port cannot be asked.
    mutating func isPollDue(every interval: Duration?, at now: MonotonicTime) -> Bool {
        guard let due = healthAt, due <= now else { return false }
        healthAt = interval.map { now.advanced(by: $0) }
        guard now.since(due) <= Self.tolerance else { return false }
        askedAt = now
        return true
    }

    /// Its `/health` was checked. A failure proves nothing if the launcher stood still in the meantime.
    ///
    /// - Parameter limit: this many consecutive failures are too many; then the count restarts.
    /// - Returns: the number of consecutive failures; nil after a success.
    mutating func heard(_ answer: HealthAnswer, limit: Int, at now: MonotonicTime = .now()) -> Int? {
        switch answer {
        case .well:
            (failures, isWell, lastSign) = (0, true, now)
            return nil
        case .cutOff, .unknown: return nil
        case .unwell, .failed:
            if let askedAt, now.since(askedAt) > Self.pollTimeout + Self.tolerance { return nil }
            failures += 1
            defer { if failures >= limit { failures = 0 } }
            return failures
        }
    }

    /// It was found unhealthy and must end.
    mutating func condemn() {
        isCondemned = true
        startLimitAt = nil
        stopLimitAt = nil
        readyAt = nil
    }

    /// How long it was healthy: for a bot that hung, up to its last sign of health, not up to its end.
    func healthyFor(since started: MonotonicTime, at now: MonotonicTime) -> Duration? {
        if isCondemned { return lastSign?.since(started) }
        return isWell ? now.since(started) : nil
    }

    /// Whether a bot without notifications counts as ready from now on.
    mutating func becomesReadyBySilence(at now: MonotonicTime) -> Bool {
        guard !mustNotify, let at = readyAt, at <= now else { return false }
        readyAt = nil
        return true
    }

    /// Whether a bot that must notify has sent nothing for too long. If the launcher stood still, it gets more time.
    mutating func isSilentTooLong(at now: MonotonicTime) -> Bool {
        guard mustNotify, let at = readyAt, at <= now else { return false }
        let stoodStill = now.since(at) > Self.tolerance
        readyAt = stoodStill ? now.advanced(by: Self.startReserve) : nil
        return !stoodStill
    }

    /// It ended; nothing is due for it any more.
    mutating func ended() {
        if failures > 0 { isWell = false }
        healthAt = nil
        watchdogAt = nil
        readyAt = nil
        startLimitAt = nil
        stopLimitAt = nil
    }
}
