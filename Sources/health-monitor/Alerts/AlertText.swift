import KeepAliveKit
import KeepAlivePlatform

/// The text of an event, before a channel formats it for its peer. Pure.
struct AlertText: Sendable, Equatable {
    /// One line: the event and the service.
    let title: String
    /// One sentence: the problem, present or past.
    let message: String
    /// Names and values, in the order to show them.
    let facts: [(name: String, value: String)]
    private let kind: AlertEvent.Kind
    /// Whether the service answers, but not as expected.
    private let isDegraded: Bool
    private let service: String
    /// When the incident began and how long it has lasted; empty for a test alert.
    private let since: String
    private let lasted: String

    init(_ event: AlertEvent) {
        kind = event.kind
        isDegraded = event.status == .degraded
        service = Self.line(event.service)
        title = Self.title(kind, isDegraded, service.limited(to: 150))
        message = Self.line(event.message)
        let seconds = (event.happenedAt &- event.triggeredAt) / 1_000_000
        let lasted = Self.words(seconds: seconds)
        self.lasted = lasted.isEmpty && kind.isEnd ? "under 1 s" : lasted
        since = kind == .test ? "" : Self.time(event.triggeredAt)
        var facts = [("Severity", event.severity.rawValue)]
        if event.kind != .test {
            if event.kind.isEnd {
                facts.append(("Since", since))
                facts.append(("Until", Self.time(event.happenedAt) + (lasted.isEmpty ? "" : " (\(lasted))")))
            } else {
                facts.append(("Since", since + (lasted.isEmpty ? "" : " (\(lasted))")))
            }
        } else {
            facts.append(("Sent", Self.time(event.happenedAt)))
        }
        if let failures = event.failures { facts.append(("Failed checks", "\(failures)")) }
        self.facts = facts
    }

    /// The event stands at the end of the title, so that it survives when a long name is cut.
    private static func title(_ kind: AlertEvent.Kind, _ isDegraded: Bool, _ service: String) -> String {
        switch kind {
        case .opened: "\(service) is \(isDegraded ? "degraded" : "failing")"
        case .repeated: "\(service) is still \(isDegraded ? "degraded" : "failing")"
        case .escalated: "\(service) got worse"
        case .resolved: "\(service) recovered"
        case .flapping: "\(service) is flapping"
        case .removed: "\(service) is no longer watched"
        case .test: "Test alert from health-monitor"
        case .acknowledged, .unacknowledged, .silenced, .unsilenced, .noted: "\(service): \(kind.rawValue)"
        }
    }

    /// All that matters in one line, because a notification shows no more: service, reason and start.
    ///
    /// - Parameter limit: the most UTF-16 units. A long name is cut first, then the reason, never the time.
    func summary(limit: Int) -> String {
        let name = service.limited(to: max(20, min(150, limit / 3)))
        let lead: String
        switch kind {
        // These messages name the event themselves.
        case .resolved where message.hasPrefix("recovered "): lead = "\(name) "
        case .repeated where message.hasPrefix("still failing ") || message.hasPrefix("no longer "),
            .flapping where message.hasPrefix("flapping"):
            lead = "\(name): "
        default: lead = Self.title(kind, isDegraded, name) + ": "
        }
        let end: String =
            switch kind {
            case .test: ""
            case .resolved, .removed: " (\(lasted)); failing since \(since)"
            default: " (since \(since)" + (lasted.isEmpty ? ")" : ", \(lasted))")
            }
        return lead + message.limited(to: max(0, limit - lead.utf16.count - end.utf16.count)) + end
    }

    /// Whether a summary of this limit holds the whole message.
    func isWhole(inSummaryOf limit: Int) -> Bool { summary(limit: limit) == summary(limit: .max) }

    static func == (left: AlertText, right: AlertText) -> Bool {
        left.title == right.title && left.message == right.message
            && left.facts.elementsEqual(right.facts) { $0.name == $1.name && $0.value == $1.value }
    }

    /// Everything as lines of plain text, without the title.
    var plain: String { ([message] + factLines).joined(separator: "\n") }

    /// The facts, each as a line.
    var factLines: [String] { facts.map { "\($0.name): \($0.value)" } }

    /// A time for people: `2026-01-19 16:07:27 UTC`.
    static func time(_ microseconds: Int64) -> String {
        WallTime(microseconds: microseconds).words
    }

    /// An elapsed time in words; empty under a second, or if a clock was set back.
    static func words(seconds: Int64) -> String {
        guard seconds > 0 else { return "" }
        let (minutes, rest) = (seconds / 60, seconds % 60)
        if minutes == 0 { return "\(rest) s" }
        let (hours, left) = (minutes / 60, minutes % 60)
        if hours == 0 { return rest == 0 ? "\(left) min" : "\(left) min \(rest) s" }
        if hours < 48 { return left == 0 ? "\(hours) h" : "\(hours) h \(left) min" }
        return "\(hours / 24) d \(hours % 24) h"
    }

    /// The text in one line: a service's text must not change the message's layout.
    static func line(_ text: String) -> String { text.singleLine }
}
