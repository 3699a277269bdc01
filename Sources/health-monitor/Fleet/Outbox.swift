import KeepAliveKit
import KeepAlivePlatform

/// The events that wait to be told, by channel, and when each is due. Pure: times go in, decisions come out.
///
/// One channel sends one event at a time. Of one service its events leave in order: nobody hears that it recovered before
/// that it failed. Events of other services go past one that waits.
struct Outbox: Sendable {
    struct Entry: Sendable, Equatable {
        let key: String
        let channel: String
        let event: AlertEvent
        var attempts = 0
        var dueAt: MonotonicTime
        /// What came of the last try.
        var lastError: String?
        /// When this process last tried it.
        var triedAt: MonotonicTime?
    }

    enum Next: Sendable, Equatable {
        case send(Entry)
        case wait(until: MonotonicTime)
        case nothing
    }

    /// How long to wait after a failure, whatever kind it is: what a peer refuses today it may take once somebody has mended
    /// the channel, and that somebody is waiting.
    struct Pace: Sendable {
        /// The tries of the first ten minutes at least: an answer may take 30 s, and with this wait an event still leaves
        /// within a minute of the channel being well.
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

    /// All that waits, channel by channel in order.
    var entries: [Entry] { queues.keys.sorted().flatMap { queues[$0]?.all ?? [] } }

    func entry(_ key: String, of channel: String) -> Entry? { queues[channel]?[key] }

    /// How many events wait for each channel.
    var counts: [String: Int] { queues.mapValues(\.count).filter { $0.value > 0 } }

    /// What a channel answered to the last try, where it took nothing since.
    func trouble(of channel: String) -> String? { queues[channel]?.trouble }

    /// Adds entries behind the ones there are, or before them all; one whose key is there already is the same event.
    /// Returns those that had to go.
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

    /// What a channel does now.
    mutating func next(for channel: String, at now: MonotonicTime) -> Next {
        guard let next = queues[channel]?.next() else { return .nothing }
        return next.due <= now ? .send(next.entry) : .wait(until: next.due)
    }

    /// When a channel is due again, if something waits for it.
    mutating func due(_ channel: String, at now: MonotonicTime) -> MonotonicTime? {
        queues[channel]?.next().map { max($0.due, now) }
    }

    /// Notes what came of sending an entry; returns how it stands now, nil when it is done with.
    mutating func note(
        _ delivery: Delivery, for entry: Entry, at now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) -> Entry? {
        let noted = queues[entry.channel]?.note(delivery, for: entry.key, at: now, pace, using: &generator)
        if queues[entry.channel]?.isOver(at: now) == true { queues[entry.channel] = nil }
        return noted ?? nil
    }
}
