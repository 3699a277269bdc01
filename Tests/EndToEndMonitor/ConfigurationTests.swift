import Foundation
import KeepAliveTestSupport
import Testing

/// The monitor's errors for a wrong configuration, and its start with its predecessor's flags.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ConfigurationTests {
    @Test func everyErrorAtOnceWithItsPlace() async throws {
        let wrong = """
            {
              checkInterval: "often", intervall: 3, maintenance: [{ days: ["someday"], from: "02:00", to: "04:00" }],
              connectivity: { host: "not a host" },
              api: { port: 99999, keys: ["$NOBODY_SETS_THIS"] },
              targets: [
                { name: "a", type: "http", url: "nonsense" },
                { name: "a", type: "tcp", host: "127.0.0.1", interval: 0 },
                { name: "b", type: "sing", dependsOn: ["c"] },
                { name: "x", type: "disk", path: "/", dependsOn: ["y"] },
                { name: "y", type: "disk", path: "/", dependsOn: ["x"] },
                { name: "r", type: "disk", path: "/", restart: "systemctl restart it" },
                { name: "\(String(repeating: "n", count: 1201))", type: "disk", group: "one\\ntwo" },
                { name: "..", type: "disk", path: "/" },
              ],
              channels: [{ type: "webhook" }, { type: "discord", token: "$NOBODY_SETS_THIS", channelId: "1" }],
            }
            """
        let run = try MonitorProcess(
            wrong, ["--check-config"],
            environment: ["DISCORD_BOT_URL": "nonsense", "CHECK_INTERVAL": "abc", "LOG_LEVEL": "loud"])
        let (status, output) = await run.end()
        #expect(status == .exited(78))
        for words in [
            "DISCORD_BOT_URL=\"nonsense\" is not allowed", "CHECK_INTERVAL=\"abc\" is not allowed",
            "LOG_LEVEL=\"loud\" is not allowed", "intervall: unknown key",
            "maintenance[0].days: \"someday\" is not allowed", "connectivity.host: \"not a host\"",
            "api.port: 99999 is not allowed", "api.keys[0]: the environment has no NOBODY_SETS_THIS",
            "targets[0].url: ", "targets[1].name: \"a\" is the name of an earlier target", "targets[1].interval: 0 is",
            "targets[1].port: is missing", "targets[2].type: \"sing\" is not allowed",
            "targets[3].dependsOn: ", "targets[5].restart: ", "targets[6].name: it is longer than 1200 bytes",
            "targets[7].name: it means a folder in a path",
            "targets[6].group: it is longer than 1200 bytes or has control characters", "channels[0].url: is missing",
            "channels[1].token: the environment has no NOBODY_SETS_THIS",
        ] {
            #expect(output.contains("\n  - " + words), "\(words) is missing in \(output)")
        }
    }

    /// Names appear in full in pages, alerts and requests.
    @Test(arguments: [
        "<script>alert(1)</script>", String(repeating: "ж", count: 300), "שירות \u{202E}abc", "a/b?c=d&e#f %2e",
    ])
    func namesMayBeAnything(name: String) async throws {
        let web = try HTTPListener(status: 503)
        let hook = try Webhook()
        let target = JSON.object([
            "name": .string(name), "type": "http", "url": .string(web.url), "failureThreshold": 1,
        ])
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(
                targets: [String(decoding: target.encoded, as: UTF8.self)],
                channels: [hook.channel]))
        let alert = try await hook.event(1)
        #expect(alert["service"]?.string == name)
        #expect(alert["title"]?.string?.hasSuffix(" is failing") == true)
        let path = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        #expect(try await daemon.ask("GET", "/api/health/uptime/\(path)").json()["service"]?.string == name)
        #expect(try await daemon.ask("GET", "/badge/\(path).svg").status == 200)
        #expect(await daemon.stop() == .exited(0))
    }

    /// With every way to start: all errors at once, and nothing starts.
    @Test(arguments: [["--check-config"], ["--once"], ["--once", "--alert"], []])
    func aWrongFileStartsNothing(arguments: [String]) async throws {
        let run = try MonitorProcess(
            "{ api: { host: \"not an ip!\", host: 1 }, targets: [{ name: \"a\", type: \"disk\", restart: [] }] }",
            arguments)
        let (status, output) = await run.end()
        #expect(status == .exited(78))
        for words in ["api.host: the key stands twice", "targets[0].restart: the list is empty"] {
            #expect(output.contains("\n  - " + words), "\(words) is missing in \(output)")
        }
        #expect(!FileManager.default.fileExists(atPath: run.database))
    }

    /// 3 GB of zeros in a sparse file, and a file with a missing end.
    @Test func whatIsNoConfigurationIsNotRead() async throws {
        let folder = try TemporaryDirectory(prefix: "monitor")
        try folder.write("", to: "zeros")
        let zeros = try FileHandle(forWritingTo: folder.file("zeros"))
        try zeros.truncate(atOffset: 3 << 30)
        try zeros.close()
        try folder.write("{\n  targets: [", to: "open")
        for (name, words) in [("zeros", "larger than 16 MiB"), ("open", "line 2, column 12: [ is never closed")] {
            let run = try MonitorProcess(nil, ["--config", name, "--check-config"], in: folder)
            let (status, output) = await run.end()
            #expect(status == .exited(78))
            #expect(output.contains(words), "\(output)")
        }
    }

    @Test func withoutAFileTooNothingIsGuessed() async throws {
        let run = try MonitorProcess(
            nil, ["--check-config", "-check-interval=abc"], environment: ["PORT": "many", "VLLM_URL": "https://"])
        let (status, output) = await run.end()
        #expect(status == .exited(78))
        for words in ["CHECK_INTERVAL=\"abc\"", "PORT=\"many\"", "VLLM_URL=\"https://\""] {
            #expect(output.contains("\n  - " + words + " is not allowed"), "\(words) is missing in \(output)")
        }
    }

    @Test(arguments: [["--nonsense"], ["-discord-bot-uri", "x"], ["--json"], ["--config"]])
    func whatIsNoFlagIsWrongUsage(arguments: [String]) async throws {
        let (status, output) = try await MonitorProcess(nil, arguments).end()
        #expect(status == .exited(64))
        #expect(output.hasPrefix("health-monitor: ") && output.contains("--help"))
    }

    @Test func noArgumentAndNoVariableActsOnTheTerminal() async throws {
        let variables = ["MONITOR_PORT": "\u{1B}[31m"]
        for (argument, words) in [
            ("--x\u{1B}[31m", "health-monitor: unknown argument --x\\x1b[31m"),
            ("--check-config", "\n  - MONITOR_PORT=\"\\x1b[31m\" is not allowed"),
        ] {
            let (_, output) = try await MonitorProcess(nil, [argument], environment: variables).end()
            #expect(output.contains(words), "\(output)")
            #expect(!output.contains("\u{1B}"))
        }
    }

    @Test func theFlagsOfTheEarlierServiceWork() async throws {
        let token = "MTIz.the-discord.token"
        let discord = try PeerServer { request in
            switch request.target {
            case "/users/@me/guilds?limit=200": .status(200, body: #"[{"id":"100","name":"guild"}]"#)
            case "/guilds/100/channels":
                .status(200, body: #"[{"id":"200","type":0,"name":"general"},{"id":"300","type":0,"name":"alerts"}]"#)
            case "/channels/300/messages": .status(200, body: #"{"id":"9"}"#)
            default: .status(404)
            }
        }
        let down = try HTTPListener(status: 500)
        let up = try HTTPListener()
        let daemon = try MonitorProcess(
            nil,
            [
                "-discord-bot-url", down.url, "--twitch-bot-url=" + up.url, "-vllm-url", up.url,
                "--discord-token", token, "-user-id=77", "--check-interval", "1",
                "-alert-interval", "3600", "-log-level", "debug", "--port", "0",
            ],
            environment: [
                "DISCORD_API_URL": discord.url, "MONITOR_API_KEY": MonitorProcess.key, "LLAMA_CPP_PATH": "/x",
                "LLAMA_CPP_URL": up.url,
            ])
        let message = try await discord.waitForRequest(3)
        #expect(message.target == "/channels/300/messages")
        #expect(message.headers["Authorization"] == "Bot \(token)")
        #expect(message.json["content"]?.string?.hasPrefix("<@77> discord-bot is failing: ") == true)
        #expect(message.json["allowed_mentions"] == ["parse": [], "users": ["77"]])
        #expect(message.json["embeds"]?[0]?["title"] == "discord-bot is failing")
        let services = try await daemon.ask("GET", "/api/health/status").json()["services"]?.array ?? []
        #expect(services.compactMap { $0["name"]?.string } == ["discord-bot", "twitch-bot", "vllm", "llama-cpp"])
        #expect(await daemon.stop() == .exited(0))
        #expect(!daemon.output.contains(token))
    }
}
