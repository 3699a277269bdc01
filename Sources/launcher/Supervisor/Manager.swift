import KeepAliveKit
import KeepAlivePlatform

/// The service manager above the launcher, if any: systemd or another launcher.
struct Manager {
    private let notifier: ServiceNotifier?
    /// Why the environment's manager is unreachable; nil if it is reachable, or if there is none.
    let trouble: String?
    /// When the next `WATCHDOG=1` is due.
    private(set) var watchdogAt: MonotonicTime?
    /// Whether `READY=1` was sent. Before that the manager limits the start, and must be asked for more time.
    private(set) var isReady = false

    /// - Parameter environment: the launcher's, which names its manager.
    /// - Throws: `Errno` for a temporary shortage. After any other failure the manager only gets no notifications.
    init(environment: [String: String] = Settings.processEnvironment) throws(Errno) {
        do throws(Errno) {
            notifier = try ServiceNotifier(environment: environment)
            trouble = nil
        } catch {
            if error.isPassingShortage { throw error }
            notifier = nil
            trouble = ServiceNotifier.words(for: error, environment: environment)
        }
    }

    var isPresent: Bool { notifier != nil }

    /// The manager's watchdog timeout for the launcher.
    var watchdogTimeout: Duration? { notifier?.watchdogTimeout }

    /// Sends related assignments in one datagram, as the protocol requires (`RELOADING=1` and its time).
    func send(_ assignments: String...) {
        send(assignments)
    }

    func send(_ assignments: [String]) {
        if !assignments.isEmpty { notifier?.send(assignments) }
    }

    /// Reports that the bot is ready. The launcher's own watchdog starts with it.
    mutating func sendReady(with others: [String]) {
        isReady = true
        send(["READY=1"] + others + (watchdogTimeout == nil ? [] : ["WATCHDOG=1"]))
    }

    /// Reports why the start waits, and asks for time: a waiting start must not count as a hang. The request adds a
    /// margin for the processor and the next decision.
    func sendWaiting(_ status: String, for time: Duration) {
        let isLonger = !isReady && time > .zero
        send(["STATUS=\(status)"] + (isLonger ? [Self.extension(by: time + .seconds(30))] : []))
    }

    /// `EXTEND_TIMEOUT_USEC=`.
    static func `extension`(by time: Duration) -> String {
        "EXTEND_TIMEOUT_USEC=\(time.saturatedNanoseconds / 1000)"
    }

    /// Starts to send `WATCHDOG=1`, if the manager wants it.
    mutating func beginWatchdog(at now: MonotonicTime) {
        watchdogAt = watchdogTimeout.map { _ in now }
    }

    /// Sends `WATCHDOG=1` when due. It proves that the launcher works, which in turn enforces the bot's own deadline.
    mutating func feedWatchdog(at now: MonotonicTime) {
        guard let at = watchdogAt, at <= now, let timeout = watchdogTimeout else { return }
        send("WATCHDOG=1")
        watchdogAt = now.advanced(by: timeout / 3)
    }
}
