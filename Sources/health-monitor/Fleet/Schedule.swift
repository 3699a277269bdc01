import KeepAlivePlatform

/// When each target is due: a heap of times. Pure.
///
/// One loop wakes for all targets, since a timer of its own for each of a thousand costs more than many a probe.
struct Schedule<Instant: InstantProtocol> where Instant.Duration == Duration {
    private struct Entry: Comparable {
        let due: Instant
        let target: Int

        static func < (one: Entry, other: Entry) -> Bool { (one.due, one.target) < (other.due, other.target) }
    }

    private var heap = Heap<Entry>()
    private let intervals: [Duration]

    /// Targets are checked this far apart at first, or spread over their interval where there are more: a large fleet is no
    /// burst.
    static var spacing: Duration { .milliseconds(10) }

    /// - Parameter intervals: that of each target, by its place.
    init(_ intervals: [Duration], from start: Instant) {
        self.intervals = intervals
        for (target, interval) in intervals.enumerated() {
            let offset = min(Self.spacing * target, interval * target / intervals.count)
            heap.push(Entry(due: start.advanced(by: offset), target: target))
        }
    }

    /// When something is due next; nil where there is nothing.
    var next: Instant? { heap.first?.due }

    /// The targets that are due, in order. Each is due again an interval later; turns that were missed are skipped.
    mutating func take(at now: Instant) -> [Int] {
        var targets: [Int] = []
        while let first = heap.first, first.due <= now {
            heap.removeFirst()
            targets.append(first.target)
            let interval = intervals[first.target]
            let next = first.due.advanced(by: interval)
            // The phase is given up rather than that every missed turn is counted: the machine may have slept for a week.
            heap.push(Entry(due: next > now ? next : now.advanced(by: interval), target: first.target))
        }
        return targets
    }
}
