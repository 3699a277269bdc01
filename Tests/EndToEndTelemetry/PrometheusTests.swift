import Foundation
import KeepAliveTestSupport
import Testing

/// Real programs, scraped by a real Prometheus and queried by the dashboards.
@Suite(.timeLimit(.minutes(10)))
struct PrometheusTests {
    /// The demo bot lacks this metric, because it has no peer.
    private static let notThere = "keepalive_gateway_latency_seconds"

    @Test func whatIsScrapedIsWhatTheDashboardsShow() async throws {
        let fleet = try await Fleet.start()
        let folder = fleet.folder
        // Serves the launcher's file unchanged in the text format, like node_exporter.
        let files = try ScriptedServer(answering: { _ in
            ScriptedServer.answer(
                String(decoding: fleet.launcherFile, as: UTF8.self), type: "text/plain; version=0.0.4; charset=utf-8")
        })
        let prometheus = try await Prometheus.start(
            in: folder,
            """
            global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}
            rule_files: [\(Dashboard.file("alerts.yml").path)]
            scrape_configs:
              - job_name: keepalive-bot
                static_configs: [{targets: ["127.0.0.1:\(fleet.botPort)"]}]
              - job_name: keepalive-monitor
                authorization: {credentials: \(Fleet.key)}
                static_configs: [{targets: ["127.0.0.1:\(fleet.monitorPort)"]}]
              - job_name: node
                static_configs: [{targets: ["127.0.0.1:\(files.port)"]}]
            """)
        try await check(fleet, prometheus)
        await prometheus.stop()
        await fleet.stop()
    }

    private func check(_ fleet: Fleet, _ prometheus: Prometheus) async throws {
        for job in ["keepalive-bot", "keepalive-monitor", "node"] {
            try await prometheus.wait(for: "up{job=\"\(job)\"} == 1")
        }
        try await prometheus.wait(for: "keepalive_launcher_restarts_total{reason=\"crash\"} == 1")
        try await prometheus.wait(for: "keepalive_monitor_target_alert_open == 1")
        try await prometheus.wait(for: "keepalive_monitor_target_up{service=\"a \\\"<b>\\\" \\\\ down\"} == 0")
        try await prometheus.wait(for: "keepalive_monitor_outbox_events{channel=\"nowhere\"} > 0")
        try await prometheus.wait(for: "rate(keepalive_response_time_seconds_count[1m]) > 0")
        try await prometheus.wait(for: "keepalive_monitor_target_check_value{service=\"bot\",check=\"error_rate\"}")
        for name in ["keepalive-bot.json", "keepalive-fleet.json"] {
            let dashboard = try Dashboard(name)
            for query in dashboard.queries where !query.expression.hasPrefix(Self.notThere) {
                let text = query.expression
                #expect(try await !prometheus.wait(for: text).isEmpty, "\(name): \(query.panel): \(text)")
            }
            #expect(dashboard.variables.count == 2)
            for variable in dashboard.variables {
                let values = try await prometheus.values(of: variable.label, in: variable.series)
                #expect(!values.isEmpty, "\(name): \(variable)")
            }
        }
        // By the rules, the monitor's open alert is a Prometheus alert too.
        try await prometheus.wait(for: "ALERTS{alertname=\"KeepAliveServiceDown\"}")
        try await promtoolFindsNothing(fleet)
        let once = try await fleet.once()
        #expect(once.contains("disk full in about 2 hours"), "\(once)")
    }

    private func promtoolFindsNothing(_ fleet: Fleet) async throws {
        for (name, text) in try await fleet.everything() {
            #expect(text.count > 100, "\(name)")
            #expect(try await Prometheus.findings(text, in: fleet.folder) == "", "\(name)")
        }
        let folder = fleet.folder
        #expect(try await Prometheus.parserFindings(fleet.launcherFile, isOpen: false, in: folder) == "")
        for ofMonitor in [false, true] {
            let text = try await fleet.metrics(ofMonitor: ofMonitor).body
            #expect(try await Prometheus.parserFindings(text, isOpen: false, in: folder) == "")
            let open = try await fleet.metrics(
                ofMonitor: ofMonitor, accept: "application/openmetrics-text;version=1.0.0")
            #expect(open.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(try await Prometheus.parserFindings(open.body, isOpen: true, in: folder) == "")
        }
        try await whatIsServedIsWhatTheManualSays(fleet)
    }

    /// docs/metrics.md has a line for each family, with its type, labels and help.
    private func whatIsServedIsWhatTheManualSays(_ fleet: Fleet) async throws {
        let said = try MetricsManual.lines()
        // Some have no value, and so no labels, before a check has finished.
        let differences = try await Polling.until(
            {
                let served = try await fleet.everything().reduce(into: Set<String>()) { served, text in
                    served.formUnion(MetricsManual.lines(of: String(decoding: text.body, as: UTF8.self)))
                }
                return served.subtracting(said).map { "docs/metrics.md lacks \($0)" }
                    + said.subtracting(served).filter {
                        !$0.contains(Self.notThere) && !$0.contains("keepalive_lease_") && !$0.contains("vantage")
                    }.map { "not served: \($0)" }
            }, isMet: { $0.isEmpty })
        #expect(differences == [])
    }

    @Test func theRulesAreRight() async throws {
        let promtool = try Prometheus.program("promtool")
        for (verb, file) in [("check", "alerts.yml"), ("test", "alerts-test.yml")] {
            let (status, output) = try await ChildProcess.run(promtool, [verb, "rules", Dashboard.file(file).path])
            #expect(status == .exited(0), "\(output)")
        }
    }

    @Test func everyRuleIsInTheManualAndSaysWhatToDo() throws {
        let rules = try String(contentsOf: Dashboard.file("alerts.yml"), encoding: .utf8)
        let tests = try String(contentsOf: Dashboard.file("alerts-test.yml"), encoding: .utf8)
        let manual = try MetricsManual.text()
        let parts = rules.components(separatedBy: "- alert: ").dropFirst()
        #expect(parts.count >= 15)
        for part in parts {
            let name = String(part.prefix { !$0.isNewline })
            #expect(manual.contains("| `\(name)` |"), "\(name)")
            for key in ["severity: ", "summary: ", "description: "] { #expect(part.contains(key), "\(name): \(key)") }
            #expect(tests.contains("alertname: \(name), exp_alerts: []"), "\(name) is not tried where all is well")
            #expect(tests.contains("alertname: \(name)\n"), "\(name) is not tried where it is not")
        }
    }

    /// The parts that Grafana needs to load and draw a dashboard.
    @Test(arguments: ["keepalive-bot.json", "keepalive-fleet.json"])
    func theDashboardsAreWhole(name: String) throws {
        let dashboard = try Dashboard(name)
        #expect(dashboard.document["schemaVersion"]?.integer ?? 0 >= 39)
        #expect(dashboard.document["uid"]?.string == String(name.dropLast(5)))
        let variables = dashboard.document["templating"]?["list"]?.array ?? []
        #expect(variables.contains { $0["type"] == "datasource" && $0["query"] == "prometheus" })
        let ids = (dashboard.document["panels"]?.array ?? []).compactMap { $0["id"]?.integer }
        #expect(Set(ids).count == dashboard.document["panels"]?.array?.count)
        for panel in dashboard.panels {
            let title = panel["title"]?.string ?? ""
            #expect(!title.isEmpty)
            #expect(panel["fieldConfig"]?["defaults"]?["unit"]?.string?.isEmpty == false, "\(title)")
            #expect(panel["datasource"]?["uid"] == "${datasource}", "\(title)")
            #expect(panel["targets"]?.array?.isEmpty == false, "\(title)")
        }
    }
}
