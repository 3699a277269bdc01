import Foundation
import KeepAliveTestSupport
import Testing

/// Failures that no service has caused send no alert.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SilenceTests {
    /// A service that is not on this machine, as far as the monitor knows, and that never calls.
    private let silent = "{ name: \"far\", type: \"push\", token: \"never-called-token\", maxSilence: 1 }"

    @Test func withoutOurOwnNetworkNobodyIsBlamed() async throws {
        let network = try HTTPListener()
        let hook = try Webhook()
        let dead = try HTTPListener()
        try dead.stopListening()
        func configuration(_ port: UInt16) -> String {
            MonitorProcess.configuration(
                targets: [silent], channels: [hook.channel],
                more: "connectivity: { host: \"127.0.0.1\", port: \(port), timeout: 1 },")
        }
        let cutOff = try MonitorProcess(configuration(dead.port))
        let service = try await cutOff.service("far") {
            $0["status"] == "unknown" && $0["message"]?.string?.contains("no network") == true
        }
        #expect(service["consecutive_failures"] == 0)
        let uptime = try await cutOff.ask("GET", "/api/health/uptime/far").json()
        #expect(uptime["uptime_percent"] == .null)
        #expect(await cutOff.stop() == .exited(0))
        #expect(hook.events == [])
        // With a network the service is at fault.
        let connected = try MonitorProcess(configuration(network.port))
        #expect(Webhook.words(try await hook.event(1)) == "opened far")
        #expect(await connected.stop() == .exited(0))
    }

    @Test func whoseDependencyIsDownIsNotTold() async throws {
        let web = try HTTPListener(status: 503)
        let hook = try Webhook()
        let base = try HTTPListener(status: 503)
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(
                targets: [
                    "{ name: \"page\", type: \"http\", url: \"\(web.url)\", dependsOn: [\"base\"] }",
                    "{ name: \"base\", type: \"http\", url: \"\(base.url)\", interval: 2 }",
                ], channels: [hook.channel]))
        #expect(Webhook.words(try await hook.event(1)) == "opened base")
        let page = try await daemon.service("page")
        #expect(page["suppressed"] == "dependency base")
        #expect(page["consecutive_failures"] == 0)
        base.answer(with: 200)
        #expect(Webhook.words(try await hook.event(2)) == "resolved base")
        // Now the service itself is at fault.
        #expect(Webhook.words(try await hook.event(3)) == "opened page")
        #expect(await daemon.stop() == .exited(0))
    }

    @Test func nobodyIsWokenInMaintenance() async throws {
        let web = try HTTPListener(status: 503)
        let hook = try Webhook()
        let other = try HTTPListener(status: 503)
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(
                targets: [
                    """
                    { name: "web", type: "http", url: "\(web.url)",
                      maintenance: [{ from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" }] }
                    """,
                    MonitorProcess.http("other", other),
                ], channels: [hook.channel]))
        #expect(Webhook.words(try await hook.event(1)) == "opened other")
        let service = try await daemon.service("web")
        #expect(service["status"] == "maintenance")
        #expect(service["message"]?.string?.hasPrefix("the check found it unhealthy: ") == true)
        #expect(service["suppressed"] == "maintenance")
        let counts = try await daemon.ask("GET", "/api/health/status").json()["counts"]
        #expect(counts?["maintenance"] == 1)
        #expect(counts?["unhealthy"] == 1)
        let summary = try await daemon.ask("GET", "/api/health/summary").json()
        #expect(summary["maintenance"] == 1)
        #expect(summary["uptime_percent_24h"]?.double == 0)
        let uptime = try await daemon.ask("GET", "/api/health/uptime/web").json()
        #expect(uptime["uptime_percent"] == .null)
        #expect((uptime["maintenance"]?.integer ?? 0) > 0)
        let metrics = try await daemon.ask("GET", "/metrics").text
        #expect(metrics.contains("service=\"web\",type=\"http\",group=\"\",status=\"maintenance\"} 1"))
        #expect(!metrics.contains("keepalive_monitor_target_up{service=\"web\""))
        #expect(try await daemon.ask("GET", "/badge/web.svg").text.contains(">maintenance<"))
        #expect(await daemon.stop() == .exited(0))
        #expect(hook.events == ["opened other"])
    }
}
