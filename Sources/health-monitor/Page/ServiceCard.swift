import KeepAliveKit

/// One service as HTML. Pure.
enum ServiceCard {
    /// - Parameter time: when the model was made, for what is counted from it.
    static func markup(_ service: FleetService, at time: WallTime) -> Markup {
        let status = service.status
        let uptime = service.uptime.percent
        let scale: Markup =
            if let uptime {
                "<span class=\"figure\">\(Wording.percent(uptime))</span>"
            } else {
                "<span>nothing recorded yet</span>"
            }
        let note: Markup? = service.isSilenced ? "<span class=\"note\">expected</span>" : nil
        let critical: Markup? = service.details?.isCritical == true ? "<span class=\"note\">critical</span>" : nil
        return """
            <li class="card \(status.rawValue)" id="s\(service.order)" data-live="" data-rank="\(status.rank)" \
            data-order="\(service.order)">
            <div class="head">\(icon(status))<h3><bdi>\(service.name)</bdi></h3>\(critical)\(note)\
            <span class="state">\(status.word)</span></div>
            \(message(service))\(forecast(service))
            \(UptimeBars.markup(service.days, label: label(service, uptime)))
            <div class="scale" aria-hidden="true"><span>\(service.days.count) days ago</span>\(scale)<span>today</span></div>
            \(service.details.map { ServiceDetails.markup($0, of: service, at: time) })
            </li>

            """
    }

    /// A picture of a state whose shape says it too; the word stands beside it.
    static func icon(_ status: ProbeStatus) -> Markup {
        "<svg class=\"icon\" viewBox=\"0 0 16 16\" aria-hidden=\"true\"><use href=\"#i-\(status.rawValue)\"/></svg>"
    }

    private static func message(_ service: FleetService) -> Markup? {
        guard let details = service.details, service.status != .healthy else { return nil }
        let silence: Markup? = details.silence.map { " <span class=\"quiet\">(\($0))</span>" }
        return "<p class=\"message\"><bdi>\(details.message)</bdi>\(silence)</p>"
    }

    private static func forecast(_ service: FleetService) -> Markup? {
        service.details?.forecast.map { "<p class=\"message forecast\">Going on like this: <bdi>\($0)</bdi></p>" }
    }

    /// What the bars show, in words.
    static func label(_ service: FleetService, _ uptime: Double?) -> String {
        guard let uptime else { return "Uptime of \(service.name): nothing recorded yet" }
        let kinds = service.days.map(UptimeBars.Day.init)
        let trouble = kinds.count { $0 == .bad || $0 == .troubled }
        let known = kinds.count { $0 != .empty }
        return "Uptime of \(service.name): \(Wording.percent(uptime)) over \(known) \(known == 1 ? "day" : "days"), "
            + (trouble == 0 ? "no day with failures" : "\(trouble) \(trouble == 1 ? "day" : "days") with failures")
    }
}
