import KeepAliveKit
import KeepAlivePlatform

/// The vantages on the page, for insiders. Pure.
enum VantageMarkup {
    /// Who watches, and who leads.
    static func line(_ roll: VantageRoll) -> Markup {
        let names = roll.beats.enumerated().map { index, beat -> Markup in
            let comma: Markup? = index == 0 ? nil : ", "
            let state: Markup? = beat.state == .running ? nil : " (\(beat.state.rawValue))"
            return "\(comma)<bdi>\(beat.name)</bdi>\(state)"
        }
        let leader: Markup = roll.leader.map { "<bdi>\($0)</bdi> leads" } ?? "none leads, so no alert is sent"
        return "<p class=\"asof\">Seen from \(Markup(each: names) { $0 }); \(leader)</p>"
    }

    /// How each vantage sees a service.
    static func list(_ views: [VantageView]) -> Markup? {
        guard !views.isEmpty else { return nil }
        let items = Markup(each: views) { view in
            let status = view.isFresh ? view.says : .unknown
            let old: Markup? = view.isFresh ? nil : ", too old to count"
            return """
                <li class="\(status.rawValue)">\(ServiceRow.icon(status))<span><bdi>\(view.vantage)</bdi> \
                <span class="state">\(status.word)</span> since \
                \(Wording.time(WallTime(microseconds: view.since).iso8601)): <bdi>\(view.message)</bdi>; last check \
                \(Wording.time(WallTime(microseconds: view.checkedAt).iso8601))\(old)</span></li>
                """
        }
        return "<h4>Vantages</h4><ul class=\"parts\">\(items)</ul>\n"
    }
}
