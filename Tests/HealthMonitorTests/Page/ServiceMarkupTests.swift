import Foundation
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// A service's row and details, without a page.
struct ServiceMarkupTests {
    private func text(_ service: FleetService, isWhole: Bool = false) -> String {
        ServiceRow.markup(service, at: PageScene.time, isWhole: isWhole).text
    }

    private func actions(_ details: FleetService.Details) -> [String] {
        let form = ServiceMarkup.form(details, of: PageScene.service(0, "a", isInsider: false))
        return PageScene.parse(form).elements.compactMap { $0.attributes["data-do"] }
    }

    /// Each thing can be said once, and taken back.
    @Test func theButtonsSuitWhatWasSaid() {
        var details = FleetService.Details(type: "http", address: "x", message: "m")
        let silences = ["silence 60", "silence 480", "silence 1440"]
        #expect(actions(details) == silences + ["note"])
        details.hasAlert = true
        #expect(actions(details) == ["ack"] + silences + ["note"])
        details.acknowledged = .init(who: "ana", when: 0)
        #expect(actions(details) == ["unack"] + silences + ["note"])
        details.silenced = .init(who: "ana", when: 0)
        #expect(actions(details) == ["unack", "unsilence", "note"])
        details.noted = .init(who: "ana", when: 0)
        #expect(actions(details) == ["unack", "unsilence", "note", "unnote"])
    }

    /// The wall shows it smaller. It is measured in bytes.
    @Test(arguments: [
        (String(repeating: "n", count: 24), false), (String(repeating: "n", count: 25), true), ("🚀🚀🚀🚀🚀🚀", false),
        ("🚀🚀🚀🚀🚀🚀🚀", true),
    ])
    func aLongNameIsMarked(name: String, isLong: Bool) {
        let mark = isLong ? " long" : ""
        #expect(text(PageScene.service(0, name)).hasPrefix("<li class=\"row healthy\(mark)\" "))
    }

    /// What a healthy service says is not worth a line of each row.
    @Test(arguments: [(.healthy, false), (.unhealthy, true), (.unknown, true)] as [(ProbeStatus, Bool)])
    func onlyATroubleSaysWhy(status: ProbeStatus, isSaid: Bool) {
        #expect(text(PageScene.service(0, "a", status)).contains("<p class=\"why\"><bdi>message of a") == isSaid)
    }

    @Test(arguments: [(0, false), (1, true)]) func failedChecksAreCounted(failures: Int, areSaid: Bool) {
        var service = PageScene.service(0, "a", .unhealthy)
        service.details?.failures = failures
        let words = "<dt>Failed checks in a row</dt><dd>\(failures)</dd>"
        #expect(text(service, isWhole: true).contains(words) == areSaid)
    }

    @Test(arguments: [(10, false), (11, true)]) func tenBadDaysAreListed(count: Int, areMore: Bool) {
        var service = PageScene.service(0, "a")
        service.days = (0..<count).map { _ in Uptime(healthy: 1, unhealthy: 1) }
        let html = text(service, isWhole: true)
        #expect(html.components(separatedBy: "1 failed and 0 degraded of 2 checks").count == 11)
        #expect(html.contains("<li>and ") == areMore)
        #expect(html.contains("<li>and 1 more</li>") == areMore)
    }

    /// The wall's order: a maintenance is no trouble, but less than well.
    @Test func theWorstStandsFirst() {
        #expect(ProbeStatus.byTrouble.map(\.rank) == [0, 1, 2, 3, 4])
        let model = PageScene.model([
            PageScene.service(0, "up"), PageScene.service(1, "kept", .maintenance), PageScene.service(2, "?", .unknown),
            PageScene.service(3, "slow", .degraded), PageScene.service(4, "down", .unhealthy),
        ])
        #expect(model.byTrouble.map(\.name) == ["down", "slow", "?", "kept", "up"])
    }

    /// Its services stand above. Who asks for them needs no heading over nothing; on the whole page it says how all are.
    @Test(arguments: [(nil, false), ("down", true)] as [(String?, Bool)])
    func aGroupInTroubleKeepsItsHeading(states: String?, isHidden: Bool) {
        var model = PageScene.model([PageScene.service(0, "a", .unhealthy, group: "x")])
        if let states { model.visitor.filter = PageFilter(states: states) }
        let groups = PageScene.parse(FleetPage.markup(model, nonce: "x")).elements.filter {
            $0.attributes["class"] == "group"
        }
        #expect(groups.map { $0.attributes["hidden"] != nil } == [isHidden])
    }

    @Test func anOldViewSaysNothing() throws {
        let views = [("oslo", 100), ("rome", 101)].map {
            VantageView(
                vantage: $0, says: .healthy, status: .healthy, message: "ok", age: .seconds($1),
                freshFor: .seconds(100))
        }
        let parts = try #require(VantageMarkup.list(views)).text.components(separatedBy: "<li class=")
        #expect(parts.count == 3)
        #expect(parts[1].hasPrefix("\"healthy\"") && !parts[1].contains("too old to count"))
        #expect(parts[2].hasPrefix("\"unknown\"") && parts[2].contains("too old to count"))
        #expect(VantageMarkup.list([]) == nil)
    }

    @Test func withoutALeaderNoAlertIsSent() {
        #expect(VantageMarkup.line(VantageRoll(own: "oslo")).text.contains("none leads, so no alert is sent"))
    }

    @Test func whatIsExpectedOrCriticalIsMarked() {
        var service = PageScene.service(0, "a", .unhealthy)
        #expect(!text(service).contains("class=\"note\""))
        service.isSilenced = true
        #expect(text(service).contains("<span class=\"note\">expected</span>") && !text(service).contains(">critical<"))
        service.isSilenced = false
        service.details?.isCritical = true
        #expect(text(service).contains("<span class=\"note\">critical</span>") && !text(service).contains(">expected<"))
    }

    /// Also to strangers, who see no message.
    @Test func aMaintenanceSaysWhenItEnds() {
        var service = PageScene.service(0, "a", .maintenance, isInsider: false)
        #expect(text(service).contains("<p class=\"why\">Maintenance</p>"))
        service.maintenanceEnd = PageScene.time
        #expect(text(service).contains("<p class=\"why\">Maintenance until <time") && text(service).contains(">16:07<"))
    }

    /// A state that nothing has is no link.
    @Test func onlyStatesThatThereAreAreCounted() {
        let model = PageScene.model([PageScene.service(0, "a", .unhealthy), PageScene.service(1, "b")])
        let links = PageScene.parse(FleetPage.markup(model, nonce: "x")).elements.compactMap { $0.attributes["href"] }
        #expect(links.filter { $0.hasPrefix("?state=") } == ["?state=down", "?state=up"])
    }

    /// Before its first check nothing is wrong with it.
    @Test(arguments: [(false, 0), (true, 1)]) func whatWasNotCheckedIsNoTrouble(isChecked: Bool, count: Int) {
        var service = PageScene.service(0, "a", .unknown)
        service.isChecked = isChecked
        #expect(PageScene.model([service]).attention.count == count)
    }

    @Test func aPlotIsSaidInWordsToo() {
        let html = text(PageScene.service(0, "a"), isWhole: true)
        #expect(html.contains("on average 70 ms, from 10 ms to 130 ms"))
    }

    /// The reason may name files.
    @Test func strangersSeeThatDataIsMissingAndNotWhy() {
        var model = PageScene.model([], viewer: .anybody)
        model.gap = ""
        #expect(FleetPage.markup(model, nonce: "x").text.contains("The history cannot be read now</p>"))
    }

    private func rows(_ services: [FleetService], _ filter: PageFilter) -> [(id: String, isHidden: Bool)] {
        var model = PageScene.model(services)
        model.visitor.filter = filter
        return PageScene.parse(FleetPage.markup(model, nonce: "x")).elements.compactMap { element in
            guard element.attributes["class"]?.hasPrefix("row ") == true, let id = element.attributes["id"] else {
                return nil
            }
            return (id, element.attributes["hidden"] != nil)
        }
    }

    @Test func theWallShowsTheWorstFirst() {
        let services = [PageScene.service(0, "a"), PageScene.service(1, "b", .unhealthy)]
        #expect(rows(services, PageFilter(view: "wall")).map(\.id) == ["s1", "s0"])
    }

    /// A name, a group, or the word of a state.
    @Test(
        arguments: [("shop", ["s0"]), ("jobs", ["s1"]), ("up", ["s1"]), ("down", ["s0"]), ("x", [])]
            as [(String, [String])])
    func whatAnAddressMayAskFor(words: String, shown: [String]) {
        let services = [
            PageScene.service(0, "Shop", .unhealthy, group: "web"), PageScene.service(1, "nightly", group: "Jobs"),
        ]
        let found = rows(services, PageFilter(words: words)).filter { !$0.isHidden }
        #expect(found.map(\.id) == shown)
    }

    /// A tab shows few letters.
    @Test func theTitleOfOneServiceIsShort() {
        var model = PageScene.model([PageScene.service(0, String(repeating: "n", count: 81))])
        model.isOfOne = true
        let title = String(repeating: "n", count: 80) + ": up"
        #expect(PageScene.parse(FleetPage.markup(model, nonce: "x")).texts["title"] == [title])
    }
}
