import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The section `page`, and what the page shows of it.
struct PageSettingsTests {
    private func read(_ page: String) throws -> PageSettings {
        let value = try JSONValue.readingJSON5(Array("{page: \(page)}".utf8)).value
        guard case .object(let root) = value else { return PageSettings() }
        return try MonitorConfiguration(root)[PageSettings.self]
    }

    private func findings(_ page: String) throws -> [String] {
        do throws {
            _ = try read(page)
            return []
        } catch let failure as ConfigurationFailure {
            return failure.findings
        }
    }

    @Test func aPageHasTitleLogoLinkAndAnnouncements() throws {
        let folder = try TemporaryDirectory()
        let logo = folder.file("logo")
        try Data("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".utf8).write(to: logo)
        let settings = try read(
            """
            {title: "Shop <status>", link: "https://shop.example.com/", logo: "\(logo.path)", announcements: [
              {text: "always"}, {text: "later", level: "critical", from: "2026-01-20T00:00:00Z"},
              {text: "over", until: "2026-01-19T00:00:00Z"},
              {text: "now <b>", level: "warning", from: "2026-01-19T00:00:00Z", until: "2026-01-20T00:00:00Z"}]}
            """)
        var model = PageScene.model([PageScene.service(0, "a")])
        model.settings = settings
        let html = FleetPage.markup(model, nonce: "x").text
        #expect(html.contains("<bdi>Shop &lt;status&gt;</bdi>"))
        #expect(html.contains("<a href=\"https://shop.example.com/\">"))
        #expect(html.contains("<img class=\"logo\" src=\"data:image/svg+xml;base64,PHN2Zy"))
        #expect(html.contains("<p class=\"news warning\"><b>Warning:</b> <bdi>now &lt;b&gt;</bdi></p>"))
        #expect(
            html.contains("<bdi>always</bdi>") && !html.contains("<bdi>later</bdi>")
                && !html.contains("<bdi>over</bdi>"))
        #expect(PageScene.parse(FleetPage.markup(model, nonce: "x")).error == nil)
    }

    @Test func aWrongPageIsRefusedWithItsRemedy() throws {
        let folder = try TemporaryDirectory()
        let text = folder.file("text")
        try Data("no picture".utf8).write(to: text)
        let large = folder.file("large")
        try Data(count: 65_537).write(to: large)
        for (page, finding) in [
            (#"{link: "javascript:alert(1)"}"#, "page.link: \"javascript:alert(1)\" is not a web address"),
            (#"{link: "shop.example.com"}"#, "page.link: \"shop.example.com\" is not a web address"),
            (#"{logo: "/nowhere/logo.png"}"#, "page.logo: /nowhere/logo.png cannot be read"),
            ("{logo: \"\(text.path)\"}", "is no picture that browsers show"),
            ("{logo: \"\(large.path)\"}", "is larger than 64 KiB"),
            ("{title: \"\(String(repeating: "x", count: 81))\"}", "page.title: 81 characters are too long"),
            (#"{announcements: [{level: "info"}]}"#, "page.announcements[0].text: is missing"),
            (#"{announcements: [{text: "x", level: "loud"}]}"#, "give one of info, warning, critical"),
            (#"{announcements: [{text: "x", from: "tomorrow"}]}"#, "page.announcements[0].from: \"tomorrow\""),
            (
                #"{announcements: [{text: "x", from: "2026-01-20T00:00:00Z", until: "2026-01-19T00:00:00Z"}]}"#,
                "page.announcements[0].until: it is not later than from"
            ),
            (#"{titel: "x"}"#, "did you mean title?"),
        ] {
            let found = try findings(page)
            #expect(found.count == 1 && found.first?.contains(finding) == true, "\(page): \(found)")
        }
    }

    @Test func whatIsJustShortEnoughIsTaken() throws {
        let folder = try TemporaryDirectory()
        let logo = folder.file("logo")
        try (Data([0xFF, 0xD8, 0xFF]) + Data(count: 65_533)).write(to: logo)
        let text = String(repeating: "x", count: 500)
        let settings = try read(
            "{title: \"\(text.prefix(80))\", logo: \"\(logo.path)\", announcements: [{text: \"\(text)\"}]}")
        #expect(settings.title.count == 80)
        #expect(settings.logo?.hasPrefix("data:image/jpeg;base64,/9j/") == true)
        #expect(settings.announcements.map(\.text) == [text])
        #expect(
            try findings("{announcements: [{text: \"\(text)x\"}]}") == [
                "page.announcements[0].text: 501 characters are too long: give at most 500"
            ])
        let moment = "2026-01-20T00:00:00Z"
        #expect(
            try findings("{announcements: [{text: \"x\", from: \"\(moment)\", until: \"\(moment)\"}]}") == [
                "page.announcements[0].until: it is not later than from"
            ])
    }

    /// From its first moment on, and no more at its last.
    @Test func anAnnouncementBeginsAndEndsInTime() {
        let (begin, end) = (1_768_838_400.0, 1_768_842_000.0)
        let news = Announcement(
            text: "x", from: Date(timeIntervalSince1970: begin), until: Date(timeIntervalSince1970: end))
        for (second, isShown) in [(begin - 1, false), (begin, true), (end - 1, true), (end, false)] {
            #expect(news.isShown(at: WallTime(microseconds: Int64(second) * 1_000_000)) == isShown, "\(second)")
        }
    }

    /// A service that is gone has no state: whoever asks for a state does not see it.
    @Test func incidentsOfServicesThatAreGone() {
        #expect(PageFilter().showsMissing("Shop"))
        #expect(PageFilter(words: "sho").showsMissing("Shop"))
        #expect(!PageFilter(words: "web").showsMissing("Shop"))
        #expect(!PageFilter(states: "down").showsMissing("Shop"))
        #expect(!PageFilter(states: "down", words: "sho").showsMissing("Shop"))
        #expect(!PageFilter().isAsked && PageFilter(states: "up").isAsked && PageFilter(words: "x").isAsked)
    }

    @Test func anAddressAsksForStatesAndWords() {
        let filter = PageFilter(view: "wall", states: "down,Degraded,nonsense", words: "  Shop ")
        #expect(filter.view == .wall)
        #expect(filter.states == [.unhealthy, .degraded])
        #expect(filter.words == "shop")
        #expect(filter.shows(.unhealthy, ["my SHOP", nil]))
        #expect(!filter.shows(.healthy, ["my shop"]))
        #expect(!filter.shows(.unhealthy, ["other", nil]))
        #expect(PageFilter(view: "x", states: "", words: nil) == PageFilter())
        #expect(PageFilter().shows(.unknown, []))
    }

    /// Also without JavaScript an address shows only what it asks for.
    @Test func othersAreHidden() {
        var model = PageScene.model([
            PageScene.service(0, "a", .unhealthy, group: "x"), PageScene.service(1, "b", group: "x"),
            PageScene.service(2, "c", group: "y"),
        ])
        model.visitor.filter = PageFilter(states: "down")
        let rows = PageScene.parse(FleetPage.markup(model, nonce: "x")).elements
        let hidden = rows.filter { $0.attributes["hidden"] != nil }.compactMap { $0.attributes["id"] }
        #expect(hidden == ["tip", "filter", "s1", "s2", "none"])
        model.visitor.filter = PageFilter(view: "wall")
        #expect(PageScene.parse(FleetPage.markup(model, nonce: "x")).error == nil)
    }

    /// Without a gap between two windows the end of the later one is told.
    @Test(
        arguments: [
            ("[{from: \"2026-01-19T10:00:00Z\", to: \"2026-01-19T18:00:00Z\"}]", "2026-01-19T18:00:00.000000Z"),
            ("[{days: [\"mon\"], from: \"10:00\", to: \"17:00\"}]", "2026-01-19T17:00:00.000000Z"),
            ("[{days: [\"mon\"], from: \"10:00\", to: \"02:00\"}]", "2026-01-20T02:00:00.000000Z"),
            ("[{days: [\"sun\"], from: \"23:00\", to: \"17:30\"}]", "2026-01-19T17:30:00.000000Z"),
            (
                "[{from: \"15:00\", to: \"17:00\"}, {from: \"17:00\", to: \"19:00\"}]",
                "2026-01-19T19:00:00.000000Z"
            ),
            ("[{from: \"00:00\", to: \"24:00\"}]", nil), ("[{from: \"19:00\", to: \"20:00\"}]", nil),
        ] as [(String, String?)])
    func maintenanceHasAnEnd(windows: String, end: String?) throws {
        // A Monday, 16:07.
        let text = "{targets: [{name: \"a\", type: \"memory\", maintenance: \(windows)}]}"
        guard case .object(let root) = try JSONValue.readingJSON5(Array(text.utf8)).value else { return }
        let target = try #require(try MonitorConfiguration(root).targets.first)
        #expect(target.maintenanceEnd(at: PageScene.time)?.iso8601 == end)
    }
}
