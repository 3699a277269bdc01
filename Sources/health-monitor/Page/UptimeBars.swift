import KeepAliveKit

/// One bar for each day, as SVG. Pure.
///
/// Days of one kind that follow each other are one dashed line, whose dashes are the bars: a page of 500 services is read
/// by a phone, and most days are good ones.
enum UptimeBars {
    /// How a day went.
    enum Day: Int, CaseIterable {
        case good, troubled, bad, empty

        /// A day with any failure is not good; from 2 % of failures on it is bad.
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

        /// The middle of the line. Bars differ in height too, which the style sheet gives: not everybody tells red from green.
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
            // A dash of 4 and a gap of 2 for each day; the sub-path begins them anew.
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

    /// What is said of single days where somebody points at them: `40 99.79,50 93.46`.
    private static func failures(_ days: [Uptime?]) -> Markup? {
        let bad = days.enumerated().compactMap { index, day -> String? in
            guard Day(day).hasFailures, let percent = day?.percent else { return nil }
            return "\(index) \(Wording.hundredths(percent))"
        }
        return bad.isEmpty ? nil : " data-bad=\"\(bad.joined(separator: ","))\""
    }
}
