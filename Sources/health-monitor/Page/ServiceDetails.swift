import KeepAliveKit
import KeepAlivePlatform

/// The expandable details of a service, for insiders. Pure.
enum ServiceDetails {
    static func markup(_ details: FleetService.Details, of service: FleetService, at time: WallTime) -> Markup {
        let last: Markup? = details.lastCheck.map { "<dt>Last check</dt><dd>\(Wording.time($0.iso8601))</dd>" }
        let due: Markup? = details.nextDue.map { "<dt>Next due</dt><dd>\(Wording.time($0.iso8601))</dd>" }
        let response: Markup? = details.responseMilliseconds.map {
            "<dt>Response time</dt><dd>\(Wording.milliseconds($0))</dd>"
        }
        let failures: Markup? =
            details.failures > 0 ? "<dt>Failed checks in a row</dt><dd>\(details.failures)</dd>" : nil
        let report: Markup? = details.report.map { "<dt>Reported</dt><dd class=\"report\">\($0)</dd>" }
        return """
            <div class="more"><dl><dt>Says</dt><dd><bdi>\(details.message)</bdi></dd>\(report)\
            <dt>Checked by</dt><dd>\(details.type): <bdi>\(details.address)</bdi></dd>\(last)\(due)\(response)\(failures)</dl>
            \(ServiceMarkup.form(details, of: service))\(VantageMarkup.list(details.views))\(plot(details.responses))\(checks(details.checks))\(badDays(service.days, at: time))</div>
            """
    }

    private static func plot(_ times: ResponseLine?) -> Markup? {
        guard let times, let slowest = times.points.map(\.most).max(), let fastest = times.points.map(\.least).min()
        else { return nil }
        let average = times.points.map(\.average).reduce(0, +) / Double(times.points.count)
        let words =
            "on average \(Wording.milliseconds(average)), from \(Wording.milliseconds(fastest)) to "
            + Wording.milliseconds(slowest)
        let length = Wording.duration(seconds: times.span.length)
        guard let plot = ResponsePlot.markup(times, label: "Response time in the last \(length): \(words)") else {
            return nil
        }
        return """
            <h4>Response time</h4><div class="plotted"><span class="top" aria-hidden="true">\
            \(Wording.milliseconds(ResponsePlot.ceiling(slowest)))</span>\(plot)</div>
            <div class="axis" aria-hidden="true"><span>\(length) ago</span><span>\(words)</span><span>now</span></div>

            """
    }

    private static func checks(_ checks: [ProbeResult.SubCheck]) -> Markup? {
        guard !checks.isEmpty else { return nil }
        let items = Markup(each: checks) { check in
            let message: Markup? = check.message.map { ": <bdi>\($0)</bdi>" }
            return """
                <li class="\(check.status.rawValue)">\(ServiceRow.icon(check.status))<span><bdi>\(check.name)</bdi> \
                <span class="state">\(check.status.word)</span>\(message)</span></li>
                """
        }
        return "<h4>Parts</h4><ul class=\"parts\">\(items)</ul>\n"
    }

    /// The bars in words: the days with failures, the newest first.
    private static func badDays(_ days: [Uptime?], at time: WallTime) -> Markup? {
        let bad = days.enumerated().reversed().filter { UptimeBars.Day($0.element).hasFailures }
        guard !bad.isEmpty else { return nil }
        let today = time.day
        let items = Markup(each: bad.prefix(10)) { index, day in
            let uptime = day ?? Uptime()
            let date = Wording.date(day: today - Int64(days.count - 1 - index))
            return """
                <li><time datetime="\(date)">\(date)</time>: \(Wording.percent(uptime.percent ?? 100)), \
                \(uptime.unhealthy) failed and \(uptime.degraded) degraded of \(uptime.total) checks</li>
                """
        }
        let more: Markup? = bad.count > 10 ? "<li>and \(bad.count - 10) more</li>" : nil
        return "<h4>Days with failures (UTC)</h4><ul>\(items)\(more)</ul>\n"
    }
}
