import KeepAliveKit

/// How often each target was restarted without becoming healthy, and when the next attempt is due. Pure.
/// `restart_backoff.json` keeps it, so that a restart of the monitor continues the sequence.
struct RestartSchedule: Sendable, Equatable, Codable {
    struct Entry: Sendable, Equatable, Codable {
        var attempts: Int
        /// Microseconds since 1970: only the wall clock survives a reboot.
        var nextAt: Int64
    }

    private(set) var services: [String: Entry] = [:]

    /// The command first runs 10 s after the failure, then after 20, 40, 80, 160, 300, 300, … seconds.
    static let backoff = Backoff(initial: .seconds(10), maximum: .seconds(300))

    /// Notes that a target is down; returns whether that is new.
    mutating func noteFailure(of service: String, at now: Int64, _ backoff: Backoff = backoff) -> Bool {
        guard services[service] == nil else { return false }
        services[service] = Entry(attempts: 0, nextAt: Self.sum(now, backoff.delay(0)))
        return true
    }

    /// The remaining wait until the next run.
    func wait(of service: String, at now: Int64, _ backoff: Backoff = backoff) -> Duration {
        guard let entry = services[service] else { return backoff.delay(0) }
        let (left, overflow) = entry.nextAt.subtractingReportingOverflow(now)
        // After a clock was set back, the next attempt must not wait longer than its delay.
        guard !overflow, left > 0, left <= backoff.delay(max(0, entry.attempts)).microseconds else { return .zero }
        return .microseconds(left)
    }

    /// Notes that a target's command starts; returns the wait until the next run.
    mutating func noteRun(of service: String, at now: Int64, _ backoff: Backoff = backoff) -> Duration {
        let (count, overflow) = max(0, attempts(service)).addingReportingOverflow(1)
        let attempts = overflow ? Int.max : count
        let delay = backoff.delay(attempts)
        services[service] = Entry(attempts: attempts, nextAt: Self.sum(now, delay))
        return delay
    }

    /// The target is healthy: its delay returns to the first. Returns whether it had an entry.
    mutating func forget(_ service: String) -> Bool { services.removeValue(forKey: service) != nil }

    func attempts(_ service: String) -> Int { services[service]?.attempts ?? 0 }

    private static func sum(_ now: Int64, _ delay: Duration) -> Int64 {
        let (sum, overflow) = now.addingReportingOverflow(delay.microseconds)
        return overflow ? now : sum
    }
}
