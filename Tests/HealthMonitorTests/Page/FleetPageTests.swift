import Foundation
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// The page of a model, without a server.
struct FleetPageTests {
    private func page(_ model: FleetModel) -> Markup { FleetPage.markup(model, nonce: "0123456789abcdef") }

    private func fleet(_ count: Int) -> FleetModel {
        let states: [ProbeStatus] = [.healthy, .healthy, .healthy, .degraded, .healthy, .unhealthy, .unknown]
        return PageScene.model(
            (0..<count).map { index in
                PageScene.service(
                    index, "service \(index)", states[index % states.count], group: ["web", "bots", nil][index % 3])
            })
    }

    @Test(arguments: [0, 1, 50, 500])
    func everyFleetIsAWellFormedPage(count: Int) {
        let parsed = PageScene.parse(page(fleet(count)))
        #expect(parsed.error == nil)
        #expect(parsed.elements.count { $0.attributes["class"]?.hasPrefix("row ") == true } == count)
        #expect(parsed.count("i", "class", "bars") == count)
        #expect(parsed.count("svg", "class", "plot") == 0, "that comes with the page of one service")
        #expect(page(fleet(count)).bytes.count < 60_000 + count * 680, "it suits a phone")
        #expect(parsed.count("h1") == 1)
        let ids = parsed.elements.compactMap { $0.attributes["id"] }
        #expect(Set(ids).count == ids.count, "no id stands twice")
    }

    /// The policy forbids handlers and styles in attributes, and all external resources.
    @Test(arguments: [0, 3])
    func itKeepsItsOwnPolicy(count: Int) {
        let parsed = PageScene.parse(page(fleet(count)))
        for element in parsed.elements {
            for (name, value) in element.attributes {
                #expect(!name.hasPrefix("on") && name != "style", "\(element)")
                guard ["href", "src", "action"].contains(name) else { continue }
                #expect(
                    value.wholeMatch(of: /#.*|\.\/|data:,|log(in|out)|service\?id=\w+|\?state=\w+|\?view=wall/) != nil,
                    "\(element)")
            }
            if ["script", "style"].contains(element.name) {
                #expect(element.attributes == ["nonce": "0123456789abcdef"])
            }
            #expect(!["img", "iframe", "object", "embed", "base"].contains(element.name))
        }
        #expect(parsed.count("script") == 1)
        #expect(FleetPage.policy(nonce: "x").hasPrefix("default-src 'none'; "))
        #expect(!FleetPage.policy(nonce: "x").contains("unsafe"))
    }

    @Test(arguments: PageScene.hostileNames.indices)
    func noNameBecomesMarkup(index: Int) {
        let name = PageScene.hostileNames[index]
        var model = PageScene.model([PageScene.service(0, name, .unhealthy, group: name)])
        var plainModel = PageScene.model([PageScene.service(0, "plain", .unhealthy, group: "g")])
        for isOfOne in [true, false] {
            model.isOfOne = isOfOne
            plainModel.isOfOne = isOfOne
            let parsed = PageScene.parse(page(model))
            #expect(parsed.error == nil)
            #expect(parsed.elements.map(\.name) == PageScene.parse(page(plainModel)).elements.map(\.name))
        }
        let parsed = PageScene.parse(page(model))
        let shown = name.unicodeScalars.filter { !"\u{0}\u{1B}\u{FFFE}".unicodeScalars.contains($0) }
        #expect(parsed.texts["bdi"]?.contains(String(String.UnicodeScalarView(shown))) == true, "it is shown as it is")
        #expect(PageScene.parse(Badge.markup(name: name, status: .healthy)).error == nil)
        #expect(PageScene.parse(Badge.markup(name: name, status: .healthy)).elements.count == 10)
        let changes = FleetPage.changes(model, model.services, hasIncidents: true)
        #expect(PageScene.parse("<p>\(changes)</p>").error == nil)
    }

    @Test func troubleComesFirst() {
        let model = PageScene.model([
            PageScene.service(0, "a", .healthy, group: "calm"), PageScene.service(1, "b", .unknown, group: "mixed"),
            PageScene.service(2, "c", .healthy, group: "mixed"), PageScene.service(3, "d", .degraded, group: "mixed"),
            PageScene.service(4, "e", .unhealthy), PageScene.service(5, "f", .healthy, group: "calm"),
        ])
        #expect(model.groups.map(\.name) == ["calm", "mixed", nil], "a group stays where it is")
        #expect(model.attention.map(\.name) == ["e", "d", "b"])
        #expect(model.byTrouble.map(\.name) == ["e", "d", "b", "a", "c", "f"])
        let names = (PageScene.parse(page(model)).texts["bdi"] ?? []).filter { $0.count == 1 && $0 != " " }
        #expect(names.prefix(6) == ["e", "d", "b", "a", "f", "c"], "each stands once")
    }

    /// An event counts the whole group, under the id of the group's counts.
    @Test func maintenanceIsAStateOfItsOwn() {
        let model = PageScene.model([PageScene.service(0, "a"), PageScene.service(1, "b", .maintenance)])
        let text = page(model).text
        #expect(text.contains("<title>1 maintenance – health-monitor</title>"))
        #expect(text.contains("<li class=\"maintenance\"><a href=\"?state=maintenance\"><b>1</b> maintenance</a></li>"))
        #expect(Badge.markup(name: "b", status: .maintenance).text.contains("<title>b: maintenance</title>"))
        let down = PageScene.model([PageScene.service(0, "a", .unhealthy), PageScene.service(1, "b", .maintenance)])
        #expect(page(down).text.contains("<title>1 down – health-monitor</title>"))
    }

    /// A tab among others says the state first, then whose page it is.
    @Test func theTitleSaysTheStateAndTheName() {
        func title(_ services: [FleetService]) -> [String]? {
            var model = PageScene.model(services)
            model.settings.title = "<Acme> status"
            let changes = FleetPage.changes(model, [], hasIncidents: false)
            let heads = PageScene.parse("<p>\(changes)</p>").elements.filter { $0.name == "h1" }
            let parsed = PageScene.parse(page(model)).texts["title"]
            #expect(heads.compactMap { $0.attributes["data-title"] } == parsed)
            return parsed
        }
        #expect(
            title([PageScene.service(0, "a"), PageScene.service(1, "b", .unhealthy)]) == ["1 down – <Acme> status"])
        #expect(title([PageScene.service(0, "a"), PageScene.service(1, "b")]) == ["All up – <Acme> status"])
        #expect(title([]) == ["Nothing is watched yet – <Acme> status"])
    }

    @Test func thePageOfOneCountsNoGroup() {
        var model = PageScene.model([PageScene.service(0, "a")])
        #expect(PageScene.parse(page(model)).count("span", "class", "tally") == 1)
        model.isOfOne = true
        #expect(PageScene.parse(page(model)).count("span", "class", "tally") == 0)
    }

    @Test(
        arguments: [
            ([], "Nothing is watched yet"), ([.healthy], "The service is up"),
            ([.healthy, .healthy], "All services are up"), ([.healthy, .unknown], "1 service is in an unknown state"),
            ([.degraded, .unknown, .degraded], "2 services are degraded"),
            ([.degraded, .unhealthy], "1 service is down"), ([.healthy, .maintenance], "1 service is in maintenance"),
        ] as [([ProbeStatus], String)])
    func oneSentenceSaysHowAllAre(states: [ProbeStatus], sentence: String) {
        let services = states.enumerated().map { PageScene.service($0, "s\($0)", $1) }
        #expect(FleetPage.sentence(PageScene.model(services)) == sentence)
    }

    @Test func anEmptyPageSaysHowToBegin() {
        #expect(page(PageScene.model([])).text.contains("--example-config"))
        #expect(!page(PageScene.model([PageScene.service(0, "a", .healthy)])).text.contains("--example-config"))
        #expect(!page(PageScene.model([], viewer: .anybody)).text.contains("--example-config"))
    }

    /// No page can show a value that the public model lacks.
    @Test func strangersSeeNamesStatesAndUptimes() {
        var model = PageScene.model(
            [PageScene.service(0, "shop", .unhealthy, isInsider: false)], viewer: .anybody)
        model.visitor.hasLogin = true
        let html = page(model).text
        #expect(html.contains("<bdi>shop</bdi>"))
        #expect(html.contains("99.91 %"))
        #expect(html.contains("action=\"login\""))
        #expect(!html.contains("<summary>Details"))
        model.visitor.hasLogin = false
        #expect(!page(model).text.contains("action=\"login\""))
    }

    @Test func whatHappenedIsSaidWithItsTimes() {
        let html = page(PageScene.model((0..<2).map { PageScene.service($0, "s\($0)") })).text
        #expect(html.contains("<b>still open</b> for <span data-from=\"2026-01-19T15:00:00.000000Z\">1 h 7 min</span>"))
        #expect(html.contains("<b>over</b> after 23 min"))
    }

    @Test func aTimelineSaysWhatHappenedAndWhoWasTold() throws {
        let html = page(PageScene.model((0..<3).map { PageScene.service($0, "s\($0)") })).text
        for words in [
            "<b>opened</b>: <bdi>opened s0</bdi>", "delivered to <bdi>telegram of s0</bdi> <time",
            "not delivered yet: <bdi>slack of s0</bdi>, 3 failed attempts", "<b>repeated 7 times, this the last</b>",
            "<b>became critical</b>: <bdi>then s0</bdi>", "<b>over</b> after 23 min: <bdi>then s1</bdi>",
        ] { #expect(html.contains(words), "\(words)") }
        // Without known steps there are a beginning and an end.
        #expect(html.contains("<b>began</b>: <bdi>incident of s2</bdi>"))
        #expect(html.contains("<b>over</b> after 23 min</li>"))
        #expect(
            try #require(html.firstRange(of: "opened s0")).lowerBound
                < #require(html.firstRange(of: "then s0")).lowerBound)
    }

    @Test func thePageOfOneServiceShowsAllOfIt() {
        var model = PageScene.model([PageScene.service(0, "shop", .unhealthy)])
        model.isOfOne = true
        let html = page(model).text
        let parsed = PageScene.parse(page(model))
        #expect(parsed.error == nil)
        #expect(parsed.count("svg", "class", "plot") == 1)
        #expect(parsed.texts["title"] == ["shop: down"])
        #expect(html.contains("Response time in the last 1 day: on average"))
        #expect(html.contains("2025-12-11</time>: 93.46 %, 100 failed and 0 degraded of 1530 checks"))
        #expect(html.contains("part of shop"))
    }

    /// With many services, the ones that need attention come first.
    @Test func groupsAreClosedWhereThereAreMany() {
        func open(_ count: Int, _ groups: [String?]) -> [String] {
            let model = PageScene.model(
                (0..<count).map {
                    PageScene.service($0, "s\($0)", $0 == 0 ? .unhealthy : .healthy, group: groups[$0 % groups.count])
                })
            return PageScene.parse(page(model)).elements.filter { $0.attributes["class"] == "group" }
                .map { $0.attributes["open"] == nil ? "closed" : "open" }
        }
        #expect(open(FleetModel.many - 1, ["a", "b"]) == ["open", "open"])
        #expect(open(FleetModel.many, ["a", "b", nil]) == ["closed", "closed", "closed"])
        #expect(open(FleetModel.many, [nil]) == ["open"])
    }

    @Test func aGroupSaysHowItsServicesAre() {
        let html = page(fleet(14)).text
        #expect(html.contains("<span class=\"unhealthy\">1 down</span>"))
    }

    /// 500 services over 90 days must suit a phone.
    @Test func daysOfOneKindAreOneLine() {
        let good = Uptime(healthy: 100)
        var days: [Uptime?] = Array(repeating: good, count: 90)
        #expect(UptimeBars.text(days) == "g90")
        days[0] = nil
        days[40] = Uptime(healthy: 99, degraded: 1)
        days[41] = Uptime(healthy: 9, unhealthy: 1)
        #expect(UptimeBars.text(days) == "e1g39t100b90.00g48")
    }

    /// One bad hour of a service added today is no bad quarter.
    @Test func ofAYoungServiceItSaysHowYoungItIs() {
        func scale(_ days: [Uptime?]) -> String? {
            var service = PageScene.service(0, "new")
            service.days = days
            let text = ServiceRow.markup(service, at: .now()).text
            return text.components(separatedBy: "<span class=\"up\">").last?.components(separatedBy: "</span>").first
        }
        let good = Uptime(healthy: 100)
        let empty = [Uptime?](repeating: nil, count: 88)
        #expect(scale(empty + [nil, good]) == "<b>100 %</b><small> over 1 day</small>")
        #expect(scale(empty + [good, good]) == "<b>100 %</b><small> over 2 days</small>")
        #expect(scale(Array(repeating: good, count: 90)) == "<b>100 %</b>")
        #expect(scale(empty + [nil, nil]) == "no data yet")
    }

    @Test func whatIsToComeIsSaidAlsoOfWhatIsUp() {
        let html = page(PageScene.model([PageScene.service(0, "disk")])).text
        #expect(html.contains("Forecast: <bdi>full of disk in about 3 days</bdi>"))
    }

    @Test func aChannelThatTakesNoAlertsIsNamed() {
        var model = fleet(3)
        model.troubles = [.init(channel: "<pager>", reason: "it answered 403", isDelivering: false)]
        #expect(page(model).text.contains("channel &lt;pager&gt; takes no alerts: it answered 403"))
        #expect(FleetPage.changes(model, [], hasIncidents: true).text.contains("takes no alerts: it answered 403"))
    }

    @Test func aHistoryThatCannotBeReadIsSaid() {
        var model = PageScene.model([PageScene.service(0, "a")])
        model.gap = "disk <full>"
        #expect(page(model).text.contains("The history cannot be read now: disk &lt;full&gt;"))
        #expect(PageScene.parse(page(model)).error == nil)
    }

    /// Since when, the last change, the next due time, and what people have said.
    @Test func aRowSaysSinceWhenAndWhoKnows() {
        var service = PageScene.service(0, "job", .unhealthy)
        func minutes(_ count: Int64) -> WallTime {
            WallTime(microseconds: PageScene.time.microseconds - count * 60_000_000)
        }
        service.since = minutes(90)
        service.changed = minutes(3)
        service.details?.hasAlert = true
        service.details?.nextDue = minutes(-30)
        func text(_ service: FleetService) -> String { ServiceRow.markup(service, at: PageScene.time).text }
        #expect(text(service).contains(">1 h 30 min</span></span><span>changed <span"))
        #expect(
            text(service).contains(
                "<span>due <time datetime=\"2026-01-19T16:37:27.500000Z\" class=\"clock\">16:37</time>"))
        #expect(text(service).contains("data-do=\"ack\" hidden=\"\">Acknowledge</button>"))
        service.details?.acknowledged = .init(who: "<ana>", when: minutes(2).microseconds, note: "on it")
        #expect(text(service).contains("acknowledged by <bdi>&lt;ana&gt;</bdi>"))
        #expect(text(service).contains("ago: <bdi>on it</bdi>") && !text(service).contains("data-do=\"ack\""))
        service.details = nil
        #expect(!text(service).contains("data-do") && !text(service).contains("due "))
    }
}
