import KeepAliveKit
import KeepAlivePlatform

/// One service as HTML. Pure.
enum ServiceCard {
    /// - Parameters:
    ///   - time: when the model was made; ages count from it.
    ///   - isWhole: whether to include all details, as on the page of one service.
    static func markup(_ service: FleetService, at time: WallTime, isWhole: Bool = false) -> Markup {
        let status = service.status
        let uptime = service.uptime.percent
        let known = service.days.count { UptimeBars.Day($0) != .empty }
        // A young service's uptime does not cover 90 days.
        let isYoung = known < service.days.count
        let figure: Markup =
            uptime.map { uptime in
                let percent: Markup = "<b>\(Wording.percent(uptime))</b>"
                return isYoung ? "<span>\(percent) over \(days(known))</span>" : percent
            } ?? "nothing recorded yet"
        let note: Markup? = service.isSilenced ? "<span class=\"note\">expected</span>" : nil
        let critical: Markup? = service.details?.isCritical == true ? "<span class=\"note\">critical</span>" : nil
        return """
            <li class="card \(status.rawValue)" id="s\(service.order)">\
            <div class="head">\(icon(status))<h3><bdi>\(service.name)</bdi></h3>\(critical)\(note)\
            <span class="state">\(status.word)</span></div>\(message(service))\(forecast(service))\
            \(UptimeBars.markup(service.days, label: label(service, uptime)))\
            <p class="scale" aria-hidden="true">\(figure)</p>\
            \(service.details.map { details($0, of: service, at: time, isWhole) })</li>

            """
    }

    /// An icon whose shape shows the state; the word stands beside it.
    static func icon(_ status: ProbeStatus) -> Markup {
        "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-\(status.rawValue)\"/></svg>"
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

    private static func message(_ service: FleetService) -> Markup? {
        guard let details = service.details, service.status != .healthy else { return nil }
        let silence: Markup? = details.silence.map { " <span class=\"quiet\">(\($0))</span>" }
        return "<p class=\"message\"><bdi>\(details.message)</bdi>\(silence)</p>"
    }

    private static func forecast(_ service: FleetService) -> Markup? {
        service.details?.forecast.map { "<p class=\"message forecast\">Forecast: <bdi>\($0)</bdi></p>" }
    }

    /// The bars in words.
    static func label(_ service: FleetService, _ uptime: Double?) -> String {
        guard let uptime else { return "Uptime: nothing recorded yet" }
        let kinds = service.days.map(UptimeBars.Day.init)
        let trouble = kinds.count { $0.hasFailures }
        let known = kinds.count { $0 != .empty }
        return "Uptime: \(Wording.percent(uptime)) over \(days(known)), "
            + (trouble == 0 ? "no day with failures" : "\(days(trouble)) with failures")
    }

    private static func days(_ count: Int) -> String { count == 1 ? "1 day" : "\(count) days" }
}
