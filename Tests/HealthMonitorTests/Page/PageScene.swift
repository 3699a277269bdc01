import Foundation
import KeepAliveKit
import KeepAlivePlatform

@testable import KeepAliveHealthMonitor

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Models to render, and a strict parser's view of the output.
enum PageScene {
    static let time = WallTime(microseconds: 1_768_838_847_500_000)

    /// Names for attacks.
    static let hostileNames = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; DROP TABLE x; --", "&amp;&lt;", "]]>",
        String(repeating: "n", count: 300), String(repeating: "🚀", count: 300), "مرحبا \u{202E}abc", "👩‍👩‍👧",
        "a\u{0}b\u{1B}[2J\u{FFFE}", "<!--", "{{7*7}}", "</style></script>", " ",
    ]

    static func service(
        _ order: Int, _ name: String, _ status: ProbeStatus = .healthy, group: String? = nil, isInsider: Bool = true
    ) -> FleetService {
        var service = FleetService(order: order, id: "id\(order)", name: name, group: group, status: status)
        service.days = (0..<FleetModel.days).map { day in
            day < 10 ? nil : Uptime(healthy: 1430, degraded: day == 40 ? 3 : 0, unhealthy: day == 50 ? 100 : 0)
        }
        guard isInsider else { return service }
        var details = FleetService.Details(
            type: "http", address: "https://127.0.0.1/secret-address?\(name)", message: "message of \(name)")
        details.responseMilliseconds = 12.3
        details.lastCheck = time
        details.forecast = "full of \(name) in about 3 days"
        details.checks = [.init(name: "part of \(name)", status: .degraded, message: "slow \(name)", value: 1)]
        details.responses = responses
        service.details = details
        return service
    }

    /// A line with a gap.
    static var responses: ResponseLine {
        let now = time.microseconds / 1_000_000
        var times = ResponseLine(span: .init(oldest: now - 80_000, at: now, interval: 60), now: now, points: [])
        times.points = (0..<96).filter { !(20..<30).contains($0) }.map { point in
            ResponsePoint(
                second: times.start + Int64(point) * 900, average: 20 + Double(point), least: 10, most: 130)
        }
        return times
    }

    static func model(_ services: [FleetService], viewer: Viewer = .insider) -> FleetModel {
        var model = FleetModel()
        model.visitor.viewer = viewer
        model.time = time
        model.edition = "run-all"
        model.since = "run-7"
        model.services = services
        var groups: [String?: Int] = [:]
        for index in services.indices {
            groups[services[index].group, default: services[index].order] += 0
            model.services[index].groupOrder = groups[services[index].group] ?? 0
        }
        let began = "2026-01-19T15:00:00.000000Z"
        model.incidents = services.prefix(3).enumerated().map { index, service in
            var incident = Incident(
                service: service.name, severity: index == 0 ? .critical : .warning,
                message: viewer == .insider ? "incident of \(service.name)" : nil,
                began: began, ended: index == 0 ? nil : "2026-01-19T15:23:00.000000Z")
            // The third is from before timelines existed.
            if index < 2 { incident.steps = steps(of: service.name, began, isOver: index == 1) }
            return incident
        }
        return model
    }

    private static func steps(of name: String, _ began: String, isOver: Bool) -> [AlertStep] {
        var opened = AlertStep(kind: .opened, severity: .warning, message: "opened \(name)", time: began)
        opened.receipts = [
            .init(channel: "telegram of \(name)", deliveredAt: "2026-01-19T15:01:00.000000Z"),
            .init(channel: "slack of \(name)", failedAttempts: 3),
        ]
        var repeated = AlertStep(
            kind: .repeated, severity: .warning, message: "still \(name)", time: "2026-01-19T15:10:00.000000Z")
        repeated.count = 7
        let end = AlertStep(
            kind: isOver ? .resolved : .escalated, severity: .critical, message: "then \(name)",
            time: "2026-01-19T15:23:00.000000Z")
        return [opened, repeated, end]
    }

    /// The parts of a document.
    struct Parsed {
        var error: String?
        var elements: [(name: String, attributes: [String: String])] = []
        /// The text of each element, without its child elements' text.
        var texts: [String: [String]] = [:]

        func count(_ name: String, _ attribute: String? = nil, _ value: String? = nil) -> Int {
            elements.count { element in
                element.name == name && (attribute.map { element.attributes[$0] == value } ?? true)
            }
        }
    }

    /// Parses as XML, which tolerates no error.
    static func parse(_ markup: Markup) -> Parsed { parse(text: markup.text) }

    static func parse(text: String) -> Parsed {
        // The only part of a page that XML does not know.
        let text = text.replacing("<!DOCTYPE html>", with: "")
        let parser = XMLParser(data: Data(text.utf8))
        let delegate = Delegate()
        parser.delegate = delegate
        if !parser.parse() {
            delegate.parsed.error = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "?")"
        }
        return delegate.parsed
    }

    private final class Delegate: NSObject, XMLParserDelegate {
        var parsed = Parsed()
        private var open: [(name: String, text: String)] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            parsed.elements.append((name, attributes))
            open.append((name, ""))
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            if !open.isEmpty { open[open.count - 1].text += text }
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            guard let last = open.popLast() else { return }
            parsed.texts[last.name, default: []].append(last.text)
        }
    }
}
