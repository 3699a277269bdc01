/// A service's recent response times. Pure.
struct ResponseLine: Sendable, Equatable {
    /// The visible span: up to a day, or less if the checks are younger, so that a new service has a line after two
    /// checks.
    struct Span: Sendable, Equatable {
        /// Seconds.
        let length: Int64
        /// The seconds per point.
        let step: Int64

        static let longest: Int64 = 86_400
        private static let lengths: [Int64] = [900, 3600, 6 * 3600, longest]
        /// More points would not be visible on a screen.
        private static let mostPoints: Int64 = 96

        /// - Parameters:
        ///   - oldest: the time of the oldest known check; nil without checks.
        ///   - interval: the service's check interval. Each point covers at least one check.
        init(oldest: Int64?, at now: Int64, interval: Int64) {
            let (age, overflow) = now.subtractingReportingOverflow(oldest ?? now)
            length = Self.lengths.first { !overflow && $0 >= age } ?? Self.longest
            step = max(1, (length + Self.mostPoints - 1) / Self.mostPoints, min(interval, Self.longest))
        }
    }

    let span: Span
    /// The end of the span, in seconds since 1970.
    let now: Int64
    /// The oldest first.
    var points: [ResponsePoint]

    var start: Int64 { now - span.length }

    /// Runs of points without gaps. A check may be late by one point.
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
