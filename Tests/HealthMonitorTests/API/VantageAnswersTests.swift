import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What the API, the page and the metrics show of several monitors.
@Suite(.timeLimit(.minutes(1)))
struct VantageAnswersTests {
    private static func board() -> StatusBoard {
        let board = StatusBoard([Target("db", ScriptedProbe([.healthy]), isPublic: true)])
        board.update("db") { status in
            status.last = CheckRecord(
                service: "db", result: ProbeResult(status: .healthy, message: "ok"), time: .now())
            status.views = [("rome", ProbeStatus.unhealthy, 10), ("oslo", .healthy, 999)].map {
                VantageView(
                    vantage: $0, says: $1, status: $1, message: "seen <b>\($0)</b>", age: .seconds($2),
                    freshFor: .seconds(100))
            }
        }
        board.note(
            VantageRoll(
                own: "oslo",
                beats: [
                    VantageBeat(name: "oslo", host: "h1", age: .seconds(1), silentAfter: .seconds(9)),
                    VantageBeat(name: "rome", host: "h2", age: .seconds(10), silentAfter: .seconds(9)),
                ], leader: "oslo", since: ServedMonitor.time, isLeading: true, epoch: 12))
        return board
    }

    @Test func everyViewIsShownToInsiders() async throws {
        let schema = try Schema.load()
        try await ServedMonitor.serve(board: Self.board()) { monitor in
            let answer = try monitor.ask("GET", "/api/health/status").json()
            #expect(schema.findings(answer, ["$ref": "#/components/schemas/StatusDocument"]) == [])
            #expect(answer["leader"] == "oslo")
            #expect(answer["vantages"]?[1]?["state"] == "silent")
            let views = answer["services"]?[0]?["vantages"]
            #expect(views?[0]?["vantage"] == "oslo" && views?[0]?["fresh"] == false)
            #expect(views?[1]?["says"] == "unhealthy")
            let headers: KeyValuePairs = ["X-API-Key": ServedMonitor.key, "Accept": "text/html"]
            let page = try monitor.ask("GET", "/", headers: headers).text
            #expect(page.contains("Seen from <bdi>oslo</bdi>, <bdi>rome</bdi> (silent); <bdi>oslo</bdi> leads"))
            let details = try monitor.ask("GET", "/service?id=\(FleetService.id(of: "db"))", headers: headers).text
            #expect(details.contains("<h4>Vantages</h4>") && details.contains("seen &lt;b&gt;rome"))
            let metrics = try monitor.ask("GET", "/metrics").text
            for line in [
                "keepalive_lease_leader{name=\"health-monitor\"} 1",
                "keepalive_lease_epoch{name=\"health-monitor\"} 12",
                "keepalive_monitor_vantage_seen_seconds{vantage=\"rome\"} 10",
                "keepalive_monitor_target_vantage_up{service=\"db\",vantage=\"rome\"} 0",
            ] {
                #expect(metrics.contains("\n\(line)\n"), "\(line)")
            }
            #expect(!metrics.contains("vantage_up{service=\"db\",vantage=\"oslo\"}"), "its view is too old")
            // Strangers see no vantage.
            let strangers = try monitor.ask("GET", "/", headers: ["Accept": "text/html"]).text
            #expect(strangers.contains("db") && !strangers.contains("oslo"))
        }
    }

    @Test func aSingleMonitorShowsNone() async throws {
        try await ServedMonitor.serve { monitor in
            let answer = try monitor.ask("GET", "/api/health/status").text
            #expect(!answer.contains("vantage"))
            let metrics = try monitor.ask("GET", "/metrics").text
            #expect(!metrics.contains("keepalive_lease"))
        }
    }
}
