import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Tells the service manager how this process is, by the sd_notify(3) protocol: systemd, or the kit's launcher.
///
/// Safe to use from any thread. It never waits: a manager that does not read misses a message, and the bot runs on.
package final class ServiceNotifier: Sendable {
    private let hasSaidReady = Atomic<Bool>(false)
    private let socket: DatagramSocket
    /// How often the manager wants to hear `WATCHDOG=1` at the latest; nil when it does not.
    package let watchdogTimeout: Duration?

    /// A notifier for the manager that the environment names (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`).
    ///
    /// - Throws: `Errno` when the socket that is named cannot be reached.
    /// - Returns: nil where there is no manager.
    package init?(environment: [String: String] = Settings.processEnvironment) throws(Errno) {
        guard let address = environment["NOTIFY_SOCKET"], !address.isEmpty else { return nil }
        socket = try DatagramSocket(sendingTo: address)
        // sd_watchdog_enabled(3): meant for this process unless WATCHDOG_PID names another.
        let isOurs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        if isOurs, let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0 {
            watchdogTimeout = .microseconds(microseconds)
        } else {
            watchdogTimeout = nil
        }
    }

    /// Whether `READY=1` was sent; before it a manager counts the time of the start, and expects no `WATCHDOG=1`.
    var isReady: Bool { hasSaidReady.load(ordering: .relaxed) }

    /// Tells that the bot is ready.
    package func ready(_ status: String) {
        hasSaidReady.store(true, ordering: .relaxed)
        send("READY=1", "STATUS=\(status)")
    }

    /// Sends assignments, such as `READY=1`, in one datagram.
    ///
    /// - Returns: whether the manager's socket took it.
    @discardableResult
    package func send(_ assignments: String...) -> Bool {
        send(assignments)
    }

    /// Sends assignments in one datagram.
    @discardableResult
    package func send(_ assignments: [String]) -> Bool {
        // A newline in a status text would begin an assignment of its own.
        let lines = assignments.map { String($0.map { $0.isNewline ? " " : $0 }) }
        return (try? socket.send(lines.joined(separator: "\n"))) != nil
    }
}
