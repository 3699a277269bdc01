import KeepAliveKit

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
    }

    enum Next: Sendable, Equatable {
        case send(Entry)
        case wait(until: MonotonicTime)
        case nothing
    }

    /// How long to wait after each kind of failure.
    struct Pace: Sendable {
        var failed = Backoff(initial: .seconds(5), maximum: .seconds(900), jitter: 0.3)
        /// It would need a person to work again; who mends it should not have to wait for half a day.
        var refused = Backoff(initial: .seconds(900), maximum: .seconds(21_600), jitter: 0.1)
    }

    /// The most events that wait for one channel; a channel that is dead for months must not fill the memory.
    static let limit = 10_000

    let pace: Pace
    private var queues: [String: [Entry]] = [:]
    /// When a peer has asked for silence, until then.
    private var pauses: [String: MonotonicTime] = [:]
    private(set) var dropped = 0

    init(pace: Pace = Pace()) {
        self.pace = pace
    }

    var count: Int { queues.values.reduce(0) { $0 + $1.count } }

    /// All that waits, channel by channel in order.
    var entries: [Entry] { queues.keys.sorted().flatMap { queues[$0] ?? [] } }

    func entry(_ key: String, of channel: String) -> Entry? { queues[channel]?.first { $0.key == key } }

    /// The channels that something waits for.
    var channels: [String] { queues.keys.sorted() }

    /// Adds entries behind the ones there are, or before them all; one whose key is there already is the same event.
    /// Returns those that had to go.
    mutating func add(_ new: [Entry], first: Bool = false) -> [Entry] {
        var gone: [Entry] = []
        for (channel, entries) in Dictionary(grouping: new, by: \.channel) {
            var queue = queues[channel] ?? []
            let known = Set(queue.map(\.key))
            let added = entries.filter { !known.contains($0.key) }
            queue = first ? added + queue : queue + added
            while queue.count > Self.limit {
                // That it still fails is the least of news.
                let index = queue.firstIndex { $0.event.kind == .repeated } ?? queue.startIndex
                gone.append(queue.remove(at: index))
                dropped &+= 1
            }
            queues[channel] = queue
        }
        return gone
    }

    /// What a channel does now.
    func next(for channel: String, at now: MonotonicTime) -> Next {
        guard let queue = queues[channel], !queue.isEmpty else { return .nothing }
        if let pause = pauses[channel], pause > now { return .wait(until: pause) }
        var services: Set<String> = []
        var soonest: MonotonicTime?
        for entry in queue where services.insert(entry.event.service).inserted {
            if entry.dueAt <= now { return .send(entry) }
            soonest = min(soonest ?? entry.dueAt, entry.dueAt)
        }
        return soonest.map { .wait(until: $0) } ?? .nothing
    }

    /// When a channel is due again, if something waits for it.
    func due(_ channel: String, at now: MonotonicTime) -> MonotonicTime? {
        switch next(for: channel, at: now) {
        case .send: now
        case .wait(let until): until
        case .nothing: nil
        }
    }

    /// Notes what came of sending an entry; returns how it stands now, nil when it is done with.
    mutating func note(
        _ delivery: Delivery, for entry: Entry, at now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) -> Entry? {
        guard let index = queues[entry.channel]?.firstIndex(where: { $0.key == entry.key }),
            var noted = queues[entry.channel]?[index]
        else { return nil }
        let wait: Duration
        switch delivery {
        case .delivered:
            queues[entry.channel]?.remove(at: index)
            if queues[entry.channel]?.isEmpty == true { queues[entry.channel] = nil }
            pauses[entry.channel] = nil
            return nil
        case .failed(let reason, let retryAfter):
            noted.lastError = reason
            let backoff = pace.failed.delay(noted.attempts, using: &generator)
            wait = max(backoff, retryAfter ?? .zero)
            // The peer speaks of all that we send it, not of this event.
            if let retryAfter { pauses[entry.channel] = now.advanced(by: retryAfter) }
        case .refused(let reason):
            noted.lastError = reason
            wait = pace.refused.delay(noted.attempts, using: &generator)
        }
        noted.attempts &+= 1
        noted.dueAt = now.advanced(by: wait)
        queues[entry.channel]?[index] = noted
        return noted
    }
}
