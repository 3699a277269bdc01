import Foundation
import KeepAliveTestSupport
import Testing

/// Several monitors on one database: one verdict, one alert, also when the one that leads dies.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct VantageTests {
    private let url: String
    private let server: PostgreSQLServer

    init() async throws {
        server = try await PostgreSQLServer.shared()
        url = try await server.makeDatabase()
    }

    /// One monitor of several, with the same file but for its own view of `web`.
    private func monitor(
        _ name: String, _ web: HTTPListener, _ hook: Webhook, leaseTtl: Int = 5, targets: [String] = [],
        url: String? = nil, in folder: TemporaryDirectory? = nil
    ) throws -> MonitorProcess {
        let text = """
            {
              vantage: "$PLACE", database: "\(url ?? self.url)", leaseTtl: \(leaseTtl), stateDir: ".",
              checkInterval: 0.5, timeout: 2, retries: 0, failureThreshold: 2,
              api: { port: 0, key: "\(MonitorProcess.key)" },
              targets: [\(([MonitorProcess.http("web", web)] + targets).joined(separator: ",\n"))],
              channels: [\(hook.channel)],
            }
            """
        return try MonitorProcess(text, in: folder, environment: ["PLACE": name])
    }

    private func leader(_ monitors: [MonitorProcess]) async throws -> Int {
        try await Polling.until(
            { () -> Int? in
                for (index, monitor) in monitors.enumerated()
                where try await monitor.ask("GET", "/metrics").text.contains(
                    "keepalive_lease_leader{name=\"health-monitor\"} 1\n")
                {
                    return index
                }
                return nil
            }, isMet: { $0 != nil }) ?? 0
    }

    private func vantages(_ json: JSON) -> [String] {
        json["vantages"]?.array?.map { "\($0["vantage"]?.string ?? "?") \($0["says"]?.string ?? "?")" } ?? []
    }

    /// How many seconds ago a service was judged.
    private static func age(_ service: JSON) -> TimeInterval {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let time = service["last_check"]?.string.flatMap { try? style.parse($0) }
        return time.map { Date.now.timeIntervalSince($0) } ?? .infinity
    }

    @Test func aMajorityOpensHoldsAndResolvesOneAlert() async throws {
        let hook = try Webhook()
        let webs = try (0..<3).map { _ in try HTTPListener() }
        let monitors = try zip(["oslo", "paris", "rome"], webs).map { try monitor($0, $1, hook) }
        for monitor in monitors {
            try await monitor.service("web") {
                vantages($0) == ["oslo healthy", "paris healthy", "rome healthy"] && $0["status"] == "healthy"
            }
        }
        // One of three: no alert.
        webs[0].answer(with: 503)
        for monitor in monitors {
            try await monitor.service("web") {
                vantages($0).first == "oslo unhealthy" && $0["status"] == "healthy" && $0["alert"] == .null
            }
        }
        #expect(hook.events == [])
        // Two of three.
        webs[1].answer(with: 500)
        let opened = try await hook.event(1)
        #expect(Webhook.words(opened) == "opened web")
        #expect(opened["message"]?.string?.contains("unhealthy at oslo, paris; healthy at rome") == true)
        for monitor in monitors {
            try await monitor.service("web") { $0["status"] == "unhealthy" && $0["alert"] != .null }
        }
        // One away: one against one holds.
        _ = await monitors[0].stop()
        try await monitors[2].service("web") {
            $0["status"] == "unhealthy" && $0["message"]?.string?.contains("the status before holds") == true
        }
        webs[1].answer(with: 200)
        #expect(Webhook.words(try await hook.event(2)) == "resolved web")
        // One that was stopped on purpose is not silent, and each alert came once.
        try await monitors[2].service("web") { $0["status"] == "healthy" && $0["alert"] == .null }
        #expect(hook.events == ["opened web", "resolved web"])
        // An uptime counts the combined checks, not each vantage's.
        let rows = try await server.psql(
            """
            SELECT (SELECT sum(healthy + unhealthy + unknown + degraded) FROM service_health_hours)
                = (SELECT count(*) FROM service_health_checks WHERE vantage IS NULL),
                count(DISTINCT vantage) FROM service_health_checks
            """, url: url)
        #expect(rows == "t|3\n")
        for monitor in monitors.dropFirst() { #expect(await monitor.stop() == .exited(0)) }
    }

    /// The alert was stored and the channel had refused it: the next leader sends it, with the same key.
    @Test func aLeaderKilledBeforeTheDeliveryLosesNoAlert() async throws {
        let isWell = EventLog<Void>()
        let taken = EventLog<String>()
        let tried = EventLog<String>()
        let hook = try Webhook { event in
            tried.append(event["id"]?.string ?? "")
            guard isWell.count > 0 else { return .status(503) }
            taken.append("\(Webhook.words(event)) \(event["id"]?.string ?? "")")
            return .status(200)
        }
        let web = try HTTPListener(status: 503)
        let monitors = [try monitor("oslo", web, hook), try monitor("paris", web, hook)]
        let leading = try await leader(monitors)
        let key = try await tried.element(at: 0)
        #expect(await monitors[leading].stop(SIGKILL) == .signaled(SIGKILL))
        isWell.append(())
        // The dead monitor is missed, once. Services wait for no other service.
        let other = monitors[1 - leading]
        let name = ["oslo", "paris"][leading]
        _ = try await taken.element(at: 1)
        #expect(!key.isEmpty && taken.elements.contains("opened web \(key)"))
        #expect(taken.elements.contains { $0.hasPrefix("opened vantage \(name) ") })
        // It is back: resolved.
        let again = try monitor(name, web, hook, in: monitors[leading].folder)
        _ = try await taken.element(at: 2)
        #expect(taken.elements[2].hasPrefix("resolved vantage \(name) "))
        web.answer(with: 200)
        _ = try await taken.element(at: 3)
        #expect(taken.elements[3].hasPrefix("resolved web "))
        #expect(taken.count == 4)
        #expect(try await self.leader([other]) == 0)
        for monitor in [other, again] { #expect(await monitor.stop() == .exited(0)) }
    }

    /// A monitor that cannot reach the database says so, once, and once when it is back; the other misses it.
    @Test func aMonitorThatIsCutOffSaysSoItself() async throws {
        let hook = try Webhook()
        let web = try HTTPListener()
        let role = "far_\(url.split(separator: "/").last ?? "")"
        try await server.psql("CREATE ROLE \(role) SUPERUSER LOGIN")
        let database = String(url.split(separator: "/").last ?? "")
        let near = try monitor("near", web, hook)
        _ = try await leader([near])
        let far = try monitor("far", web, hook, url: server.url(database: database, user: role))
        try await near.service("web") { vantages($0) == ["far healthy", "near healthy"] }
        try await server.psql(
            "ALTER ROLE \(role) NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(role)'"
        )
        // Each of the two notices, in either order.
        let both = [Webhook.words(try await hook.event(1)), Webhook.words(try await hook.event(2))]
        #expect(Set(both) == ["opened health-monitor at far", "opened vantage far"])
        try await far.service("web") { $0["status"] == "unknown" }
        // What it sees alone opens no alert there.
        try await near.service("web") { $0["status"] == "healthy" }
        try await server.psql("ALTER ROLE \(role) LOGIN")
        let back = [Webhook.words(try await hook.event(3)), Webhook.words(try await hook.event(4))]
        #expect(Set(back) == ["resolved health-monitor at far", "resolved vantage far"])
        try await far.service("web") { $0["status"] == "healthy" }
        #expect(hook.events.count == 4)
        for monitor in [far, near] { #expect(await monitor.stop() == .exited(0)) }
    }

    /// What is too old when the leader is back had no way to the database, and the other may be back a little later.
    @Test func aShortOutageOfTheDatabaseOpensNoAlert() async throws {
        let hook = try Webhook()
        let web = try HTTPListener()
        let database = String(url.split(separator: "/").last ?? "")
        let role = "other_\(database)"
        try await server.psql("CREATE ROLE \(role) SUPERUSER LOGIN")
        let near = try monitor("near", web, hook, leaseTtl: 30)
        _ = try await leader([near])
        let far = try monitor("far", web, hook, leaseTtl: 30, url: server.url(database: database, user: role))
        for monitor in [near, far] {
            try await monitor.service("web") { vantages($0) == ["far healthy", "near healthy"] }
        }
        try await server.psql(
            """
            ALTER ROLE \(role) NOLOGIN; ALTER DATABASE \(database) ALLOW_CONNECTIONS false;
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database)'
            """)
        for monitor in [near, far] { try await monitor.service("web") { Self.age($0) > 9 } }
        try await server.psql("ALTER DATABASE \(database) ALLOW_CONNECTIONS true")
        try await Polling.until(
            { try await near.ask("GET", "/health").text.contains("cannot be reached") }, isMet: { !$0 })
        try await server.psql("ALTER ROLE \(role) LOGIN")
        for monitor in [near, far] {
            try await monitor.service("web") {
                vantages($0) == ["far healthy", "near healthy"] && Self.age($0) < 2
            }
        }
        #expect(hook.events == [])
        // The next failure is none of the outage.
        web.answer(with: 503)
        #expect(Webhook.words(try await hook.event(1)) == "opened web")
        web.answer(with: 200)
        #expect(Webhook.words(try await hook.event(2)) == "resolved web")
        #expect(hook.events.count == 2)
        for monitor in [far, near] { #expect(await monitor.stop() == .exited(0)) }
    }

    /// It cannot know at its start that its vantage is taken: it ends as soon as the database answers.
    @Test func aSecondMonitorThatStartsWithoutTheDatabaseEndsLater() async throws {
        let hook = try Webhook()
        let web = try HTTPListener()
        let first = try monitor("oslo", web, hook)
        _ = try await leader([first])
        let database = String(url.split(separator: "/").last ?? "")
        try await server.psql("CREATE ROLE late_\(database) LOGIN CONNECTION LIMIT 0 IN ROLE postgres")
        let second = try monitor("oslo", web, hook, url: server.url(database: database, user: "late_\(database)"))
        try await second.service("web") { $0["status"] == "healthy" || $0["status"] == "unknown" }
        try await second.child.waitForLine(containing: "the history cannot be written")
        try await server.psql("ALTER ROLE late_\(database) CONNECTION LIMIT -1")
        let end = await second.end()
        #expect(end.status == .exited(78), "\(end.output)")
        #expect(end.output.contains("vantage: another health-monitor is oslo already"), "\(end.output)")
        try await first.service("web") { vantages($0) == ["oslo healthy"] && $0["status"] == "healthy" }
        #expect(await first.stop() == .exited(0))
    }

    /// One vantage's own target, and a call that the other takes.
    @Test func localTargetsAndCalls() async throws {
        let hook = try Webhook()
        let web = try HTTPListener()
        let targets = [
            "{ name: \"disk\", type: \"disk\", path: \"/\", vantage: \"oslo\", warningPercent: 100, criticalPercent: 100 }",
            "{ name: \"job\", type: \"push\", token: \"job-token-of-sixteen\", maxSilence: 600 }",
        ]
        let oslo = try monitor("oslo", web, hook, targets: targets)
        let paris = try monitor("paris", web, hook, targets: targets)
        try await paris.service("disk") { vantages($0).map { $0.prefix(5) } == ["oslo "] }
        #expect(try await oslo.ask("GET", "/api/push/job-token-of-sixteen/fail", key: nil).status == 200)
        try await paris.service("job") { $0["status"] == "unhealthy" }
        #expect(Webhook.words(try await hook.event(1)) == "opened job")
        #expect(try await paris.ask("GET", "/api/push/job-token-of-sixteen", key: nil).status == 200)
        #expect(Webhook.words(try await hook.event(2)) == "resolved job")
        try await oslo.service("job") { $0["status"] == "healthy" }
        // What a person says to one is known to the other.
        #expect(
            try await oslo.ask("POST", "/api/health/silence/web", body: "{\"minutes\": 5}").status == 200)
        try await paris.service("web") { $0["silenced"] != .null }
        // A second monitor of one name is refused.
        let double = try monitor("oslo", web, hook, targets: targets)
        let end = await double.end()
        #expect(end.status == .exited(78))
        #expect(end.output.contains("another health-monitor is oslo already"))
        for monitor in [oslo, paris] { #expect(await monitor.stop() == .exited(0)) }
    }
}
