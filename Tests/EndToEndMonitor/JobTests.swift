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

    /// Output that begins with an `@` is the note, and names no file to send.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")))
    func theLineForACrontab() async throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/health-monitor/targets.md")
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
        let line = try #require(lines.first { $0.contains("30 2 * * * u=") })
        let peer = try PeerServer { _ in .status(200) }
        // cron(8) takes the backslash before a percent sign away.
        let command = line.split(separator: " ", maxSplits: 5).last.map(String.init)?.replacing("\\%", with: "%")
            .replacing("http://monitor:8090/api/push/TOKEN", with: peer.url)
            .replacing("$(backup 2>&1)", with: "$(echo @/etc/hostname; exit 3)")
        let shell = try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", try #require(command)],
            environment: ["PATH": "/usr/bin:/bin"])
        #expect(await shell.wait() == .exited(0))
        let requests = peer.requests.elements
        #expect(requests.map(\.target) == ["/start", "/3"])
        #expect(requests.last.map { String(decoding: $0.body, as: UTF8.self) } == "@/etc/hostname")
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
