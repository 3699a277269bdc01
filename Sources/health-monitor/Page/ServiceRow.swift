import KeepAliveKit
import KeepAlivePlatform

/// One service as a row of the page. Pure.
///
/// A page has up to two thousand of them, so a row holds no drawing: the script draws its bars when they come into view.
enum ServiceRow {
    /// - Parameters:
    ///   - time: when the model was made; ages count from it.
    ///   - isWhole: whether to include all details, as on the page of one service.
    ///   - isHidden: whether the address asks for others.
    static func markup(
        _ service: FleetService, at time: WallTime, isWhole: Bool = false, isHidden: Bool = false
    ) -> Markup {
        let status = service.status
        let needs: Markup? = service.needsAttention ? " data-a=\"1\"" : nil
        let hidden: Markup? = isHidden ? " hidden=\"\"" : nil
        let note: Markup? = service.isSilenced ? "<span class=\"note\">expected</span>" : nil
        let critical: Markup? = service.details?.isCritical == true ? "<span class=\"note\">critical</span>" : nil
        // In bytes, because the letters of long encodings are often wide ones. The wall shows such a name smaller.
        let long: Markup? = service.name.utf8.count > 24 ? " long" : nil
        return """
            <li class="row \(status.rawValue)\(long)" id="s\(service.order)" data-g="\(service.groupOrder)"\(needs)\(hidden)>\
            \(icon(status))<h3><bdi>\(service.name)</bdi></h3>\(critical)\(note)\
            <b class="state">\(status.word)</b>\(reason(service))\(times(service, at: time))\(forecast(service))\
            <i class="bars" data-d="\(UptimeBars.text(service.days))"></i>\(uptime(service))\
            \(service.details.map { details($0, of: service, at: time, isWhole) })</li>

            """
    }

    /// An icon whose shape shows the state; the word stands beside it.
    static func icon(_ status: ProbeStatus) -> Markup {
        "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-\(status.rawValue)\"/></svg>"
    }

    /// The uptime of 90 days, or of as many as a young service has.
    private static func uptime(_ service: FleetService) -> Markup {
        guard let percent = service.uptime.percent else { return "<span class=\"up\">no data yet</span>" }
        let known = service.days.count { UptimeBars.Day($0) != .empty }
        let young: Markup? =
            known < service.days.count ? "<small> over \(known == 1 ? "1 day" : "\(known) days")</small>" : nil
        return "<span class=\"up\"><b>\(Wording.percent(percent))</b>\(young)</span>"
    }

    /// The expandable details of a service, for insiders: a link, which the script replaces with its content.
    private static func details(
        _ details: FleetService.Details, of service: FleetService, at time: WallTime, _ isWhole: Bool
    ) -> Markup {
        // The script also names the service here; without it the surrounding item does.
        let head: Markup = "<summary>Details</summary>"
        return isWhole
            ? "<details open=\"\">\(head)\(ServiceDetails.markup(details, of: service, at: time))</details>"
            : "<details>\(head)<a href=\"service?id=\(service.id)\">All details</a></details>"
    }

    private static func reason(_ service: FleetService) -> Markup? {
        if service.status == .maintenance {
            let end: Markup? = service.maintenanceEnd.map { " until \(Wording.clock($0.iso8601))" }
            return "<p class=\"why\">Maintenance\(end)</p>"
        }
        guard let details = service.details, service.status != .healthy else { return nil }
        let silence: Markup? = details.silence.map { " <span class=\"quiet\">(\($0))</span>" }
        return "<p class=\"why\"><bdi>\(details.message)</bdi>\(silence)</p>"
    }

    /// Since when it is so, and when it last changed.
    private static func times(_ service: FleetService, at time: WallTime) -> Markup? {
        var parts: [Markup?] = []
        if service.needsAttention {
            parts.append(service.since.map { "<span>for \(Wording.age($0, at: time))</span>" })
            parts.append(
                service.changed.flatMap { changed in
                    changed == service.since ? nil : "<span>changed \(Wording.age(changed, at: time)) ago</span>"
                })
        }
        parts.append(service.details?.nextDue.map { "<span>due \(Wording.clock($0.iso8601))</span>" })
        parts.append(ServiceMarkup.marks(service.details, at: time))
        if service.needsAttention { parts.append(ServiceMarkup.acknowledge(service.details)) }
        let shown = parts.compactMap(\.self)
        return shown.isEmpty ? nil : "<p class=\"when\">\(Markup(each: shown) { $0 })</p>"
    }

    private static func forecast(_ service: FleetService) -> Markup? {
        service.details?.forecast.map { "<p class=\"why forecast\">Forecast: <bdi>\($0)</bdi></p>" }
    }
}
