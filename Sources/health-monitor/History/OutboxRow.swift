import KeepAliveKit
import KeepAlivePlatform

/// An event waiting for a channel, as stored: due on the wall clock, which outlives the process.
struct OutboxRow: Codable, Sendable {
    let key: String
    let channel: String
    let event: AlertEvent
    let attempts: Int
    /// In microseconds since 1970.
    let dueAt: Int64
    let lastError: String?
    /// Whether it waits for somebody to acknowledge its alert; nil for rows of an earlier version.
    var isEscalation: Bool?
}

extension OutboxRow {
    init(_ entry: Outbox.Entry, now: MonotonicTime = .now(), wallNow: WallTime = .now()) {
        self.init(
            key: entry.key, channel: entry.channel, event: entry.event, attempts: entry.attempts,
            dueAt: wallNow.microseconds &+ entry.dueAt.since(now).microseconds, lastError: entry.lastError,
            isEscalation: entry.isEscalation)
    }

    /// The entry with its due time on this process's clock. Waits over a day are cut: they mean that the clock was
    /// changed.
    func entry(now: MonotonicTime = .now(), wallNow: WallTime = .now()) -> Outbox.Entry {
        let (wait, overflow) = dueAt.subtractingReportingOverflow(wallNow.microseconds)
        let isHonest = !overflow && (0...86_400_000_000).contains(wait)
        return Outbox.Entry(
            key: key, channel: channel, event: event, attempts: attempts,
            dueAt: isHonest ? now.advanced(by: .microseconds(wait)) : now, lastError: lastError,
            isEscalation: isEscalation ?? false)
    }
}
