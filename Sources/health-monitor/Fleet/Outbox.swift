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
        /// The last attempt's error.
        var lastError: String?
        /// When this process last attempted it.
        var triedAt: MonotonicTime?
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
    private(set) var dropped = 0

    init(pace: Pace = Pace()) {
        self.pace = pace
    }

    var count: Int { queues.values.reduce(0) { $0 + $1.count } }

    /// All waiting events, by channel, in order.
    var entries: [Entry] { queues.keys.sorted().flatMap { queues[$0]?.all ?? [] } }

    func entry(_ key: String, of channel: String) -> Entry? { queues[channel]?[key] }

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

    /// Notes the outcome of an attempt; returns the waiting entry, nil if it is done.
    mutating func note(
        _ delivery: Delivery, for entry: Entry, at now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) -> Entry? {
        let noted = queues[entry.channel]?.note(delivery, for: entry.key, at: now, pace, using: &generator)
        if queues[entry.channel]?.isOver(at: now) == true { queues[entry.channel] = nil }
        return noted ?? nil
    }
}
