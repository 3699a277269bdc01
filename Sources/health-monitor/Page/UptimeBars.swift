/// One bar for each day, as SVG. Pure.
///
/// A path for each kind of day instead of a rectangle for each day: a page of 500 services is read by a phone.
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

        /// Bars differ in height too: not everybody tells red from green. Failures stand out.
        fileprivate var top: Int {
            switch self {
            case .good: 8
            case .troubled: 4
            case .bad: 0
            case .empty: 28
            }
        }

        fileprivate var name: String { "day\(rawValue)" }
    }

    static func markup(_ days: [Uptime?], label: String) -> Markup {
        var paths = [String](repeating: "", count: Day.allCases.count)
        for (index, day) in days.enumerated() {
            let kind = Day(day)
            paths[kind.rawValue] += "M\(index * 6) \(kind.top)h4V32h-4z"
        }
        let drawn = Markup(each: Day.allCases.filter { !paths[$0.rawValue].isEmpty }) { kind in
            "<path class=\"\(kind.name)\" d=\"\(paths[kind.rawValue])\"/>"
        }
        return """
            <svg class="bars" viewBox="0 0 \(max(1, days.count * 6 - 2)) 32" preserveAspectRatio="none" role="img" \
            aria-label="\(label)">\(drawn)</svg>
            """
    }
}
