import KeepAliveKit
import KeepAlivePlatform

/// The waiting events of one channel: one line per service, and the order of their turns. Pure.
///
/// No operation walks through all events: a channel that is down for days has thousands of them.
/// After a channel refuses three different events in a row, it gets one event at a time, at the pace of one. Otherwise
/// thousands of attempts could get us blocked. After a delivery the other events follow.
struct OutboxQueue: Sendable {
    typealias Entry = Outbox.Entry

    /// When the first event of a line is due. A turn is stale once its entry has left or has another time.
    private struct Turn: Comparable {
        let due: MonotonicTime
        let place: Int

        static func < (left: Turn, right: Turn) -> Bool { (left.due, left.place) < (right.due, right.place) }
    }

    /// After this many different events in a row fail, the channel is at fault, not the events.
    private static let telling = 3

    private var entries: [Int: Entry] = [:]
    private var places: [String: Int] = [:]
    private var lines: [String: [Int]] = [:]
    private var turns = Heap<Turn>()
    /// Places below are free or hold no repeat; places from `end` on are free.
    private var first = 0
    private var firstRepeat = 0
    private var end = 0
    /// The entries that failed since the channel's last delivery.
    private var failed: Set<String> = []
    private var heldUntil: MonotonicTime?
    /// The waiting first events for a channel with `after`: keys by alert.
    private(set) var escalations: [String: String] = [:]
    /// The error of the last attempt, if it failed.
    private(set) var trouble: String?

    var count: Int { entries.count }
    /// All entries in order.
    var all: [Entry] { entries.keys.sorted().compactMap { entries[$0] } }

    subscript(key: String) -> Entry? { places[key].flatMap { entries[$0] } }

    /// Whether the queue can be removed: no event waits, and no pause that the peer asked for is running.
    func isOver(at now: MonotonicTime) -> Bool { entries.isEmpty && heldUntil.map { $0 <= now } ?? true }

    // MARK: Adding and removing

    /// Adds an entry after the others, or before them; a known key marks a duplicate, which is skipped.
    mutating func add(_ entry: Entry, first isFirst: Bool = false) {
        guard places[entry.key] == nil else { return }
        let place = isFirst ? first - 1 : end
        if isFirst {
            first = place
            firstRepeat = place
            lines[entry.event.service, default: []].insert(place, at: 0)
        } else {
            end += 1
            lines[entry.event.service, default: []].append(place)
        }
        entries[place] = entry
        places[entry.key] = place
        if entry.isEscalation { escalations[entry.event.alertKey] = entry.key }
        schedule(place)
        guard entry.attempts > 0 else { return }
        failed.insert(entry.key)
        trouble = entry.lastError
    }

    /// Removes the least important entry: the oldest repeat, because it carries the least news.
    mutating func dropOne() -> Entry? {
        while firstRepeat < end, entries[firstRepeat]?.event.kind != .repeated { firstRepeat += 1 }
        if let entry = remove(firstRepeat) { return entry }
        while first < end, entries[first] == nil { first += 1 }
        return remove(first)
    }

    /// Removes an entry.
    mutating func take(_ key: String) -> Entry? { places[key].flatMap { remove($0) } }

    private mutating func remove(_ place: Int) -> Entry? {
        guard let entry = entries.removeValue(forKey: place) else { return nil }
        places[entry.key] = nil
        if escalations[entry.event.alertKey] == entry.key { escalations[entry.event.alertKey] = nil }
        failed.remove(entry.key)
        let service = entry.event.service
        guard let index = lines[service]?.firstIndex(of: place) else { return entry }
        lines[service]?.remove(at: index)
        if let next = lines[service]?.first { schedule(next) } else { lines[service] = nil }
        return entry
    }

    // MARK: Turns

    private mutating func schedule(_ place: Int) {
        guard let entry = entries[place], lines[entry.event.service]?.first == place else { return }
        turns.push(Turn(due: entry.dueAt, place: place))
    }

    /// The next entry to send, and when it is due.
    mutating func next() -> (entry: Entry, due: MonotonicTime)? {
        while let turn = turns.first {
            if let entry = entries[turn.place], entry.dueAt == turn.due,
                lines[entry.event.service]?.first == turn.place
            {
                return (entry, max(turn.due, heldUntil ?? turn.due))
            }
            turns.removeFirst()
        }
        return nil
    }

    /// Notes the outcome of an attempt; returns the waiting entry, nil if it is done.
    mutating func note(
        _ delivery: Delivery, for key: String, at now: MonotonicTime, _ pace: Outbox.Pace,
        using generator: inout some RandomNumberGenerator
    ) -> Entry? {
        if delivery.isDelivered { hurry(after: now, pace) }
        // The peer's pause applies to all our events, not only to this one.
        heldUntil = delivery.pause.map { now.advanced(by: $0) }
        guard let place = places[key], var entry = entries[place] else { return nil }
        switch delivery.outcome {
        case .delivered:
            _ = remove(place)
            return nil
        case .failed(let reason), .refused(let reason):
            entry.lastError = reason
            entry.dueAt = now.advanced(by: max(pace.delay(entry.attempts, using: &generator), delivery.pause ?? .zero))
        }
        entry.attempts &+= 1
        entry.triedAt = now
        entries[place] = entry
        trouble = entry.lastError
        // The channel works if some recipients have the event.
        if delivery.missing == nil { failed.insert(key) }
        if failed.count >= Self.telling {
            let hold = now.advanced(by: pace.first.delay(failed.count - Self.telling, using: &generator))
            heldUntil = max(hold, heldUntil ?? hold)
        }
        schedule(place)
        return entry
    }

    /// The channel works again: events with a long wait become due as soon as a young event would be.
    private mutating func hurry(after now: MonotonicTime, _ pace: Outbox.Pace) {
        trouble = nil
        for place in failed.compactMap({ places[$0] }) {
            guard let entry = entries[place] else { continue }
            let soon = entry.triedAt.map { max(now, $0.advanced(by: pace.first.maximum)) } ?? now
            guard soon < entry.dueAt else { continue }
            entries[place]?.dueAt = soon
            schedule(place)
        }
        failed = []
    }
}
