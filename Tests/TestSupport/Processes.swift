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
        return state(of: processID).map { $0 == "Z" } ?? (kill(processID, 0) != 0)
    }

    /// The state by its letter in proc(5), such as T for stopped; nil without a process.
    public static func state(of processID: Int32) -> Character? {
        guard let stat = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8) else { return nil }
        return stat.lastIndex(of: ")").flatMap { stat[$0...].dropFirst(2).first }
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
