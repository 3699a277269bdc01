import KeepAlivePlatform

extension StatusPage {
    /// More reasons would fill the screen; the checks below show the rest.
    private static let mostReasons = 5

    /// The part that changes, with the script's data: `of` identifies the bot and its version.
    var live: Markup {
        """
        <div id="live" data-of="\(kitVersion) \(version) \(name)" data-title="\(title)" data-icon="\(state.icon)" \
        data-word="\(state.rawValue)" data-updates="\(report.totalUpdates)" data-up="\(uptimeInSeconds)">
        <section id="status" class="\(state.kind)" aria-labelledby="word">
        <h2><svg viewBox="2 2 20 20" aria-hidden="true"><path id="sign" d="\(state.sign)"/></svg>\
        <span id="word">\(state.rawValue)</span></h2>
        <ul id="why">\(Markup(each: why) { "<li dir=\"auto\">\($0)</li>" })</ul>
        <p id="since">\(since)</p>
        </section>
        <section aria-labelledby="activity">
        <h2 id="activity">Activity</h2>
        <dl>\(activity)</dl>
        </section>
        <section id="trend" aria-labelledby="rate" hidden>
        <h2 id="rate">Updates a second</h2>
        <figure>
        <svg role="img" viewBox="0 0 120 24" preserveAspectRatio="none" aria-label=""></svg>
        <figcaption class="quiet"></figcaption>
        </figure>
        </section>
        \(checks)
        <section aria-labelledby="times">
        <h2 id="times">Response times</h2>
        \(times)
        </section>
        <section aria-labelledby="inside">
        <h2 id="inside">Connection and executor</h2>
        <dl>\(inside)</dl>
        </section>
        <p class="quiet">As of <time datetime="\(time.iso8601)">\(String(time.iso8601.dropFirst(11).prefix(8))) UTC</time></p>
        </div>
        """
    }

    /// For the rate between two answers, where fractions of a second matter.
    private var uptimeInSeconds: String {
        "\(report.uptime.saturatedNanoseconds / 1_000_000)e-3"
    }

    /// When the state began, by the bot's own clock; not shown while the bot starts or stops.
    private var since: Markup? {
        guard [.healthy, .degraded, .unhealthy].contains(state), let moment = report.statusSince?.iso8601 else {
            return nil
        }
        // Without a text search: the static programs are built without it.
        let words = "\(moment.prefix(10)) \(moment.dropFirst(11).prefix(8))"
        return "Since <time datetime=\"\(moment)\">\(words) UTC</time> (\(report.statusAge.inTwoUnits))"
    }

    /// The reasons of the state, in sentences.
    private var why: [String] {
        switch state {
        case .starting: return ["The bot has not been started yet."]
        case .restarting: return ["The bot is restarting as requested."]
        case .stopping where report.reasons.isEmpty: return ["The bot is stopping as requested."]
        case .stopped: return ["The bot was stopped as requested."]
        case .healthy where report.totalUpdates == 0: return ["Everything works. There has been no update yet."]
        case .healthy: return ["Everything works."]
        default: break
        }
        let rest = report.reasons.count - Self.mostReasons
        return report.reasons.prefix(Self.mostReasons) + (rest > 0 ? ["\(rest) more: see the checks below."] : [])
    }

    private var activity: Markup {
        let lastUpdate = report.totalUpdates == 0 ? nil : report.lastUpdateAgo
        return """
            \(card("Last update", PageWording.ago(lastUpdate, never: "none yet")))\
            \(card("Last heartbeat", PageWording.ago(report.lastHeartbeatAgo, never: "none yet")))\
            \(card("Up for", report.uptime.inTwoUnits))\
            \(card("Updates", PageWording.count(report.totalUpdates)))\
            \(card("Errors", PageWording.count(report.totalErrors), "\(PageWording.percent(report.errorRate)) of updates"))\
            \(card("Restarts", PageWording.count(report.restarts)))
            """
    }

    private var checks: Markup? {
        report.checks.isEmpty
            ? nil
            : """
            <section aria-labelledby="checks">
            <h2 id="checks">Checks</h2>
            <ul class="checks">\(Markup(each: report.checks, Self.row))</ul>
            </section>
            """
    }

    private static func row(_ check: CheckResult) -> Markup {
        let (word, kind) =
            switch check.status {
            case .healthy: ("Passed", "healthy")
            case .unhealthy: ("Failed", check.isCritical ? "unhealthy" : "degraded")
            case .unknown: ("Not run yet", "pending")
            }
        let importance: Markup = check.isCritical ? " <span class=\"note\">critical</span>" : ""
        let age: Markup? = check.age.map { " <span class=\"quiet\">\(PageWording.ago($0, never: ""))</span>" }
        let error: Markup? = check.error.map { "<p dir=\"auto\">\($0)</p>" }
        return """
            <li class="\(kind)"><b>\(word)</b> <bdi class="name">\(check.name)</bdi>\(importance)\(age)\(error)</li>
            """
    }

    private var times: Markup {
        guard let times = report.responseTimes else { return "<p class=\"quiet\">None yet.</p>" }
        return """
            <dl>\(card("Median", PageWording.milliseconds(times.p50), "p50"))\
            \(card("95th percentile", PageWording.milliseconds(times.p95), "p95"))\
            \(card("99th percentile", PageWording.milliseconds(times.p99), "p99"))\
            \(card("Slowest", PageWording.milliseconds(times.max), "max"))</dl>
            """
    }

    private var inside: Markup {
        let executor =
            switch report.executor {
            case .responsive: card("Swift’s executor", "Responsive")
            case .late(let delay):
                card(
                    "Swift’s executor", "Slow", "a task waited \(PageWording.milliseconds(delay.seconds * 1000))",
                    .degraded)
            case .stopped(let age):
                card("Swift’s executor", "Stopped", "no task has run for \(age.inTwoUnits)", .unhealthy)
            }
        let main = report.gateway.map { connection("Connection", $0, isStalled: false) }
        let named = Markup(each: report.gateways) {
            connection("Connection \($0.name)", $0.snapshot, isStalled: $0.isStalled)
        }
        return "\(main)\(named)\(executor)"
    }

    private func connection(_ name: String, _ gateway: GatewaySnapshot, isStalled: Bool) -> Markup {
        var notes = ["last event \(PageWording.ago(gateway.lastEventAge, never: "")) "]
        if let latency = gateway.latency {
            notes.append("round trip \(PageWording.milliseconds(latency.seconds * 1000))")
        }
        let isReady = gateway.lastReadyAge != nil
        guard gateway.connected else {
            return card(
                name, isStalled ? "Lost" : "Disconnected", "for \((gateway.disconnectAge ?? .zero).inTwoUnits)",
                .degraded)
        }
        let words = isStalled ? "Stalled" : isReady ? "Connected" : "Connected, not ready"
        return card(name, words, notes.joined(separator: "· "), isReady && !isStalled ? nil : .degraded)
    }

    /// A figure with its name, and a small note.
    private func card(_ name: String, _ value: String, _ note: String? = nil, _ state: PageState? = nil) -> Markup {
        let kind: Markup? = state.map { " class=\"\($0.kind)\"" }
        let note: Markup? = note.map { "<dd class=\"quiet\">\($0)</dd>" }
        return "<div\(kind)><dt>\(name)</dt><dd>\(value)</dd>\(note)</div>"
    }
}
