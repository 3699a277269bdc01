import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// What the server leaves of a page for an address that asks for some services.
struct FilteredPageTests {
    /// Who looks for one service does not get the incidents of the others, nor empty groups; a script can show them.
    @Test func theFilterIsAlsoThatOfIncidentsAndGroups() {
        func shown(_ filter: PageFilter) -> (incidents: Int, days: Int, groups: Int, says: Bool) {
            var model = PageScene.model(
                ["shop", "mail", "chat"].enumerated().map {
                    PageScene.service($0, $1, $0 == 0 ? .unhealthy : .healthy, group: "group of \($1)")
                })
            model.visitor.filter = filter
            let gone = Incident(
                service: "gone", severity: .warning, message: nil, began: "2026-01-18T15:00:00.000000Z",
                ended: "2026-01-18T15:23:00.000000Z")
            model.incidents.append(gone)
            let elements = PageScene.parse(FleetPage.markup(model, nonce: "0123456789abcdef")).elements
            func count(_ name: String) -> Int {
                elements.count {
                    $0.attributes["class"]?.split(separator: " ").first == name[...] && $0.attributes["hidden"] == nil
                }
            }
            let says = elements.contains { $0.attributes["id"] == "none" && $0.attributes["hidden"] == nil }
            return (count("incident"), count("day"), count("group"), says)
        }
        #expect(shown(PageFilter()) == (4, 3, 3, false))
        #expect(shown(PageFilter(words: "shop")) == (1, 1, 0, false), "its only row stands above")
        #expect(shown(PageFilter(states: "up")) == (2, 1, 2, false))
        #expect(shown(PageFilter(words: "gone")) == (1, 1, 0, false), "also of what is no longer watched")
        #expect(shown(PageFilter(states: "up", words: "gone")) == (0, 0, 0, true))
        #expect(shown(PageFilter(words: "zzzz")) == (0, 0, 0, true))
    }
}
