import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// The incidents by day, without a page.
struct IncidentListTests {
    private static func incident(_ service: String = "a", day: Int = 19) -> Incident {
        Incident(
            service: service, severity: .warning, message: nil, began: "2026-01-\(day)T15:00:00.000000Z",
            ended: "2026-01-\(day)T15:23:00.000000Z")
    }

    private func text(_ incident: Incident) -> String { IncidentList.markup([incident], at: PageScene.time).text }

    /// A day without anything that the address asks for would be a heading over nothing.
    @Test(
        arguments: [
            (["a", "b", "c"], [false, false]), (["a"], [false, true]), (["b"], [false, true]), (["c"], [true, false]),
            ([], [true, true]),
        ] as [([String], [Bool])])
    func aDayIsHiddenWithAllOfIt(shown: [String], hidden: [Bool]) {
        let incidents = [Self.incident("a"), Self.incident("b"), Self.incident("c", day: 18)]
        let html = IncidentList.markup(incidents, at: PageScene.time) { shown.contains($0.service) }
        let days = PageScene.parse("<div>\(html)</div>").elements.filter { $0.attributes["class"] == "day" }
        #expect(days.map { $0.attributes["hidden"] != nil } == hidden)
    }

    @Test(arguments: [(1, "<b>repeated</b>"), (2, "<b>repeated 2 times, this the last</b>")])
    func oneRepeatIsNotCounted(count: Int, words: String) {
        var incident = Self.incident()
        incident.steps = [
            AlertStep(kind: .repeated, severity: .warning, message: "", time: incident.began, count: count)
        ]
        #expect(text(incident).contains(words))
    }

    @Test(
        arguments: [(.resolved, "<b>over</b>"), (.removed, "<b>no longer watched</b>")] as [(AlertEvent.Kind, String)])
    func anEndSaysWhetherTheServiceIsStillWatched(kind: AlertEvent.Kind, words: String) {
        var incident = Self.incident()
        incident.steps = [AlertStep(kind: kind, severity: .warning, message: "", time: incident.began)]
        #expect(text(incident).contains("\(words) after 23 min"))
    }

    /// From before timelines existed there is no beginning among the steps.
    @Test(
        arguments: [([.opened], true), ([.flapping], true), ([.repeated], false), ([], false)]
            as [([AlertEvent.Kind], Bool)])
    func eachIncidentBeginsOnce(kinds: [AlertEvent.Kind], isKnown: Bool) {
        var incident = Self.incident()
        incident.steps = kinds.map { AlertStep(kind: $0, severity: .warning, message: "", time: incident.began) }
        #expect(text(incident).contains("<b>began</b>") != isKnown)
    }
}
