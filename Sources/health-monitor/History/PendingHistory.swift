import KeepAliveKit
import KeepAlivePlatform

/// What alerts depend on and the history does not hold yet, as it stands in the reserve.
struct PendingHistory: Codable, Sendable {
    struct Entry: Codable, Sendable {
        let key: String
        let channel: String
        let event: AlertEvent
        let attempts: Int
        /// In microseconds since 1970.
        let dueAt: Int64
        let lastError: String?
    }

    var events: [AlertEvent]
    let states: [String: TargetState]
    var entries: [Entry]
    let delivered: [String]
    let retired: [String]
    let pushes: [String: PushRecord]

    /// - Parameter entries: those of the outbox that are new or changed.
    init(_ batch: HistoryBatch, _ entries: [Outbox.Entry], now: MonotonicTime, wallNow: WallTime) {
        events = batch.events
        states = batch.states
        self.entries = entries.map { entry in
            Entry(
                key: entry.key, channel: entry.channel, event: entry.event, attempts: entry.attempts,
                dueAt: wallNow.microseconds &+ entry.dueAt.since(now).microseconds, lastError: entry.lastError)
        }
        delivered = batch.deliveredKeys
        retired = batch.retired
        pushes = batch.pushes
    }

    /// The entries, their due times moved to this process's clock.
    func outbox(now: MonotonicTime, wallNow: WallTime) -> [Outbox.Entry] {
        entries.map { entry in
            Outbox.Entry(
                key: entry.key, channel: entry.channel, event: entry.event, attempts: entry.attempts,
                dueAt: Outbox.due(entry.dueAt, now: now, wallNow: wallNow), lastError: entry.lastError)
        }
    }

    /// The same without what can be missed: first the timeline, then that failures go on.
    var smaller: [PendingHistory] {
        var second = self
        second.events = []
        var third = second
        third.entries.removeAll { $0.event.kind == .repeated }
        return [self, second, third]
    }
}

extension Outbox {
    /// A due time that was kept as wall time, on this process's clock. No honest wait is longer than a day: the clock was
    /// changed.
    static func due(_ time: Int64, now: MonotonicTime, wallNow: WallTime) -> MonotonicTime {
        let (wait, overflow) = time.subtractingReportingOverflow(wallNow.microseconds)
        return !overflow && (0...86_400_000_000).contains(wait) ? now.advanced(by: .microseconds(wait)) : now
    }
}
