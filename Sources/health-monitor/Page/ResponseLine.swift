/// How fast a service answered lately. Pure.
struct ResponseLine: Sendable, Equatable {
    /// What is shown: as much of a day as there are checks of, so that a new service has a line after its second check.
    struct Span: Sendable, Equatable {
        /// Seconds.
        let length: Int64
        /// The seconds that are one point.
        let step: Int64

        static let longest: Int64 = 86_400
        private static let lengths: [Int64] = [900, 3600, 6 * 3600, longest]
        /// A line has no more to show on a screen.
        private static let mostPoints: Int64 = 96

        /// - Parameters:
        ///   - oldest: the time of the oldest check that is known; nil where there is none.
        ///   - interval: how often the service is checked. A point stands for one check at least.
        init(oldest: Int64?, at now: Int64, interval: Int64) {
            let (age, overflow) = now.subtractingReportingOverflow(oldest ?? now)
            length = Self.lengths.first { !overflow && $0 >= age } ?? Self.longest
            step = max(1, (length + Self.mostPoints - 1) / Self.mostPoints, min(interval, Self.longest))
        }
    }

    let span: Span
    /// The end of what is shown, in seconds since 1970.
    let now: Int64
    /// The oldest first.
    var points: [ResponsePoint]

    var start: Int64 { now - span.length }

    /// The points without gaps between them. A check may be late by one point.
    var runs: [[ResponsePoint]] {
        var runs: [[ResponsePoint]] = []
        for point in points {
            if let last = runs.last?.last, point.second - last.second <= span.step * 5 / 2 {
                runs[runs.count - 1].append(point)
            } else {
                runs.append([point])
            }
        }
        return runs
    }
}
