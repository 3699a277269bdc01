import KeepAliveKit
import KeepAlivePlatform

/// The alerts as HTML: the open ones, and the past ones by day. Pure.
enum IncidentList {
    /// - Parameter shows: whether the address asks for an incident too. The others are hidden, as the rows are.
    static func markup(
        _ incidents: [Incident], at time: WallTime, where shows: (Incident) -> Bool = { _ in true }
    ) -> Markup {
        guard !incidents.isEmpty else {
            return "<p class=\"quiet\">No incident in the stored history.</p>"
        }
        let open = incidents.filter { $0.ended == nil }
        var html: Markup = ""
        if !open.isEmpty {
            let items = Markup(each: open) { item($0, at: time, isHidden: !shows($0)) }
            html += day("Open", items, isHidden: !open.contains(where: shows))
        }
        var date = ""
        var items: Markup = ""
        var isHidden = true
        func finish() {
            guard !date.isEmpty else { return }
            html += day("<time datetime=\"\(date)\">\(date)</time>", items, isHidden: isHidden)
            items = ""
            isHidden = true
        }
        for incident in incidents where incident.ended != nil {
            let its = String(incident.began.prefix(10))
            if its != date {
                finish()
                date = its
            }
            let isShown = shows(incident)
            if isShown { isHidden = false }
            items += item(incident, at: time, isHidden: !isShown)
        }
        finish()
        return """
            \(html)<p class="quiet" id="none"\(hidden(incidents.contains(where: shows)))>No incident of what is shown \
            above.</p>
            """
    }

    private static func hidden(_ isHidden: Bool) -> Markup? { isHidden ? " hidden=\"\"" : nil }

    /// The incidents under one heading.
    private static func day(_ title: Markup, _ items: Markup, isHidden: Bool) -> Markup {
        "<div class=\"day\"\(hidden(isHidden))><h3>\(title)</h3><ol class=\"incidents\">\(items)</ol></div>\n"
    }

    private static func item(_ incident: Incident, at time: WallTime, isHidden: Bool) -> Markup {
        """
        <li class="incident \(incident.ended == nil ? "open" : "over") \(incident.severity.rawValue)"\(hidden(isHidden))>
        <h4><bdi>\(incident.service)</bdi> <span class="note">\(incident.severity.rawValue)</span></h4>
        <ol class="timeline">\(steps(incident))\(end(incident, at: time))</ol></li>

        """
    }

    /// All steps before the end; the end looks alike for every incident.
    private static func steps(_ incident: Incident) -> Markup {
        let steps = incident.steps.filter { !$0.kind.isEnd }
        // Incidents from before timelines existed have only a beginning and an end.
        let isWhole = steps.contains { $0.kind == .opened || $0.kind == .flapping }
        let message: Markup? = steps.isEmpty ? incident.message.map { ": <bdi>\($0)</bdi>" } : nil
        let began: Markup? =
            isWhole ? nil : "<li class=\"began\">\(Wording.time(incident.began)) <b>began</b>\(message)</li>"
        return "\(began)\(Markup(each: steps, step))"
    }

    private static func step(_ step: AlertStep) -> Markup {
        let word: Markup =
            switch step.kind {
            case .opened: "opened"
            case .escalated: "became critical"
            case .flapping: "flapping"
            case .repeated: step.count > 1 ? "repeated \(step.count) times, this the last" : "repeated"
            case .resolved, .removed, .test: "over"
            case .acknowledged: "acknowledged"
            case .unacknowledged: "acknowledgement taken back"
            case .silenced: "silenced"
            case .unsilenced: "no longer silenced"
            case .noted: "noted"
            }
        let who: Markup? = step.who.map { " by <bdi>\($0)</bdi>" }
        let message: Markup? = step.message.isEmpty ? nil : ": <bdi>\(step.message)</bdi>"
        return """
            <li class="\(step.kind.rawValue)">\(Wording.time(step.time)) <b>\(word)</b>\(who)\(message)\
            \(receipts(step.receipts))</li>
            """
    }

    private static func end(_ incident: Incident, at time: WallTime) -> Markup {
        guard let ended = incident.ended else {
            let lasts: Markup? = seconds(from: incident.began, to: time.iso8601).map {
                " for <span data-from=\"\(incident.began)\">\(Wording.duration(seconds: $0))</span>"
            }
            return "<li class=\"lasts\"><b>still open</b>\(lasts)</li>"
        }
        let last = incident.steps.last { $0.kind.isEnd }
        let lasted: Markup? = seconds(from: incident.began, to: ended).map {
            " after \(Wording.duration(seconds: $0))"
        }
        let message: Markup? = last.flatMap { $0.message.isEmpty ? nil : ": <bdi>\($0.message)</bdi>" }
        let word: Markup = last?.kind == .removed ? "no longer watched" : "over"
        return """
            <li class="ended">\(Wording.time(ended)) <b>\(word)</b>\(lasted)\(message)\(receipts(last?.receipts ?? []))</li>
            """
    }

    /// The channels that have received an event, and the channels that have not yet.
    private static func receipts(_ receipts: [DeliveryReceipt]) -> Markup? {
        guard !receipts.isEmpty else { return nil }
        let items = Markup(each: receipts) { receipt in
            if let time = receipt.deliveredAt {
                return "<span>delivered to <bdi>\(receipt.channel)</bdi> \(Wording.clock(time))</span>"
            }
            return """
                <span class="late">not delivered yet: <bdi>\(receipt.channel)</bdi>, \
                \(receipt.failedAttempts.counted("failed attempt"))</span>
                """
        }
        return "<span class=\"told\">\(items)</span>"
    }

    private static func seconds(from start: String, to end: String) -> Int64? {
        guard let start = second(start), let end = second(end) else { return nil }
        return max(0, end - start)
    }

    /// The seconds since 1970 of a timestamp in the history: `2026-01-19T16:07:27.123456Z`.
    static func second(_ stamp: String) -> Int64? {
        let bytes = Array(stamp.utf8)
        guard bytes.count >= 19 else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month)
        else { return nil }
        return HTTPDate.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    }
}
