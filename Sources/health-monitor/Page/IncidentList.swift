import KeepAliveKit

/// The alerts as HTML: those that are open, and by day those that are over. Pure.
enum IncidentList {
    static func markup(_ incidents: [Incident], at time: WallTime) -> Markup {
        guard !incidents.isEmpty else {
            return "<p class=\"quiet\">None in the time that is kept.</p>"
        }
        var html: Markup = ""
        var day = ""
        var items: Markup = ""
        func finish() {
            guard !day.isEmpty else { return }
            html += "<h3><time datetime=\"\(day)\">\(day)</time></h3><ol class=\"incidents\">\(items)</ol>\n"
            items = ""
        }
        for incident in incidents {
            let its = String(incident.began.prefix(10))
            if its != day {
                finish()
                day = its
            }
            items += item(incident, at: time)
        }
        finish()
        return html
    }

    private static func item(_ incident: Incident, at time: WallTime) -> Markup {
        let message: Markup? = incident.message.map { ": <bdi>\($0)</bdi>" }
        let end: Markup
        if let ended = incident.ended {
            let lasted: Markup? = seconds(from: incident.began, to: ended).map {
                " after \(Wording.duration(seconds: $0))"
            }
            end = "<li class=\"ended\">\(Wording.time(ended)) <b>over</b>\(lasted)</li>"
        } else {
            let lasts: Markup? = seconds(from: incident.began, to: time.iso8601).map {
                " for \(Wording.duration(seconds: $0))"
            }
            end = "<li class=\"lasts\"><b>still open</b>\(lasts)</li>"
        }
        return """
            <li class="incident \(incident.ended == nil ? "open" : "over") \(incident.severity.rawValue)">
            <h4><bdi>\(incident.service)</bdi> <span class="note">\(incident.severity.rawValue)</span></h4>
            <ol class="timeline"><li class="began">\(Wording.time(incident.began)) <b>began</b>\(message)</li>\(end)</ol>
            </li>

            """
    }

    private static func seconds(from start: String, to end: String) -> Int64? {
        guard let start = second(start), let end = second(end) else { return nil }
        return max(0, end - start)
    }

    /// The seconds since 1970 of a timestamp as the history writes it: `2026-01-19T16:07:27.123456Z`.
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
        // Days since 1970 of a date, with years that begin in March (Howard Hinnant, days_from_civil).
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 86_400 + hour * 3600 + minute * 60 + second
    }
}
