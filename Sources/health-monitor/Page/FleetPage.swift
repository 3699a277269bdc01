import KeepAliveKit
import KeepAlivePlatform

/// The page at `/`: one file without external assets. Pure: it turns a model into HTML.
///
/// It works without JavaScript. With it, changed parts are replaced live, and a service's details load when opened. All
/// addresses are relative, so that a proxy may serve it below any path.
enum FleetPage {
    /// The content security policy: only scripts and styles with the nonce, and requests only to its own server.
    static func policy(nonce: String) -> String {
        "default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; connect-src 'self'; "
            + "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    }

    static func markup(_ model: FleetModel, nonce: String) -> Markup {
        let isWall = model.isWall
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>\(title(model))</title>
            <link rel="icon" href="\(model.settings.logo ?? "data:,")"/>
            <style nonce="\(nonce)">\(PageStyle.sheet)\(isWall ? WallStyle.sheet : nil)</style>
            </head>
            <body\(isWall ? " class=\"wall\"" : nil) data-edition="\(model.edition)" data-since="\(model.since)">
            \(symbols)
            <a class="skip" href="#services">Skip to the services</a>
            <div id="tip" aria-hidden="true" hidden=""></div>
            <header>\(PageHead.brand(model.settings))\(session(model))</header>
            <main>
            \(PageHead.news(model))\(overall(model))
            <p id="said" role="status" class="hidden"></p>
            \(notice(model))\(gap(model))\(isWall ? tiles(model) : rows(model))
            </main>
            \(isWall ? lost : footer(model))
            <script nonce="\(nonce)">\(PageScript.code)</script>
            </body>
            </html>

            """
    }

    /// The parts of the page that change with some services.
    static func changes(_ all: FleetModel, _ changed: [FleetService], hasIncidents: Bool) -> Markup {
        let rows = Markup(each: changed) { ServiceRow.markup($0, at: all.time) }
        let counts = Markup(each: all.groups) { tally($0) }
        return "\(PageHead.news(all))\(overall(all))\(counts)<ul>\(rows)</ul>\(hasIncidents ? incidents(all) : nil)"
    }

    /// Rows by group, and what needs attention above them.
    private static func rows(_ model: FleetModel) -> Markup {
        """
        <div id="filter" role="search" hidden=""><label for="words">Filter</label> \
        <input id="words" type="search" autocomplete="off" spellcheck="false" placeholder="name, group or state"/> \
        <span id="found" role="status" class="quiet"></span></div>
        <div id="services" tabindex="-1">
        \(model.isOfOne ? nil : attention(model))\(groups(model))</div>
        \(beginning(model))
        <section aria-labelledby="incidents-title"><h2 id="incidents-title">Incidents</h2>
        \(incidents(model))</section>
        \(login(model))
        """
    }

    /// One list of all services, the worst first.
    private static func tiles(_ model: FleetModel) -> Markup {
        """
        <div id="services" tabindex="-1"><ul id="tiles" class="rows">
        \(Markup(each: model.byTrouble) { row($0, in: model) })</ul></div>
        \(beginning(model))
        """
    }

    private static func row(_ service: FleetService, in model: FleetModel) -> Markup {
        ServiceRow.markup(service, at: model.time, isWhole: model.isOfOne, isHidden: !model.shows(service))
    }

    private static func attention(_ model: FleetModel) -> Markup {
        let services = model.attention
        let isHidden = !services.contains(where: model.shows)
        return """
            <section class="attention" id="attention"\(isHidden ? " hidden=\"\"" : nil) \
            aria-labelledby="attention-title"><h2 id="attention-title">Needs attention</h2>
            <ul class="rows" id="worst">
            \(Markup(each: services) { row($0, in: model) })</ul></section>

            """
    }

    // MARK: Parts

    /// The state of all services in one sentence.
    static func sentence(_ model: FleetModel) -> String {
        func are(_ count: Int) -> String { "\(Wording.services(count)) \(count == 1 ? "is" : "are")" }
        switch model.status {
        case nil: return model.viewer == .anybody ? "Nothing is public here" : "Nothing is watched yet"
        case .healthy: return model.services.count == 1 ? "The service is up" : "All services are up"
        case .degraded: return "\(are(model.count(.degraded))) degraded"
        case .unhealthy: return "\(are(model.count(.unhealthy))) down"
        case .unknown: return "\(are(model.count(.unknown))) in an unknown state"
        case .maintenance: return "\(are(model.count(.maintenance))) in maintenance"
        }
    }

    /// The state first, because a tab shows few letters: `7 down – Example status`. The page of one service has its name
    /// as title.
    private static func title(_ model: FleetModel) -> String {
        guard model.isOfOne, let service = model.services.first else {
            return "\(brief(model)) – \(model.settings.title)"
        }
        return "\(service.name.prefix(80)): \(service.status.word)"
    }

    /// The state of all services in two words.
    private static func brief(_ model: FleetModel) -> String {
        guard let status = model.status else { return sentence(model) }
        return status == .healthy ? "All up" : "\(model.count(status)) \(status.word)"
    }

    private static func overall(_ model: FleetModel) -> Markup {
        if model.isOfOne {
            return "<nav><a href=\"./\">All services</a></nav><h1 class=\"hidden\">\(title(model))</h1>"
        }
        let status = model.status ?? .unknown
        let found = ProbeStatus.byTrouble.filter { model.count($0) > 0 }
        let counts = Markup(each: found) {
            """
            <li class="\($0.rawValue)"><a href="?state=\($0.word)"><b>\(model.count($0))</b> \($0.word)</a></li>
            """
        }
        return """
            <section id="overall" class="overall \(status.rawValue)" aria-label="State of all services">
            <h1 data-title="\(title(model))">\(ServiceRow.icon(status))<span>\(sentence(model))</span></h1>
            <ul class="counts" aria-label="Services by state">\(counts)</ul>
            <p class="asof">As of \(Wording.time(model.time.iso8601))</p>\(model.roll.map(VantageMarkup.line))\
            \(Markup(each: model.troubles) { "<p class=\"trouble\"><b>Alerts</b>: \($0.sentence)</p>" })
            </section>
            """
    }

    private static func groups(_ model: FleetModel) -> Markup {
        let groups = model.groups
        let isClosed = model.services.count >= FleetModel.many && groups.count > 1 && !model.filter.isAsked
        return Markup(each: groups) { group in
            let services = group.services.filter { model.isOfOne || !$0.needsAttention }
            // Of its services in trouble, which stand above, nothing would be left but the heading.
            let isHidden = model.filter.isAsked && !services.contains(where: model.shows)
            let other: Markup = groups.count > 1 ? "Other services" : model.isOfOne ? "Service" : "Services"
            return """
                <details class="group"\(isClosed ? nil : " open=\"\"")\(isHidden ? " hidden=\"\"" : nil)><summary><h2>\
                \(group.name.map { "<bdi>\($0)</bdi>" } ?? other)</h2>\(model.isOfOne ? nil : tally(group))</summary>
                <ul class="rows" id="r\(group.order)">
                \(Markup(each: services) { row($0, in: model) })</ul></details>

                """
        }
    }

    /// The instructions on an empty page, for viewers who may follow them.
    private static func beginning(_ model: FleetModel) -> Markup? {
        guard model.services.isEmpty, model.viewer == .insider else { return nil }
        return """
            <p class="quiet">Add targets to the configuration and start health-monitor again: \
            <code>health-monitor --example-config</code> prints one to begin with.</p>
            """
    }

    /// `1 down · 12 up` beside a group's name, visible even if the group is closed.
    private static func tally(_ group: FleetModel.Group) -> Markup {
        let counts = Markup(each: group.counts) {
            "<span class=\"\($0.status.rawValue)\">\($0.count) \($0.status.word)</span>"
        }
        return "<span class=\"tally\" id=\"g\(group.order)\">\(counts)</span>"
    }

    private static func incidents(_ model: FleetModel) -> Markup {
        if model.isOfOne { return IncidentList.markup(model.incidents, at: model.time) }
        let services = Dictionary(model.services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let list = IncidentList.markup(model.incidents, at: model.time) { incident in
            services[incident.service].map(model.shows) ?? model.filter.showsMissing(incident.service)
        }
        return "<div id=\"incidents\">\(list)</div>"
    }

    private static func notice(_ model: FleetModel) -> Markup? {
        model.visitor.notice.map { "<p class=\"notice\" role=\"alert\">\($0)</p>\n" }
    }

    private static func gap(_ model: FleetModel) -> Markup? {
        model.gap.map { reason in
            let why: Markup? = reason.isEmpty ? nil : ": \(reason)"
            return "<p class=\"notice\" role=\"alert\">The history cannot be read now\(why)</p>\n"
        }
    }

    private static func footer(_ model: FleetModel) -> Markup {
        """
        <footer><p>health-monitor \(model.version). Days are UTC. <a href="?view=wall">Wall view</a></p></footer>
        """
    }

    /// Covers the wall when the page no longer hears from the monitor.
    private static let lost: Markup =
        "<p id=\"lost\" role=\"alert\" hidden=\"\">Connection lost since <time></time>. The tiles show the state before.</p>"

    private static func session(_ model: FleetModel) -> Markup {
        let live: Markup = "<p id=\"live\" aria-live=\"off\"></p>"
        if model.visitor.isLoggedIn {
            return "\(live)<form method=\"post\" action=\"logout\"><button>Log out</button></form>"
        }
        if model.viewer == .anybody, model.visitor.hasLogin {
            return "\(live)<a class=\"button\" href=\"#login\">Log in</a>"
        }
        return live
    }

    private static func login(_ model: FleetModel) -> Markup? {
        guard model.viewer == .anybody, !model.visitor.isLoggedIn else { return nil }
        guard model.visitor.hasLogin else {
            return """
                <p class="quiet">Only public services are shown. Whoever sets api.key in the configuration can log in \
                here and see all of them.</p>
                """
        }
        return """
            <section id="login" aria-labelledby="login-title"><h2 id="login-title">Log in</h2>
            <p class="quiet">Public services are shown to everybody. An API key shows all of them, with what they say.</p>
            <form method="post" action="login"><label for="key">API key</label>
            <input id="key" name="key" type="password" required="" autocomplete="current-password"/>\
            <button>Log in</button></form></section>
            """
    }

    /// The icons of the states, once for the whole page.
    private static let symbols: Markup = """
        <svg width="0" height="0" aria-hidden="true" class="hidden"><defs>\
        <symbol id="i-healthy" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8"/>\
        <path class="mark" d="M4.5 8.3l2.4 2.4 4.6-5"/></symbol>\
        <symbol id="i-degraded" viewBox="0 0 16 16"><path d="M8 .5l8 14.5H0z"/><path class="mark" d="M8 6v4M8 12v.4"/>\
        </symbol>\
        <symbol id="i-unhealthy" viewBox="0 0 16 16"><rect width="16" height="16" rx="3"/>\
        <path class="mark" d="M5 5l6 6M11 5l-6 6"/></symbol>\
        <symbol id="i-unknown" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8"/><path class="mark" d="M4.5 8h7"/></symbol>\
        <symbol id="i-maintenance" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8"/>\
        <path class="mark" d="M6 5v6M10 5v6"/></symbol>\
        </defs></svg>
        """
}
