import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The configuration from variables, with and without a file.
struct ConfigurationSourceTests {
    private func load(_ environment: [String: String], file: String? = nil) throws -> MonitorConfiguration {
        let folder = try TemporaryDirectory()
        var arguments: [String] = []
        if let file {
            try folder.write(file, to: "monitor.json5")
            arguments = ["--config", folder.file("monitor.json5").path]
        }
        // Targets, so that no bot is searched on this machine's ports.
        let all = ["TWITCH_BOT_URL": "http://127.0.0.1:1/"].merging(environment) { $1 }
        return try ConfigurationSource.load(
            Options(arguments), Settings(environment: [:], file: all.filter { !$0.value.isEmpty }))
    }

    private func addresses(_ environment: [String: String]) throws -> [String] {
        try load(environment).targets.map { "\($0.name) \($0.probe.address)" }
    }

    @Test func aModelServerIsFound() throws {
        let cases: [([String: String], String)] = [
            (["LLAMA_CPP_PATH": "http://127.0.0.1:9/"], "http://127.0.0.1:9/health"),
            (["LLAMA_CPP_PATH": "http://127.0.0.1:9"], "http://127.0.0.1:9/health"),
            (["LLAMA_CPP_PATH": "https://h/llama/health"], "https://h/llama/health"),
            (["LLAMA_CPP_PATH": "/opt/llama.cpp"], "http://127.0.0.1:8080/health"),
            (["LLAMA_CPP_PATH": "/x", "VLLM_URL": "http://127.0.0.1:8/"], "http://127.0.0.1:8/health"),
            (["LLAMA_CPP_PATH": "/x", "LLAMA_CPP_URL": "http://127.0.0.1:7/s"], "http://127.0.0.1:7/s"),
        ]
        for (environment, address) in cases {
            #expect(try addresses(environment).last == "llama-cpp \(address)", "\(environment)")
        }
        #expect(try addresses(["VLLM_URL": "http://127.0.0.1:8/v"]).last == "vllm http://127.0.0.1:8/v")
    }

    @Test func aDiscordTokenAloneWatchesItsBot() throws {
        let token = ["TWITCH_BOT_URL": "", "DISCORD_SECRET": "MTIz.a-token"]
        #expect(try addresses(token) == ["discord-bot http://localhost:6060/healthz"])
        #expect(try load(token, file: "{}").targets.map(\.name) == ["discord-bot"])
        #expect(try load(token, file: "{targets: [{name: 'd', type: 'disk'}]}").targets.map(\.name) == ["d"])
        #expect(try load(["DISCORD_SECRET": "MTIz.a-token"]).targets.map(\.name) == ["twitch-bot"])
    }

    @Test func channelsAreAdded() throws {
        let environment = [
            "ALERT_WEBHOOK_URL": "http://127.0.0.1:1/hook$1", "ALERT_EMAIL": "a@example.org, b@example.org",
            "DISCORD_SECRET": "MTIz.$HOME",
        ]
        let configuration = try load(environment, file: "{channels: [{type: 'webhook', url: 'http://127.0.0.1:2/'}]}")
        #expect(configuration.channels.map(\.name) == ["webhook", "discord", "alert-webhook", "alert-email"])
        #expect(configuration.secrets.contains("MTIz.$HOME"))
        #expect(try load(environment).channels.count == 3)
        // An entry that the file names itself appears once.
        let own = try load(
            ["ALERT_WEBHOOK_URL": "http://127.0.0.1:1/", "TWITCH_BOT_URL": "http://127.0.0.1:3/"],
            file: "{targets: [{name: 'd', type: 'http', url: '${TWITCH_BOT_URL}status'}]}")
        #expect(own.targets.count == 1)
    }

    @Test(arguments: [
        (["ALERT_EMAIL": "nobody"], "ALERT_EMAIL=\"nobody\""),
        (["ALERT_WEBHOOK_URL": "secret-words"], "ALERT_WEBHOOK_URL is"),
        (["ALERT_EMAIL": "a@b.org", "SMTP_USER": "u"], "SMTP_PASSWORD is not set"),
        (["ALERT_EMAIL": "a@b.org", "SMTP_PASSWORD": "hunter22"], "SMTP_USER is not set"),
        (["ALERT_EMAIL": "a@b.org", "SMTP_URL": "http://u:hunter22@h/"], "SMTP_URL=\"http://h/\""),
        (["ALERT_EMAIL": "a@b.org", "SMTP_URL": "smtp://u@h"], "a user, but no password: set SMTP_PASSWORD"),
        (["ALERT_EMAIL": "a@b.org", "SMTP_URL": "smtp://u:@h"], "SMTP_URL has a user, but no password"),
        (["ALERT_EMAIL": "a@b.org", "SMTP_URL": "smtp://:hunter22@h"], "SMTP_URL has a password, but no user"),
        (["ALERT_EMAIL": "a@b.org", "SMTP_URL": "smtp://u:hunter22%@h"], "the password in SMTP_URL is not allowed: %"),
        (["ALERT_EMAIL": "a@b.org", "SMTP_URL": "smtp://%zz:hunter22@h"], "the user in SMTP_URL is not allowed: %"),
        (["ALERT_EMAIL": "a@b.org", "SMTP_HOST": "a b"], "SMTP_HOST="),
        (["ALERT_EMAIL": "a@b.org", "SMTP_PORT": "x"], "SMTP_PORT"),
        (["ALERT_EMAIL": "a@b.org", "SMTP_FROM": "me"], "SMTP_FROM=\"me\""),
        (["DISCORD_BOT_URL": "ftp://u:hunter22@h/"], "DISCORD_BOT_URL=\"ftp://[hidden]@h/\""),
    ])
    func whatIsWrongIsNamed(environment: [String: String], words: String) throws {
        let failure = #expect(throws: ConfigurationFailure.self) { try load(environment) }
        let text = failure?.description ?? ""
        #expect(text.contains(words), "\(text)")
        #expect(!text.contains("hunter22") && !text.contains("secret-words"), "\(text)")
    }

    @Test(arguments: [
        ["SMTP_URL": "smtps://u%40x:p%3Aw@mail.example.org"], ["SMTP_URL": "smtp://127.0.0.1:2525"],
        ["SMTP_HOST": "mail.example.org", "SMTP_USER": "u@example.org", "SMTP_PASSWORD": "p$w"], [:],
    ])
    func aMailServerIsTaken(more: [String: String]) throws {
        let configuration = try load(["ALERT_EMAIL": "a@b.org"].merging(more) { $1 })
        #expect(configuration.channels.map(\.name) == ["alert-email"])
        if more["SMTP_PASSWORD"] != nil { #expect(configuration.secrets.contains("p$w")) }
        if more["SMTP_URL"]?.contains("p%3Aw") == true { #expect(configuration.secrets.contains("p:w")) }
    }

    /// The channel that variables add.
    private func channel(_ variables: [String: String]) throws -> JSONValue {
        var settings = Settings(environment: [:], file: variables)
        var root: [String: JSONValue] = [:]
        ConfigurationSource.addChannels(&root, &settings)
        #expect(settings.findings == [])
        #expect(root["channels"]?.elements?.count == 1)
        return try #require(root["channels"]?.elements?.first)
    }

    /// In the open only to this machine, and never a password.
    @Test(
        arguments: [
            ([:], "smtp://localhost:25", "opportunistic"),
            (["SMTP_URL": "smtp://127.0.0.1:2525"], "smtp://127.0.0.1:2525", "opportunistic"),
            (["SMTP_USER": "u", "SMTP_PASSWORD": "p"], "smtp://localhost:25", "required"),
            (["SMTP_HOST": "mail.example.org"], "smtp://mail.example.org:587", "required"),
            (["SMTP_HOST": "mail.example.org", "SMTP_PORT": "465"], "smtps://mail.example.org:465", "required"),
            (["SMTP_HOST": "mail.example.org", "SMTP_PORT": "464"], "smtp://mail.example.org:464", "required"),
            (["SMTP_URL": "smtps://u%40x:p@mail.example.org"], "smtps://mail.example.org", "required"),
            (["SMTP_URL": "smtp://u@127.0.0.1:25", "SMTP_PASSWORD": "p"], "smtp://127.0.0.1:25", "required"),
        ] as [([String: String], String, String)])
    func howMailIsSent(variables: [String: String], url: String, tls: String) throws {
        let channel = try channel(["ALERT_EMAIL": "a@b.org"].merging(variables) { $1 })
        #expect(channel["url"]?.text == url)
        #expect(channel["tls"]?.text == tls)
    }

    /// A server usually takes mail only from the address of its user.
    @Test func whomMailIsFrom() throws {
        let user = ["ALERT_EMAIL": "a@b.org", "SMTP_USER": "u@example.org", "SMTP_PASSWORD": "p"]
        #expect(try channel(user)["from"]?.text == "u@example.org")
        #expect(try channel(user.merging(["SMTP_FROM": "m@example.org"]) { $1 })["from"]?.text == "m@example.org")
        let plain = try channel(user.merging(["SMTP_USER": "u"]) { $1 })
        #expect(plain["from"]?.text?.hasPrefix("health-monitor@") == true)
        #expect(plain["username"] == "u" && plain["password"] == "p")
    }

    @Test func whereDiscordGetsItsAlerts() throws {
        let token = ["DISCORD_SECRET": "MTIz.a-token"]
        #expect(try channel(token)["channel"] == "#alerts")
        let named = try channel(token.merging(["CHANNEL_NAME": "ops"]) { $1 })
        #expect(named["channel"] == "#ops" && named["mention"] == nil)
        let known = try channel(token.merging(["CHANNEL_ID": "42", "USER_ID": "77", "CHANNEL_NAME": "ops"]) { $1 })
        #expect(known["channelId"] == "42" && known["mention"] == "77" && known["channel"] == nil)
    }

    /// Whoever names a service by a variable wants to be woken for it.
    @Test func servicesOfVariablesAreCritical() throws {
        let found = try load(["VLLM_URL": "http://127.0.0.1:8/"], file: "{targets: [{name: 'd', type: 'disk'}]}")
        #expect(found.targets.map { "\($0.name) \($0.isCritical)" } == ["d false", "twitch-bot true", "vllm true"])
    }

    /// Only the file names variables: the sign in a variable's own value is part of it.
    @Test func aDollarSignOfAVariableStaysOne() throws {
        let found = try load(["MONITOR_API_KEY": "key-$HOME-1", "VLLM_URL": "http://127.0.0.1:8/$HOME"])
        #expect(found[APISettings.self].keys == ["key-$HOME-1"])
        #expect(found.targets.last?.probe.address == "http://127.0.0.1:8/$HOME")
    }

    @Test(arguments: [
        ("http://h:1/llama/?key=a#b", "http://h:1/llama/health"), ("http://h:1/#top", "http://h:1/health"),
        ("http://h:1/health?deep", "http://h:1/health"),
    ])
    func theHealthOfAServer(address: String, health: String) {
        #expect(ConfigurationSource.healthURL(address) == health)
    }

    /// The variables alone would watch something else.
    @Test func aFileThatCannotBeReadStartsNothing() throws {
        let failure = #expect(throws: ConfigurationFailure.self) { try load([:], file: "{ targets: [") }
        #expect(failure?.findings.count == 1 && failure?.findings.first?.contains("is never closed") == true)
    }

    /// A variable does not hide that the file is wrong.
    @Test func aSectionThatIsNoneIsNotReplaced() throws {
        let failure = #expect(throws: ConfigurationFailure.self) {
            try load(["MONITOR_PORT": "0"], file: "{api: 'x'}")
        }
        #expect(failure?.findings.count == 1 && failure?.findings.first?.hasPrefix("api: ") == true)
    }

    @Test func theKeyForMetricsIsHidden() throws {
        let key = "00112233-4455-6677-8899-aabbccddeeff"
        let found = try load(["APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=\(key)"])
        #expect(found.insights != nil)
        #expect(found.secrets.contains(key))
    }

    // MARK: Separate files

    private func load(_ file: String, in folder: TemporaryDirectory, _ environment: [String: String]) throws
        -> MonitorConfiguration
    {
        let path = try folder.write(file, to: "monitor.json5").path
        let empty = try folder.write("", to: "env").path
        return try ConfigurationSource.load(
            Options(["--config", path]), Settings(environmentFile: empty, in: environment))
    }

    @Test func variablesMayStandInFiles() throws {
        let folder = try TemporaryDirectory()
        let token = try folder.write("hush-hush-token\n", to: "token").path
        let hook = try folder.write("http://127.0.0.1:1/hook\n", to: "alert_webhook_url").path
        let file = """
            {targets: [{name: 'p', type: 'push', token: '$PUSH_WORD', maxSilence: 60}],
             channels: [{type: 'webhook', url: '${HOOK}x'}]}
            """
        let configuration = try load(
            file, in: folder,
            ["PUSH_WORD_FILE": token, "HOOK_FILE": hook, "CREDENTIALS_DIRECTORY": folder.path])
        #expect(configuration.pushTokens == ["hush-hush-token"])
        #expect(configuration.secrets.contains("hush-hush-token"))
        #expect(configuration.channels.map(\.name) == ["webhook", "alert-webhook"])
        #expect(configuration.namedVariables == ["PUSH_WORD", "HOOK"])
    }

    @Test func everyFileThatCannotBeReadIsNamed() throws {
        let folder = try TemporaryDirectory()
        let failure = #expect(throws: ConfigurationFailure.self) {
            try load(
                "{targets: [{name: 'p', type: 'push', token: '$PUSH_WORD', maxSilence: 60}]}", in: folder,
                [
                    "PUSH_WORD_FILE": "/nonexistent/a", "ALERT_EMAIL_FILE": "/nonexistent/b",
                    "MONITOR_PORT_FILE": folder.path,
                ])
        }
        let text = failure?.description ?? ""
        for words in [
            "PUSH_WORD_FILE=\"/nonexistent/a\" cannot be read", "ALERT_EMAIL_FILE=\"/nonexistent/b\" cannot be read",
            "MONITOR_PORT_FILE=\"\(folder.path)\" is a folder",
        ] {
            #expect(text.contains(words), "\(text)")
        }
    }

    // MARK: The place of the state

    @Test func stateGoesWhereTheConventionSays() throws {
        let folder = try TemporaryDirectory()
        let home = folder.file("home").path
        let plain = try load("{}", in: folder, [:])
        #expect((plain.databasePath, plain.stateFolder, plain.conventionalFolder) == ("health.db", ".", nil))
        let own = try load("{}", in: folder, ["XDG_STATE_HOME": home])
        #expect(own.databasePath == "\(home)/health-monitor/health.db")
        #expect(own.stateFolder == "\(home)/health-monitor")
        #expect(own.conventionalFolder == "\(home)/health-monitor")
        // Reading a configuration creates no file.
        #expect(!FileManager.default.fileExists(atPath: home))
        let managed = try load("{}", in: folder, ["XDG_STATE_HOME": home, "STATE_DIRECTORY": "\(folder.path):/x"])
        #expect((managed.databasePath, managed.stateFolder) == ("\(folder.path)/health.db", folder.path))
        let named = try load(
            "{database: '\(folder.path)/a.db', stateDir: '\(folder.path)'}", in: folder, ["XDG_STATE_HOME": home])
        #expect((named.databasePath, named.conventionalFolder) == ("\(folder.path)/a.db", nil))
    }
}
