import KeepAliveKit
import KeepAlivePlatform

/// What waits for one channel: each service's events in a line of their own, and whose turn it is. Pure.
///
/// No operation looks at all that waits: a channel that is down for days has thousands of events waiting. A channel that
/// refuses three different events in a row gets one at a time, at the pace of one, so that thousands of tries do not have
/// it shut us out; once it takes one, the others follow.
struct OutboxQueue: Sendable {
    typealias Entry = Outbox.Entry

    /// When the head of a line is due. It is out of date once that entry has gone, or its time was changed.
    private struct Turn: Comparable {
        let due: MonotonicTime
        let place: Int

        static func < (left: Turn, right: Turn) -> Bool { (left.due, left.place) < (right.due, right.place) }
    }

    /// So many different events that fail in a row are the channel's fault and not their own.
    private static let telling = 3

    private var entries: [Int: Entry] = [:]
    private var places: [String: Int] = [:]
    private var lines: [String: [Int]] = [:]
    private var turns = Heap<Turn>()
    /// All places below are free, or hold no repeat; those from `end` on are free.
    private var first = 0
    private var firstRepeat = 0
    private var end = 0
    /// The entries that failed since the channel last took one.
    private var failed: Set<String> = []
    private var heldUntil: MonotonicTime?
    /// What came of the last try, where it failed.
    private(set) var trouble: String?

    var count: Int { entries.count }
    /// All, in order.
    var all: [Entry] { entries.keys.sorted().compactMap { entries[$0] } }

    subscript(key: String) -> Entry? { places[key].flatMap { entries[$0] } }

    /// Whether nothing waits, nor has to be waited for: what a peer asked for holds for the next event too.
    func isOver(at now: MonotonicTime) -> Bool { entries.isEmpty && heldUntil.map { $0 <= now } ?? true }

    // MARK: Coming and going

    /// Adds an entry behind the others, or before them; one whose key is there already is the same event.
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
        schedule(place)
        guard entry.attempts > 0 else { return }
        failed.insert(entry.key)
        trouble = entry.lastError
    }

    /// Takes out the entry that is missed least: the oldest repeat, since that it still fails is the least of news.
    mutating func dropOne() -> Entry? {
        while firstRepeat < end, entries[firstRepeat]?.event.kind != .repeated { firstRepeat += 1 }
        if let entry = remove(firstRepeat) { return entry }
        while first < end, entries[first] == nil { first += 1 }
        return remove(first)
    }

    private mutating func remove(_ place: Int) -> Entry? {
        guard let entry = entries.removeValue(forKey: place) else { return nil }
        places[entry.key] = nil
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

    /// The next entry to send, and from when on.
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

    /// Notes what came of sending an entry; returns how it stands now, nil when it is done with.
    mutating func note(
        _ delivery: Delivery, for key: String, at now: MonotonicTime, _ pace: Outbox.Pace,
        using generator: inout some RandomNumberGenerator
    ) -> Entry? {
        if delivery.isDelivered { hurry(after: now, pace) }
        // The peer speaks of all that we send it, not of this event.
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
        failed.insert(key)
        if failed.count >= Self.telling {
            let hold = now.advanced(by: pace.first.delay(failed.count - Self.telling, using: &generator))
            heldUntil = max(hold, heldUntil ?? hold)
        }
        schedule(place)
        return entry
    }

    /// The channel has taken one: what had to wait for long is due as soon as a young event would be.
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
