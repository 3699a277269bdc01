import KeepAlivePlatform

/// When each target is due, as a heap of times. Pure.
///
/// One loop serves all targets: with a thousand of them, a timer each would cost more than many probes.
struct Schedule<Instant: InstantProtocol> where Instant.Duration == Duration {
    private struct Entry: Comparable {
        let due: Instant
        let target: Int

        static func < (one: Entry, other: Entry) -> Bool { (one.due, one.target) < (other.due, other.target) }
    }

    private var heap = Heap<Entry>()
    private let intervals: [Duration]

    /// The first checks are this far apart, or spread over the interval if there are more targets. So a large fleet
    /// causes no burst.
    static var spacing: Duration { .milliseconds(10) }

    /// - Parameter intervals: each target's interval, by its index.
    init(_ intervals: [Duration], from start: Instant) {
        self.intervals = intervals
        for (target, interval) in intervals.enumerated() {
            let offset = min(Self.spacing * target, interval * target / intervals.count)
            heap.push(Entry(due: start.advanced(by: offset), target: target))
        }
    }

    /// When the next target is due; nil without targets.
    var next: Instant? { heap.first?.due }

    /// The due targets in order. Each is due again one interval later; missed turns are skipped.
    mutating func take(at now: Instant) -> [Int] {
        var targets: [Int] = []
        while let first = heap.first, first.due <= now {
            heap.removeFirst()
            targets.append(first.target)
            let interval = intervals[first.target]
            let next = first.due.advanced(by: interval)
            // Skip missed turns and accept a new phase: the machine may have slept for a week.
            heap.push(Entry(due: next > now ? next : now.advanced(by: interval), target: first.target))
        }
        return targets
    }
}
