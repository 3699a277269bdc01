import Foundation
import KeepAliveTestSupport
import Testing

/// Cron jobs that call the built monitor.
struct JobTests {
    private static func configuration(_ more: String, channels: [String] = []) -> String {
        MonitorProcess.configuration(
            targets: [
                "{ name: \"job\", type: \"push\", token: \"token-of-the-job\", schedule: \"@daily\", "
                    + "timeZone: \"Europe/Berlin\", \(more) }"
            ], channels: channels)
    }

    private static func call(_ monitor: MonitorProcess, _ rest: String = "") async throws {
        #expect(try await monitor.ask("GET", "/api/push/token-of-the-job" + rest, key: nil).status == 200)
    }

    /// Killed between any two steps, it knows each call that it has answered.
    @Test func aRunOutlivesKills() async throws {
        let configuration = Self.configuration("maxDuration: 3600")
        var monitor = try MonitorProcess(configuration)
        func kill() async throws {
            #expect(await monitor.stop(SIGKILL) == .signaled(SIGKILL))
            monitor = try MonitorProcess(configuration, in: monitor.folder)
        }
        try await Self.call(monitor, "/start?rid=one")
        try await kill()
        try await monitor.service("job") { $0["message"]?.string?.hasPrefix("running for ") == true }
        try await Self.call(monitor, "/9?rid=one&msg=disk+full")
        try await kill()
        try await monitor.service("job") { $0["status"] == "unhealthy" && $0["message"] == "exit code 9: disk full" }
        try await Self.call(monitor, "/start")
        try await kill()
        try await Self.call(monitor, "/0")
        try await kill()
        let service = try await monitor.service("job") { $0["status"] == "healthy" }
        #expect(service["message"]?.string?.contains("the run took ") == true)
        #expect(service["next_due"]?.string?.hasSuffix("00:00.000000Z") == true)
        #expect(await monitor.stop() == .exited(0))
    }

    /// A failure opens the alert without waiting for the next check, which is a day away.
    @Test func aFailureAlertsAtOnce() async throws {
        let webhook = try Webhook()
        let monitor = try MonitorProcess(Self.configuration("interval: 86400", channels: [webhook.channel]))
        try await monitor.service("job")
        try await Self.call(monitor, "/start")
        try await Self.call(monitor, "/fail?msg=no+space")
        let opened = try await webhook.event(1)
        #expect(opened["event"] == "opened")
        #expect(opened["message"] == "no space")
        try await Self.call(monitor)
        #expect(try await webhook.event(2)["event"] == "resolved")
        #expect(await monitor.stop() == .exited(0))
    }
}
