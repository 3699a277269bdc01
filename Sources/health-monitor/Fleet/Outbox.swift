import KeepAliveKit
import KeepAlivePlatform

/// The undelivered events by channel, and when each is due. Pure: the caller passes the time and gets decisions.
///
/// A channel sends one event at a time. A service's events leave in order, so that a recovery never arrives before its
/// failure. A waiting event does not delay other services' events.
struct Outbox: Sendable {
    struct Entry: Sendable, Equatable {
        let key: String
        let channel: String
        let event: AlertEvent
        var attempts = 0
        var dueAt: MonotonicTime
        /// When it is due without the wait for the check after an acknowledgement was taken back; nil if it does not wait.
        var dueWithoutWait: MonotonicTime?
        /// The last attempt's error.
        var lastError: String?
        /// When this process last attempted it.
        var triedAt: MonotonicTime?
        /// Whether its channel gets it only if nobody acknowledges the alert before it is due.
        var isEscalation = false
    }

    enum Next: Sendable, Equatable {
        case send(Entry)
        case wait(until: MonotonicTime)
        case nothing
    }

    /// How long to wait after a failure of any kind: a refusal too may end once a person has repaired the channel.
    struct Pace: Sendable {
        /// The pace of at least the first ten minutes. An answer may take 30 s, so an event leaves within a minute of
        /// the channel's recovery.
        var first = Backoff(initial: .seconds(1), maximum: .seconds(20), jitter: 0.25)
        var firstTries = 45
        var later = Backoff(initial: .seconds(40), maximum: .seconds(300), jitter: 0.25)

        func delay(_ attempts: Int, using generator: inout some RandomNumberGenerator) -> Duration {
            attempts < firstTries
                ? first.delay(attempts, using: &generator)
                : later.delay(attempts - firstTries, using: &generator)
        }
    }

    /// The most events that wait for one channel; a channel that is dead for months must not fill the memory.
    static let limit = 10_000

    let pace: Pace
    private var queues: [String: OutboxQueue] = [:]
    /// The first events of acknowledged alerts, by key: they wait until the acknowledgement is taken back.
    private var held: [String: Entry] = [:]
    private(set) var dropped = 0

    init(pace: Pace = Pace()) {
        self.pace = pace
    }

    var count: Int { queues.values.reduce(0) { $0 + $1.count } }

    /// All waiting events, by channel, in order, and the held ones.
    var entries: [Entry] {
        queues.keys.sorted().flatMap { queues[$0]?.all ?? [] }
            + held.values.sorted { ($0.channel, $0.key) < ($1.channel, $1.key) }
    }

    func entry(_ key: String, of channel: String) -> Entry? { queues[channel]?[key] ?? held[key] }

    /// How many events each channel has waiting.
    var counts: [String: Int] { queues.mapValues(\.count).filter { $0.value > 0 } }

    /// The channel's last error; nil after a delivery.
    func trouble(of channel: String) -> String? { queues[channel]?.trouble }

    /// Adds entries after the existing ones, or before them. A known key marks a duplicate, which is skipped.
    /// Returns the entries that were dropped.
    mutating func add(_ new: [Entry], first: Bool = false) -> [Entry] {
        for entry in first ? new.reversed() : new {
            queues[entry.channel, default: OutboxQueue()].add(entry, first: first)
        }
        var gone: [Entry] = []
        for channel in Set(new.map(\.channel)) {
            while let count = queues[channel]?.count, count > Self.limit, let entry = queues[channel]?.dropOne() {
                gone.append(entry)
                dropped &+= 1
            }
        }
        return gone
    }

    /// The channel's next step.
    mutating func next(for channel: String, at now: MonotonicTime) -> Next {
        guard let next = queues[channel]?.next() else { return .nothing }
        return next.due <= now ? .send(next.entry) : .wait(until: next.due)
    }

    /// When a channel is due again; nil if it has no waiting event.
    mutating func due(_ channel: String, at now: MonotonicTime) -> MonotonicTime? {
        queues[channel]?.next().map { max($0.due, now) }
    }

    // MARK: Escalation

    /// The first event of an alert for a channel with `after`, while it waits there, and whether it is held.
    func escalation(of alert: String, for channel: String) -> (entry: Entry, isHeld: Bool)? {
        if let entry = held.values.first(where: { $0.channel == channel && $0.event.alertKey == alert }) {
            return (entry, true)
        }
        return queues[channel]?.escalations[alert].flatMap { queues[channel]?[$0] }.map { ($0, false) }
    }

    /// Holds an acknowledged alert's first events for channels with `after`.
    mutating func hold(_ alert: String) {
        for channel in queues.keys {
            guard let key = queues[channel]?.escalations[alert], let entry = queues[channel]?.take(key) else {
                continue
            }
            held[key] = entry
        }
    }

    /// Lets them go on: each is due as before, but one that nobody has tried to send not earlier than `time`.
    mutating func release(_ alert: String, notBefore time: MonotonicTime) {
        for var entry in held.values where entry.event.alertKey == alert {
            held[entry.key] = nil
            if entry.attempts == 0 {
                let due = entry.dueWithoutWait ?? entry.dueAt
                (entry.dueWithoutWait, entry.dueAt) = (due, max(due, time))
            }
            queues[entry.channel, default: OutboxQueue()].add(entry)
        }
    }

    /// Ends that wait: whatever `release` delayed until `time` is due now, or when it would have been due without that.
    mutating func hasten(_ alert: String, dueAt time: MonotonicTime, to now: MonotonicTime) {
        for channel in queues.keys {
            guard let key = queues[channel]?.escalations[alert], var entry = queues[channel]?[key],
                let due = entry.dueWithoutWait, entry.dueAt == time, now < time
            else { continue }
            drop(entry)
            (entry.dueWithoutWait, entry.dueAt) = (nil, max(now, due))
            queues[channel, default: OutboxQueue()].add(entry)
        }
    }

    /// Removes an entry without sending it.
    mutating func drop(_ entry: Entry) {
        held[entry.key] = nil
        _ = queues[entry.channel]?.take(entry.key)
    }

    /// Puts a newer event of the same alert in the place of a waiting one.
    mutating func replace(_ old: Entry, by new: Entry) {
        let isHeld = held[old.key] != nil
        drop(old)
        if isHeld { held[new.key] = new } else { queues[new.channel, default: OutboxQueue()].add(new) }
    }

    /// Notes the outcome of an attempt; returns the waiting entry, nil if it is done.
    mutating func note(
        _ delivery: Delivery, for entry: Entry, at now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) -> Entry? {
        // Its alert was acknowledged while it was being sent.
        if var waiting = held[entry.key] {
            waiting.attempts &+= 1
            waiting.triedAt = now
            held[entry.key] = delivery.isDelivered ? nil : waiting
            return held[entry.key]
        }
        let noted = queues[entry.channel]?.note(delivery, for: entry.key, at: now, pace, using: &generator)
        if queues[entry.channel]?.isOver(at: now) == true { queues[entry.channel] = nil }
        return noted ?? nil
    }
}
