import KeepAlivePlatform

/// When each target is due: a heap of times. Pure.
///
/// One loop wakes for all targets, since a timer of its own for each of a thousand costs more than many a probe.
struct Schedule<Instant: InstantProtocol> where Instant.Duration == Duration {
    private struct Entry {
        var due: Instant
        let target: Int
    }

    private var heap: [Entry] = []
    private let intervals: [Duration]

    /// Targets are checked this far apart at first, or spread over their interval where there are more: a large fleet is no
    /// burst.
    static var spacing: Duration { .milliseconds(10) }

    /// - Parameter intervals: that of each target, by its place.
    init(_ intervals: [Duration], from start: Instant) {
        self.intervals = intervals
        for (target, interval) in intervals.enumerated() {
            let offset = min(Self.spacing * target, interval * target / intervals.count)
            push(Entry(due: start.advanced(by: offset), target: target))
        }
    }

    /// When something is due next; nil where there is nothing.
    var next: Instant? { heap.first?.due }

    /// The targets that are due, in order. Each is due again an interval later; turns that were missed are skipped.
    mutating func take(at now: Instant) -> [Int] {
        var targets: [Int] = []
        while let first = heap.first, first.due <= now {
            targets.append(first.target)
            let interval = intervals[first.target]
            let next = first.due.advanced(by: interval)
            // The phase is given up rather than that every missed turn is counted: the machine may have slept for a week.
            heap[0].due = next > now ? next : now.advanced(by: interval)
            sink(0)
        }
        return targets
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var index = heap.count - 1
        while index > 0, heap[index].due < heap[(index - 1) / 2].due {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].due < heap[least].due {
                least = child
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
