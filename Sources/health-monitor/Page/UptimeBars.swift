import KeepAliveKit

/// One bar for each day, as a short text that the page's script draws. Pure.
///
/// Consecutive days of one kind share an entry, which keeps a page of two thousand services small for phones: most days
/// are good.
enum UptimeBars {
    /// The rating of a day.
    enum Day: Int, CaseIterable {
        case good, troubled, bad, empty

        /// A day with any failure is not good; from 2 % failures on it is bad.
        init(_ uptime: Uptime?) {
            guard let uptime, let percent = uptime.percent else {
                self = .empty
                return
            }
            if uptime.unhealthy == 0, uptime.degraded == 0 {
                self = .good
            } else {
                self = percent >= 98 ? .troubled : .bad
            }
        }

        var hasFailures: Bool { self == .troubled || self == .bad }
    }

    /// The days from the oldest to today: `e13g60t99.79b93.46g15` are 13 empty days, 60 good ones, a day with 99.79 %
    /// and a bad one with 93.46 %, and 15 good ones.
    static func text(_ days: [Uptime?]) -> String {
        var text = ""
        var start = 0
        while start < days.count {
            let kind = Day(days[start])
            if kind.hasFailures {
                let percent = days[start]?.percent ?? 0
                text += "\(kind == .bad ? "b" : "t")\(Wording.hundredths(percent))"
                start += 1
                continue
            }
            var end = start + 1
            while end < days.count, Day(days[end]) == kind { end += 1 }
            text += "\(kind == .good ? "g" : "e")\(end - start)"
            start = end
        }
        return text
    }
}
