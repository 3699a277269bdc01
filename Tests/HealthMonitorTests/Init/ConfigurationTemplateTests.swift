import Foundation
import KeepAliveCurl
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct ConfigurationTemplateTests {
    private func read(_ template: ConfigurationTemplate) throws -> MonitorConfiguration {
        guard case .object(let root) = try JSONValue.readingJSON5(Array(template.text.utf8)).value else {
            throw ConfigurationFailure(findings: ["no object"])
        }
        return try MonitorConfiguration(root)
    }

    @Test func withNothingFoundItWatchesThisHost() throws {
        let configuration = try read(ConfigurationTemplate())
        #expect(configuration.targets.map(\.name) == ["disk", "memory"])
        #expect(configuration.channels.isEmpty)
        #expect(configuration[APISettings.self].port == 8090)
    }

    @Test func whatWasFoundIsWatched() throws {
        var template = ConfigurationTemplate()
        // Names come from others: quotes, variables and comments in them stay text.
        template.services.bots = [
            .init(name: #"A "bot" $HOME // x"#, port: 8001), .init(name: "B\n\u{1B}C", port: 8002),
        ]
        template.services.containers = ["db", "disk"]
        template.socket = "/run/x/docker.sock"
        template.channel = [("type", "slack"), ("url", "http://127.0.0.1:1/\"x")]
        template.port = 0
        let configuration = try read(template)
        #expect(
            configuration.targets.map(\.name) == [
                "disk", "memory", #"A "bot" $HOME // x (port 8001)"#, "B  C (port 8002)", "db", "disk (container)",
            ])
        #expect(configuration.targets.suffix(2).map(\.probe.address) == ["container db", "container disk"])
        #expect(template.text.components(separatedBy: #"socket: "/run/x/docker.sock""#).count == 3)
        #expect(configuration.channels.map(\.name) == ["slack"])
        #expect(configuration[APISettings.self].port == 0)
    }

    @Test func theUsualSocketIsNotWritten() {
        var template = ConfigurationTemplate()
        template.services.containers = ["db"]
        #expect(template.text.contains(#"container: "db" }"#) && !template.text.contains("socket:"))
    }

    /// Each example in it works without its `//`.
    @Test func theExamplesAreRight() throws {
        let lines = ConfigurationTemplate().text.split(separator: "\n").map { line -> String in
            let text = line.drop { $0 == " " }
            return text.hasPrefix("// {") ? String(text.dropFirst(3)) : String(line)
        }
        guard case .object(let root) = try JSONValue.readingJSON5(Array(lines.joined(separator: "\n").utf8)).value
        else { throw ConfigurationFailure(findings: ["no object"]) }
        let variables = [
            "CRON_PUSH_TOKEN": "0123456789abcdef0123",
            "ALERT_BOT_TOKEN": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1",
            "DISCORD_WEBHOOK_URL": "https://discord.com/api/webhooks/1/x",
            "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/x",
        ]
        let configuration = try MonitorConfiguration(root, environment: variables)
        #expect(configuration.targets.count == 8)
        #expect(configuration.channels.count == 5)
    }
}

struct LocalServicesTests {
    @Test func containersAreNamed() throws {
        let list = try JSONValue(
            parsing: Array(
                #"[{"Names":["/web/db","/db"]},{"Names":["/a b"]},{"Names":[]},{},{"Names":["/app.1_x-y"]},7]"#.utf8))
        #expect(LocalServices.names(list.elements ?? []) == ["app.1_x-y", "db"])
    }

    @Test func theEngineIsAsked() async throws {
        let folder = try TemporaryDirectory(prefix: "d")
        let client = HTTPClient()
        let (good, bad) = (folder.file("g").path, folder.file("b").path)
        // A machine without an engine is normal.
        var found = LocalServices()
        await found.findContainers(at: good, with: client)
        #expect(found == LocalServices())
        let engine = try FakeDocker(at: good) { _ in (200, #"[{"Names":["/web"]}]"#) }
        await found.findContainers(at: engine.path, with: client)
        #expect(found == LocalServices(containers: ["web"]))
        let other = try FakeDocker(at: bad) { _ in (500, "[]") }
        var none = LocalServices()
        await none.findContainers(at: other.path, with: client)
        #expect(none.containers == [])
        #expect(none.engineTrouble == "\(bad) answered 500 without a list of containers")
        withExtendedLifetime((engine, other)) {}
    }
}
