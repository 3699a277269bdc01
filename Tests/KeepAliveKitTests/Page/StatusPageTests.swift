import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

@Suite(.timeLimit(.minutes(1)))
struct StatusPageTests {
    static let hostile = "</title><script>alert(\"1\")</script><img src=x onerror='alert(2)'>&amp;"

    private func page(name: String = hostile, health: HealthMonitor = HealthMonitor()) throws -> RawClient.Response {
        try ServedBot.serve(name: name, version: "<b>", health: health) { port in
            try ServedBot.ask("GET", "/", port: port, headers: ["Accept": "text/html,*/*;q=0.8"])
        }
    }

    @Test func browsersGetAPage() throws {
        let answer = try page()
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(answer.headers["Cache-Control"] == "no-store")
        #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
        #expect(answer.headers["Content-Length"] == "\(answer.body.count)")
        #expect(answer.text.hasPrefix("<!doctype html>"))
        #expect(answer.text.contains("Healthy"))
        #expect(answer.body.count < 20_000, "it is asked for every two seconds")
    }

    /// Also without JavaScript: the page contains all of it.
    @Test func theFiguresAreInThePage() throws {
        let gateway = GatewayHeartbeat()
        let health = HealthMonitor(gateway: gateway)
        for _ in 0..<1234 { health.recordUpdate(took: .milliseconds(40)) }
        for _ in 0..<2 { health.recordError() }
        health.heartbeat()
        health.check("ledger", critical: true) {}
        health.recordRestart()
        gateway.noteConnected()
        let text = try page(health: health).text
        for figure in [
            "<dt>Updates</dt><dd>1,234</dd>", "<dt>Errors</dt><dd>2</dd><dd class=\"quiet\">0.2 % of updates</dd>",
            "<dt>Restarts</dt><dd>1</dd>", "<dt>Slowest</dt><dd>40 ms</dd>",
            "<b>Not run yet</b> <bdi class=\"name\">ledger</bdi> <span class=\"note\">critical</span>",
            "<dd>Connected, not ready</dd>", "<dd>Responsive</dd>",
        ] {
            #expect(text.contains(figure), "\(figure)")
        }
        #expect(text.contains(/<dt>Last update<\/dt><dd>\d+ s ago<\/dd>/))
        let fresh = try page().text
        #expect(fresh.contains("<dt>Last update</dt><dd>none yet</dd>"))
        #expect(fresh.contains("There has been no update yet."))
    }

    @Test func whatIsNotInOrderStandsOut() {
        var report = HealthMonitor().report()
        func snapshot(_ isConnected: Bool, ready: Duration?) -> GatewaySnapshot {
            GatewaySnapshot(connected: isConnected, lastEventAge: .zero, lastReadyAge: ready)
        }
        report.gateway = snapshot(true, ready: nil)
        report.gateways = [
            NamedGateway(name: "a", snapshot: snapshot(true, ready: .zero)),
            NamedGateway(name: "b", snapshot: snapshot(true, ready: .zero), isStalled: true),
            NamedGateway(name: "c", snapshot: snapshot(false, ready: .zero), isStalled: true),
            NamedGateway(name: "d", snapshot: snapshot(false, ready: nil)),
        ]
        let text = StatusPage(name: "b", version: "1", report: report, time: .now()).live.text
        for part in [
            "<div class=\"degraded\"><dt>Connection</dt><dd>Connected, not ready</dd>",
            "<div><dt>Connection a</dt><dd>Connected</dd>",
            "<div class=\"degraded\"><dt>Connection b</dt><dd>Stalled</dd>",
            "<div class=\"degraded\"><dt>Connection c</dt><dd>Lost</dd>",
            "<div class=\"degraded\"><dt>Connection d</dt><dd>Disconnected</dd>",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    private func live(_ change: (inout HealthReport) -> Void) -> String {
        var report = HealthMonitor().report()
        change(&report)
        return StatusPage(name: "b", version: "1", report: report, time: .now()).live.text
    }

    @Test func timesHaveTheirUnits() {
        let text = live {
            $0.uptime = .milliseconds(61_500)
            $0.executor = .late(.milliseconds(2500))
            $0.gateway = GatewaySnapshot(
                connected: true, lastEventAge: .zero, lastReadyAge: .zero, latency: .milliseconds(40))
        }
        for part in ["data-up=\"61500e-3\"", "a task waited 2.5 s", "round trip 40 ms", "<dd>1 min 1 s</dd>"] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func eachFigureStandsUnderItsName() {
        let text = live {
            $0.responseTimes = ResponseTimes(p50: 1, p95: 2, p99: 3, max: 4)
            $0.executor = .stopped(.seconds(61))
            $0.gateway = GatewaySnapshot(connected: false, lastEventAge: .seconds(9), disconnectAge: .seconds(62))
            $0.statusSince = WallTime(microseconds: 1_768_838_847_123_456)
            $0.statusAge = .seconds(63)
            $0.checks = [CheckResult(name: "c", isCritical: false, status: .healthy, age: .seconds(64), error: nil)]
            ($0.totalUpdates, $0.totalErrors, $0.restarts) = (7, 8, 9)
            ($0.lastUpdateAgo, $0.lastHeartbeatAgo, $0.uptime) = (.seconds(65), .seconds(66), .seconds(67))
            $0.gateways = [
                NamedGateway(
                    name: "n",
                    snapshot: GatewaySnapshot(connected: true, lastEventAge: .seconds(68), lastReadyAge: .seconds(69)))
            ]
        }
        for part in [
            "<dt>Median</dt><dd>1 ms</dd>", "<dt>95th percentile</dt><dd>2 ms</dd>",
            "<dt>99th percentile</dt><dd>3 ms</dd>", "<dt>Slowest</dt><dd>4 ms</dd>",
            "<dd>Stopped</dd><dd class=\"quiet\">no task has run for 1 min 1 s</dd>",
            "<dd>Disconnected</dd><dd class=\"quiet\">for 1 min 2 s</dd>",
            ">2026-01-19 16:07:27 UTC</time> (1 min 3 s)</p>",
            "<b>Passed</b> <bdi class=\"name\">c</bdi> <span class=\"quiet\">1 min 4 s ago</span>",
            "<dt>Last update</dt><dd>1 min 5 s ago</dd>", "<dt>Last heartbeat</dt><dd>1 min 6 s ago</dd>",
            "<dt>Up for</dt><dd>1 min 7 s</dd>", "<dd class=\"quiet\">last event 1 min 8 s ago ",
            "<dt>Updates</dt><dd>7</dd>", "<dt>Errors</dt><dd>8</dd>", "<dt>Restarts</dt><dd>9</dd>",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    /// Only a critical check's failure has the colour of an unhealthy bot.
    @Test func aFailedCheckHasTheColourOfItsImportance() {
        let text = live { report in
            report.checks = [true, false].map {
                CheckResult(name: "c\($0)", isCritical: $0, status: .unhealthy, age: nil, error: "no")
            }
        }
        for part in [
            "<li class=\"unhealthy\"><b>Failed</b> <bdi class=\"name\">ctrue</bdi>",
            "<li class=\"degraded\"><b>Failed</b> <bdi class=\"name\">cfalse</bdi><p dir=\"auto\">no</p></li>",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    /// While it starts or stops as it should, the time of the verdict would mislead.
    @Test(arguments: [
        (BodyState.running, true), (.starting, false), (.restarting, false), (.stopping, false), (.stopped, false),
    ])
    func sinceWhenAVerdictHolds(body: BodyState, isShown: Bool) {
        let text = live { $0.body = body }
        #expect(text.contains("Since <time") == isShown)
    }

    @Test func aStopHidesNoTrouble() {
        let asked = live { $0.body = .stopping }
        #expect(asked.contains("The bot is stopping as requested."))
        let troubled = live {
            $0.body = .stopping
            $0.reasons = ["Something is wrong."]
        }
        #expect(troubled.contains("<li dir=\"auto\">Something is wrong.</li></ul>"))
    }

    @Test func fiveReasonsAreShownInFull() {
        var report = HealthMonitor().report()
        report.status = .degraded
        report.reasons = (1...5).map { "Reason \($0)." }
        let text = StatusPage(name: "b", version: "1", report: report, time: .now()).live.text
        #expect(text.contains("<li dir=\"auto\">Reason 5.</li></ul>"))
    }

    @Test func manyReasonsDoNotFillTheScreen() throws {
        var report = HealthMonitor().report()
        report.status = .degraded
        report.reasons = (1...9).map { "Reason \($0)." }
        let page = StatusPage(name: "b", version: "1", report: report, time: .now())
        #expect(
            page.live.text.contains(
                "<li dir=\"auto\">Reason 5.</li><li dir=\"auto\">4 more: see the checks below.</li>"))
    }

    @Test func aHostileNameIsText() throws {
        let text = try page().text
        #expect(!text.contains("<script>alert"))
        #expect(!text.contains("<img"))
        #expect(!text.contains("<b>"))
        #expect(text.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"))
        #expect(text.contains("&amp;amp;"))
    }

    @Test func hostileReasonsAreText() throws {
        let health = HealthMonitor(body: .failed(reason: "<i>no</i>")) { "\($0)" }
        health.check("<u>check</u>") {}
        let text = try page(health: health).text
        #expect(text.contains("&lt;i&gt;no&lt;/i&gt;"))
        #expect(text.contains("&lt;u&gt;check&lt;/u&gt;"))
        #expect(text.contains("Unhealthy"))
    }

    @Test func thePolicyAllowsOnlyWhatThePageHolds() throws {
        let first = try page()
        let second = try page()
        let policy = try #require(first.headers["Content-Security-Policy"])
        #expect(policy.contains("default-src 'none'"))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(policy.contains("base-uri 'none'") && policy.contains("form-action 'none'"))
        #expect(!policy.contains("unsafe"))
        let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([0-9a-f]+)'/)).1
        #expect(first.text.contains("<script nonce=\"\(nonce)\">"))
        #expect(first.text.contains("<style nonce=\"\(nonce)\">"))
        #expect(!first.text.contains("http://") && !first.text.contains("https://"), "no outside assets")
        #expect(second.headers["Content-Security-Policy"] != policy, "a nonce is used once")
    }

    @Test(arguments: ["*/*", "application/json", "text/html;q=0.1, application/json"])
    func programsGetJSON(accept: String) throws {
        let answer = try ServedBot.serve { port in
            try ServedBot.ask("GET", "/", port: port, headers: ["Accept": accept])
        }
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(try answer.json()["status"] == "online")
    }
}
