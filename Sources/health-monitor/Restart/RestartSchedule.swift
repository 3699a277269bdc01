import KeepAliveKit

/// How often each target was restarted without becoming healthy, and when the next try is due. Pure; kept in
/// `restart_backoff.json`, so that a restart of the monitor continues the sequence.
struct RestartSchedule: Sendable, Equatable, Codable {
    struct Entry: Sendable, Equatable, Codable {
        var attempts: Int
        /// On the wall clock, in microseconds since 1970: the only clock that survives a reboot.
        var nextAt: Int64
    }

    private(set) var services: [String: Entry] = [:]

    /// 10 s from the failure to the first run of the command, then 20, 40, 80, 160, 300, 300, … seconds between two.
    static let backoff = Backoff(initial: .seconds(10), maximum: .seconds(300))

    /// Notes that a target is down. Whether that is news.
    mutating func noteFailure(of service: String, at now: Int64, _ backoff: Backoff = backoff) -> Bool {
        guard services[service] == nil else { return false }
        services[service] = Entry(attempts: 0, nextAt: Self.sum(now, backoff.delay(0)))
        return true
    }

    /// How long the next run has to wait yet.
    func wait(of service: String, at now: Int64, _ backoff: Backoff = backoff) -> Duration {
        guard let entry = services[service] else { return backoff.delay(0) }
        let (left, overflow) = entry.nextAt.subtractingReportingOverflow(now)
        // A clock that was set back must not put the next try off for longer than its delay.
        guard !overflow, left > 0, left <= backoff.delay(max(0, entry.attempts)).microseconds else { return .zero }
        return .microseconds(left)
    }

    /// Notes that the command of a target begins; returns the wait until the next run.
    mutating func noteRun(of service: String, at now: Int64, _ backoff: Backoff = backoff) -> Duration {
        let (count, overflow) = max(0, attempts(service)).addingReportingOverflow(1)
        let attempts = overflow ? Int.max : count
        let delay = backoff.delay(attempts)
        services[service] = Entry(attempts: attempts, nextAt: Self.sum(now, delay))
        return delay
    }

    /// The target is healthy: its sequence starts over. Whether anything was forgotten.
    mutating func forget(_ service: String) -> Bool { services.removeValue(forKey: service) != nil }

    func attempts(_ service: String) -> Int { services[service]?.attempts ?? 0 }

    private static func sum(_ now: Int64, _ delay: Duration) -> Int64 {
        let (sum, overflow) = now.addingReportingOverflow(delay.microseconds)
        return overflow ? now : sum
    }
}
