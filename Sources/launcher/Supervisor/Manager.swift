import KeepAliveKit
import KeepAlivePlatform

/// The service manager above the launcher, where there is one: systemd, or another launcher.
struct Manager {
    private let notifier: ServiceNotifier?
    /// Why the manager that the environment names cannot be told anything; nil where it can, and where there is none.
    let trouble: String?
    /// When it has to hear next that somebody watches.
    private(set) var watchdogAt: MonotonicTime?
    /// Whether it was told `READY=1`. Before that it counts the time of the start, and has to be asked for more.
    private(set) var isReady = false

    /// - Throws: `Errno` for a shortage that passes. Any other failure costs the manager its news, and nothing else.
    init() throws(Errno) {
        do throws(Errno) {
            notifier = try ServiceNotifier()
            trouble = nil
        } catch {
            if error.isPassingShortage { throw error }
            notifier = nil
            trouble = ServiceNotifier.words(for: error)
        }
    }

    var isPresent: Bool { notifier != nil }

    /// How often it wants to hear of the launcher.
    var watchdogTimeout: Duration? { notifier?.watchdogTimeout }

    /// Sends assignments in one datagram, as what belongs together has to come (`RELOADING=1` and its time).
    func send(_ assignments: String...) {
        send(assignments)
    }

    func send(_ assignments: [String]) {
        if !assignments.isEmpty { notifier?.send(assignments) }
    }

    /// Tells that the bot is ready. The launcher's own watchdog begins to count with it.
    mutating func sendReady(with others: [String]) {
        isReady = true
        send(["READY=1"] + others + (watchdogTimeout == nil ? [] : ["WATCHDOG=1"]))
    }

    /// Tells what the start waits for, and asks for the time: a start that waits is no start that hangs. A little more is
    /// for the processor, and for the decision that follows.
    func sendWaiting(_ status: String, for time: Duration) {
        let isLonger = !isReady && time > .zero
        send(["STATUS=\(status)"] + (isLonger ? [Self.extension(by: time + .seconds(30))] : []))
    }

    /// `EXTEND_TIMEOUT_USEC=`.
    static func `extension`(by time: Duration) -> String {
        "EXTEND_TIMEOUT_USEC=\(time.saturatedNanoseconds / 1000)"
    }

    /// Begins to say `WATCHDOG=1`, where that is wanted.
    mutating func beginWatchdog(at now: MonotonicTime) {
        watchdogAt = watchdogTimeout.map { _ in now }
    }

    /// Says `WATCHDOG=1` when it is due: the bot's own deadline is watched here, and so this says that somebody watches.
    mutating func feedWatchdog(at now: MonotonicTime) {
        guard let at = watchdogAt, at <= now, let timeout = watchdogTimeout else { return }
        send("WATCHDOG=1")
        watchdogAt = now.advanced(by: timeout / 3)
    }
}
