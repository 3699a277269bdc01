import Foundation

/// Examines processes that are not children of the test.
public enum Processes {
    /// Waits for the end of a process; false if it still runs after a generous time.
    public static func end(of processID: Int32) async -> Bool {
        (try? await Polling.until({ isGone(processID) }, isMet: { $0 })) ?? false
    }

    /// A zombie counts as ended: the adopter of orphans may be slow, or reap none.
    public static func isGone(_ processID: Int32) -> Bool {
        guard kill(processID, 0) == 0 else { return true }
        guard let stat = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return kill(processID, 0) != 0 }
        return stat[end...].hasPrefix(") Z")
    }

    /// Raises a signal for this thread, even if it blocks the signal; returns after its handler.
    public static func raise(_ number: Int32) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, number)
        unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        Foundation.raise(number)
    }

    /// The first child of a process.
    public static func child(of processID: Int32) -> Int32? {
        let path = "/proc/\(processID)/task/\(processID)/children"
        return (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ").first.flatMap { Int32($0) }
    }
}
