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
    /// When each target is due, by its index.
    private(set) var due: [Instant]

    /// The first checks are this far apart, or spread over the interval if there are more targets. So a large fleet
    /// causes no burst.
    static var spacing: Duration { .milliseconds(10) }

    /// - Parameters:
    ///   - intervals: each target's interval, by its index.
    ///   - known: when targets of an earlier schedule are due, by their indices here.
    init(_ intervals: [Duration], from start: Instant, known: [Int: Instant] = [:]) {
        self.intervals = intervals
        due = intervals.enumerated().map { target, interval in
            let offset = min(Self.spacing * target, interval * target / intervals.count)
            return known[target] ?? start.advanced(by: offset)
        }
        for (target, due) in due.enumerated() { heap.push(Entry(due: due, target: target)) }
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
            due[first.target] = next > now ? next : now.advanced(by: interval)
            heap.push(Entry(due: due[first.target], target: first.target))
        }
        return targets
    }
}
