package import KeepAlivePlatform
import Synchronization

/// Tells the service manager how this process is, by the sd_notify(3) protocol: systemd, or the kit's launcher.
///
/// Safe to use from any thread. It never waits: what a manager that does not read has no room for is sent again by a thread
/// of its own, in the order in which it was said, and the bot runs on.
package final class ServiceNotifier: Sendable {
    private let hasSaidReady = Atomic<Bool>(false)
    private let socket: DatagramSocket
    private let unsent = Mutex(Unsent())
    private let announcement = Mutex<[String]>([])
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

    /// Why there is no notifier, in a line for the log: an address of a wrong form is called that.
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

    /// Tells that the bot is ready. From then on the manager expects `WATCHDOG=1`, and it comes along: a process that
    /// freezes right behind it is missed too.
    package func ready(_ status: String) {
        hasSaidReady.store(true, ordering: .relaxed)
        send(
            ["READY=1", "STATUS=\(status)"] + announcement.withLock { $0 }
                + (watchdogTimeout == nil ? [] : ["WATCHDOG=1"]))
    }

    /// Sends assignments now, and again with each `READY=1`.
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
        // A newline in a status text would begin an assignment of its own.
        // systemd passes over a whole datagram that has more than 4 KiB.
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
            // Without a thread, the next message tries again.
            if !unsent.isBeingSent {
                unsent.isBeingSent = (try? OSThread.start(name: "keepalive-notify") { self.sendUnsent() }) != nil
            }
            return false
        }
    }

    // MARK: What met a full queue

    private struct Unsent {
        var texts: [String] = []
        var isBeingSent = false

        /// A sign of life says nothing later, and of two texts in a row the last one counts.
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
                        // Any other error: nobody is there any more who could be told.
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
