package import KeepAlivePlatform
import Synchronization

/// Reports this process's state to the service manager by the sd_notify(3) protocol: systemd, or the kit's launcher.
///
/// Safe to use from any thread. It never waits: when a manager's queue is full, a separate thread resends the messages
/// in order, and the bot continues.
package final class ServiceNotifier: Sendable {
    private let hasSaidReady = Atomic<Bool>(false)
    private let socket: DatagramSocket
    private let unsent = Mutex(Unsent())
    private let announcement = Mutex<[String]>([])
    /// The manager's limit between two `WATCHDOG=1`; nil when it expects none.
    package let watchdogTimeout: Duration?

    /// A notifier for the manager in the environment (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`).
    ///
    /// - Throws: `Errno` when the named socket cannot be reached.
    /// - Returns: nil if there is no manager.
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

    /// Whether `READY=1` was sent; before it a manager limits the start time, and expects no `WATCHDOG=1`.
    var isReady: Bool { hasSaidReady.load(ordering: .relaxed) }

    /// Why there is no notifier, in a line for the log; it names a malformed address as such.
    package static func words(
        for error: Errno, environment: [String: String] = Settings.processEnvironment
    ) -> String {
        switch error.code {
        case EINVAL, ENAMETOOLONG:
            "NOTIFY_SOCKET=\"\(environment["NOTIFY_SOCKET"] ?? "")\" is no address of a socket: \(error.message)"
        default:
            "NOTIFY_SOCKET cannot be reached (\(error.message)): the service manager gets no status; check NOTIFY_SOCKET"
        }
    }

    /// Why a `WATCHDOG_USEC` has no effect; nil for 0, which asks for no `WATCHDOG=1`.
    package static func watchdogTrouble(
        in environment: [String: String] = Settings.processEnvironment
    ) -> String? {
        guard let text = environment["WATCHDOG_USEC"], !text.isEmpty, Int64(text).map({ $0 < 0 }) ?? true else {
            return nil
        }
        return "WATCHDOG_USEC=\"\(text)\" has no effect: give a whole number of microseconds, or unset it"
    }

    /// Reports that the bot is ready. From then on the manager expects `WATCHDOG=1`, which this message includes: so it
    /// also detects a process that freezes right after it.
    package func ready(_ status: String) {
        hasSaidReady.store(true, ordering: .relaxed)
        send(
            ["READY=1", "STATUS=\(status)"] + announcement.withLock { $0 }
                + (watchdogTimeout == nil ? [] : ["WATCHDOG=1"]))
    }

    /// Sends assignments now, and with each later `READY=1`.
    func announce(_ assignments: [String]) {
        announcement.withLock { $0 = assignments }
        send(assignments)
    }

    /// Sends assignments, such as `READY=1`, in one datagram.
    ///
    /// - Returns: whether the manager's socket has taken it by now.
    @discardableResult
    package func send(_ assignments: String...) -> Bool {
        send(assignments)
    }

    /// Sends assignments in one datagram.
    @discardableResult
    package func send(_ assignments: [String]) -> Bool {
        // A newline in a status text would begin another assignment. systemd ignores any datagram over 4 KiB.
        let lines = assignments.map { String($0.map { $0.isNewline ? " " : $0 }).cut(toBytes: 1024) }
        let text = lines.joined(separator: "\n")
        return unsent.withLock { unsent in
            if unsent.texts.isEmpty {
                do throws(Errno) {
                    try socket.send(text)
                    return true
                } catch {
                    guard error.isQueueFull else { return false }
                }
            }
            unsent.add(text)
            // Without a thread, the next message retries.
            if !unsent.isBeingSent {
                unsent.isBeingSent = (try? OSThread.start(name: "keepalive-notify") { self.sendUnsent() }) != nil
            }
            return false
        }
    }

    // MARK: Messages for a full queue

    private struct Unsent {
        var texts: [String] = []
        var isBeingSent = false

        /// A late sign of life proves nothing, and of two successive texts the last one counts.
        mutating func add(_ text: String) {
            guard text != "WATCHDOG=1" else { return }
            func isStatus(_ text: String) -> Bool { text.hasPrefix("STATUS=") && !text.utf8.contains(0x0A) }
            if isStatus(text), let last = texts.last, isStatus(last) { texts.removeLast() }
            if texts.count < 256 { texts.append(text) }
        }
    }

    private func sendUnsent() {
        while true {
            _ = Poller.isWritable(socket.raw, within: 1000)
            let isOver = unsent.withLock { unsent in
                while let next = unsent.texts.first {
                    do throws(Errno) {
                        try socket.send(next)
                    } catch {
                        // Any other error: the manager is gone.
                        if error.isQueueFull { return false }
                    }
                    unsent.texts.removeFirst()
                }
                unsent.isBeingSent = false
                return true
            }
            if isOver { return }
            OSThread.rest(milliseconds: 50)
        }
    }
}
