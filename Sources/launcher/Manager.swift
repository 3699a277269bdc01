import KeepAliveKit

/// The service manager above the launcher, where there is one: systemd, or another launcher.
struct Manager {
    private let notifier: ServiceNotifier?
    /// When it has to hear next that somebody watches.
    private(set) var watchdogAt: MonotonicTime?

    /// - Throws: `Errno` when the socket that the environment names cannot be reached.
    init() throws(Errno) {
        notifier = try ServiceNotifier()
    }

    var isPresent: Bool { notifier != nil }

    /// How often it wants to hear of the launcher.
    var watchdogTimeout: Duration? { notifier?.watchdogTimeout }

    func send(_ assignment: String) {
        notifier?.send(assignment)
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
