import KeepAliveKit

/// One bar for each day, as SVG. Pure.
///
/// Consecutive days of one kind share a dashed line, whose dashes are the bars. This keeps a page of 500 services small
/// for phones, because most days are good.
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

        /// The vertical middle of the line. The style sheet also varies the bars' heights: not everybody can tell red
        /// from green.
        fileprivate var middle: Int {
            switch self {
            case .good: 20
            case .troubled: 18
            case .bad: 16
            case .empty: 30
            }
        }
    }

    static func markup(_ days: [Uptime?], label: String) -> Markup {
        var paths = [String](repeating: "", count: Day.allCases.count)
        var start = 0
        while start < days.count {
            let kind = Day(days[start])
            var end = start + 1
            while end < days.count, Day(days[end]) == kind { end += 1 }
            // A dash of 4 and a gap of 2 per day; each sub-path restarts the pattern.
            paths[kind.rawValue] += "M\(start * 6) \(kind.middle)H\(end * 6 - 2)"
            start = end
        }
        let drawn = Markup(each: Day.allCases.filter { !paths[$0.rawValue].isEmpty }) { kind in
            "<path class=\"d\(kind.rawValue)\" d=\"\(paths[kind.rawValue])\"/>"
        }
        return """
            <svg class="bars" viewBox="0 0 \(max(1, days.count * 6 - 2)) 32" preserveAspectRatio="none" role="img" \
            aria-label="\(label)"\(failures(days))>\(drawn)</svg>
            """
    }

    /// The numbers for single days, shown on hover: `40 99.79,50 93.46`.
    private static func failures(_ days: [Uptime?]) -> Markup? {
        let bad = days.enumerated().compactMap { index, day -> String? in
            guard Day(day).hasFailures, let percent = day?.percent else { return nil }
            return "\(index) \(Wording.hundredths(percent))"
        }
        return bad.isEmpty ? nil : " data-bad=\"\(bad.joined(separator: ","))\""
    }
}
