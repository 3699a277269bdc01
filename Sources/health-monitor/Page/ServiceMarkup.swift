import KeepAliveKit
import KeepAlivePlatform

/// What people have said about a service, and the buttons to say it. Pure. For insiders only.
enum ServiceMarkup {
    /// Who acknowledged, silenced or noted what; nil without any.
    static func marks(_ details: FleetService.Details?, at time: WallTime) -> Markup? {
        guard let details else { return nil }
        let acknowledged: Markup? = details.acknowledged.map { mark in
            let age = Wording.age(WallTime(microseconds: mark.when), at: time)
            return "<span class=\"mark-ack\">acknowledged by <bdi>\(mark.who)</bdi> \(age) ago\(words(mark))</span>"
        }
        let silenced: Markup? = details.silenced.map { mark in
            let end: Markup? = mark.until.map { " until \(Wording.clock(WallTime(microseconds: $0).iso8601))" }
            return "<span>silenced\(end) by <bdi>\(mark.who)</bdi>\(words(mark))</span>"
        }
        let noted: Markup? = details.noted.map { mark in
            "<span>note of <bdi>\(mark.who)</bdi>\(words(mark))</span>"
        }
        return acknowledged == nil && silenced == nil && noted == nil ? nil : "\(acknowledged)\(silenced)\(noted)"
    }

    private static func words(_ mark: ServiceMarks.Mark) -> Markup? { mark.note.map { ": <bdi>\($0)</bdi>" } }

    /// The button beside an alert that nobody has acknowledged. Without the script it could do nothing, so the script
    /// shows it.
    static func acknowledge(_ details: FleetService.Details?) -> Markup? {
        guard let details, details.hasAlert, details.acknowledged == nil else { return nil }
        return "<button class=\"act\" data-do=\"ack\" hidden=\"\">Acknowledge</button>"
    }

    /// The buttons among the details.
    static func form(_ details: FleetService.Details, of service: FleetService) -> Markup {
        func button(_ action: String, _ word: Markup) -> Markup {
            "<button class=\"act\" data-do=\"\(action)\" hidden=\"\">\(word)</button>"
        }
        let acknowledge: Markup? =
            details.acknowledged != nil
            ? button("unack", "Take acknowledgement back") : details.hasAlert ? button("ack", "Acknowledge") : nil
        let silence =
            details.silenced != nil
            ? button("unsilence", "End silence")
            : "\(button("silence 60", "Silence for 1 h"))\(button("silence 480", "8 h"))\(button("silence 1440", "24 h"))"
        let note: Markup = "\(button("note", "Note"))\(details.noted != nil ? button("unnote", "Remove note") : nil)"
        return "<p class=\"acts\">\(acknowledge)\(silence)\(note)</p>"
    }
}
