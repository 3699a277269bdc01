import KeepAliveKit

/// How often each target was restarted without becoming healthy, and when the next try is due. Pure; kept in
/// `restart_backoff.json`, so that a restart of the monitor does not begin the sequence anew.
struct RestartSchedule: Sendable, Equatable, Codable {
    struct Entry: Sendable, Equatable, Codable {
        var attempts: Int
        /// On the wall clock, in microseconds since 1970: the only clock that survives a reboot.
        var nextAt: Int64
    }

    private(set) var services: [String: Entry] = [:]

    /// 10, 20, 40, 80, 160, 300, 300, … seconds.
    static let backoff = Backoff(initial: .seconds(10), maximum: .seconds(300))

    /// Whether a target is to be restarted now; if so, it counts as done.
    mutating func take(_ service: String, at now: Int64) -> Bool {
        let entry = services[service] ?? Entry(attempts: 0, nextAt: .min)
        let delay = Self.backoff.delay(max(0, entry.attempts)).microseconds
        // A clock that was set back must not put the next try off for longer than its delay.
        let (left, overflow) = entry.nextAt.subtractingReportingOverflow(now)
        if !overflow, left > 0, left <= delay { return false }
        let (next, late) = now.addingReportingOverflow(delay)
        let (count, many) = entry.attempts.addingReportingOverflow(1)
        services[service] = Entry(attempts: many ? entry.attempts : count, nextAt: late ? now : next)
        return true
    }

    /// The target is healthy: its sequence starts over. Whether anything was forgotten.
    mutating func forget(_ service: String) -> Bool { services.removeValue(forKey: service) != nil }

    func attempts(_ service: String) -> Int { services[service]?.attempts ?? 0 }
}
