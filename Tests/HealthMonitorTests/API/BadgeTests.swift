import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Badges through real sockets. Only `db` of the three services is public.
@Suite(.timeLimit(.minutes(1)))
struct BadgeTests {
    @Test func badgesOfPublicServices() async throws {
        try await ServedMonitor.serve { monitor in
            let badge = try monitor.ask("GET", "/badge/db.svg", key: nil)
            #expect(badge.status == 200)
            #expect(badge.headers["Content-Type"] == "image/svg+xml")
            #expect(badge.text.contains("<title>db: up</title>"))
            let hidden = "/badge/caf%C3%A9%2Fbot%201.svg"
            for path in [hidden, "/badge/typo.svg", "/badge/.svg"] {
                #expect(try monitor.ask("GET", path, key: nil).status == 404, "\(path)")
            }
            let session = try monitor.logIn()
            #expect(
                try monitor.ask("GET", hidden, headers: ["Cookie": session]).text.contains("café/bot 1: down"))
            let led: KeyValuePairs = ["Cookie": session, "Referer": "https://a.example/"]
            #expect(try monitor.ask("GET", hidden, headers: led).status == 404)
        }
    }

    /// Proxies decode paths, and some refuse an encoded slash.
    @Test(arguments: ["/badge/café%2Fbot%201.svg", "/badge/caf%C3%A9/bot%201.svg"])
    func namesWithSlashesHaveBadges(path: String) async throws {
        let path = path.replacing("é", with: "%C3%A9")
        try await ServedMonitor.serve { monitor throws in
            #expect(try monitor.ask("GET", path).text.contains("café/bot 1: down"))
            #expect(try monitor.ask("GET", path, key: nil).status == 404)
        }
    }
}
