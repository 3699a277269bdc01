import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct LauncherSettingsTests {
    private func read(
        _ arguments: [String] = [], _ variables: [String: String] = [:], file: [String: String] = [:]
    ) throws -> (LauncherSettings, findings: [String]) {
        var settings = Settings(environment: variables, file: file)
        let launcher = LauncherSettings(try Options(arguments), settings: &settings)
        return (launcher, settings.findings)
    }

    @Test func defaults() throws {
        let (settings, findings) = try read()
        #expect(findings.isEmpty)
        #expect(settings.healthInterval == .seconds(30))
        #expect(settings.healthGrace == .seconds(40))
        #expect(settings.healthFailures == 3)
        #expect(settings.shutdownTimeout == .seconds(8))
        #expect(settings.policy == RestartPolicy())
        #expect(settings.isOwnBot)
        #expect(settings.bot.hasSuffix("/casino-bot"))
        #expect(settings.bot.hasPrefix("/"))
        #expect(settings.metricsPath == "\(settings.stateDirectory)/launcher.prom")
    }

    /// A migration of casino-bot runs for as long as it needs, and sends no notification.
    @Test(
        arguments: [
            ([], true), (["--", "--demo"], true), (["--", "migrate"], false), (["--bot", "./casino-bot"], false),
        ] as [([String], Bool)])
    func whichBotIsKnownToNotify(arguments: [String], isOnKit: Bool) throws {
        #expect(try read(arguments).0.isOnKit == isOnKit)
    }

    @Test func theMetricsMayBeElsewhere() throws {
        #expect(try read([], ["METRICS_FILE": "/run/x/launcher.prom"]).0.metricsPath == "/run/x/launcher.prom")
        #expect(try read([], ["METRICS_FILE": ""]).0.metricsPath.hasSuffix("/state/launcher.prom"))
        // A collector is another user; the state folder is the owner's alone.
        #expect(try read([], ["METRICS_FILE": "/run/x/launcher.prom"]).0.metricsAreForOthers)
        #expect(try !read().0.metricsAreForOthers)
    }

    @Test func everyVariable() throws {
        let (settings, findings) = try read(
            [],
            [
                "HEALTH_INTERVAL_SEC": "1.5", "HEALTH_GRACE_SEC": "0", "HEALTH_FAILURES": "7",
                "SHUTDOWN_TIMEOUT_SEC": "2", "RESTART_DELAY_SEC": "1", "RESTART_MAX_DELAY_SEC": "9",
                "RESTART_RESET_AFTER_SEC": "60", "MAX_RESTARTS": "4", "LOG_LEVEL": "error", "LOG_FORMAT": "json",
            ])
        #expect(findings.isEmpty)
        #expect(settings.healthInterval == .milliseconds(1500))
        #expect(settings.healthGrace == .zero)
        #expect(settings.healthFailures == 7)
        #expect(settings.shutdownTimeout == .seconds(4))
        #expect(settings.policy.backoff.initial == .seconds(1))
        #expect(settings.policy.backoff.maximum == .seconds(9))
        #expect(settings.policy.maxRestarts == 4)
        #expect(settings.policy.resetAfter == .seconds(60))
        #expect(settings.logLevel == .error)
        #expect(settings.logFormat == .json)
    }

    @Test(arguments: [
        ("HEALTH_INTERVAL_SEC", "0"), ("HEALTH_INTERVAL_SEC", "-1"), ("HEALTH_INTERVAL_SEC", "soon"),
        ("HEALTH_GRACE_SEC", "86401"), ("HEALTH_GRACE_SEC", "1e3"), ("HEALTH_FAILURES", "0"),
        ("HEALTH_FAILURES", "1.5"), ("HEALTH_FAILURES", "1001"), ("MAX_RESTARTS", "0"), ("LOG_LEVEL", "loud"),
        ("BOT_WATCHDOG_SEC", "86401"), ("BOT_WATCHDOG_SEC", "-1"), ("HEALTH_INTERVAL_SEC", "86401"),
        ("MAX_MEMORY_FOR_SEC", "0"), ("MAX_MEMORY_FOR_SEC", "86401"), ("MAX_MEMORY_MB", "0"),
        ("MAX_MEMORY_MB", "16777217"),
    ])
    func refuses(name: String, value: String) throws {
        let (_, findings) = try read([], [name: value])
        #expect(findings.count == 1)
        #expect(findings.first?.hasPrefix("\(name)=\"\(value)\" is not allowed: give ") == true)
    }

    @Test(arguments: [
        ("HEALTH_INTERVAL_SEC", "1"), ("HEALTH_INTERVAL_SEC", "86400"), ("HEALTH_GRACE_SEC", "86400"),
        ("HEALTH_FAILURES", "1"), ("HEALTH_FAILURES", "1000"), ("BOT_WATCHDOG_SEC", "86400"), ("MAX_MEMORY_MB", "1"),
        ("MAX_MEMORY_MB", "16777216"), ("MAX_MEMORY_FOR_SEC", "1"), ("MAX_MEMORY_FOR_SEC", "86400"),
    ])
    func theLeastAndTheMostAreAllowed(name: String, value: String) throws {
        #expect(try read([], [name: value]).findings == [])
    }

    @Test func memoryHasALimitIfItIsSet() throws {
        #expect(try read([], ["MAX_MEMORY_FOR_SEC": "5"]).0.memoryLimit == nil)
        let usual = MemoryLimit.Setting(megabytes: 512, period: .seconds(60))
        #expect(try read([], ["MAX_MEMORY_MB": "512"]).0.memoryLimit == usual)
        let short = MemoryLimit.Setting(megabytes: 1, period: .seconds(5))
        #expect(try read([], ["MAX_MEMORY_MB": "1", "MAX_MEMORY_FOR_SEC": "5"]).0.memoryLimit == short)
    }

    /// systemd names the process that it watches, which is the launcher.
    @Test func theBotIsTheOneThatIsWatched() throws {
        let file = ["WATCHDOG_PID": "1", "WATCHDOG_USEC": "5000000", "NOTIFY_SOCKET": "/run/systemd/notify"]
        let launcher = try read(file: file).0
        let environment = launcher.botEnvironment(notifySocket: "/x", backtrace: "/y", manager: nil)
        #expect(environment["WATCHDOG_PID"] == nil)
        #expect(environment["WATCHDOG_USEC"] == "5000000")
        #expect(environment["NOTIFY_SOCKET"] == "/x")
        #expect(environment["KEEPALIVE_STATE_FILE"] == launcher.ledgerPath)
    }

    @Test func theFilesVariablesGoToTheBot() throws {
        let (settings, _) = try read(file: ["CASINO_FILE_ONLY": "from file", "PATH": "wrong"])
        #expect(settings.environment["CASINO_FILE_ONLY"] == "from file")
        #expect(settings.environment["PATH"] == ProcessInfo.processInfo.environment["PATH"])
    }

    /// A bot in another language knows `MY_TOKEN` alone.
    @Test func whatIsRequiredReachesTheBotFromItsFile() throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("hush-hush\n", to: "MY_TOKEN").path
        func environment(
            _ arguments: [String], file: String = "", _ variables: [String: String] = [:]
        ) throws -> [String: String] {
            var settings = Settings(environmentFile: try folder.write(file, to: "env").path, in: variables)
            let launcher = LauncherSettings(try Options(arguments), settings: &settings)
            #expect(launcher.secrets.contains(Array("hush-hush".utf8)))
            return launcher.environment
        }
        let bot = ["--bot", "/bin/sh", "--require", "MY_TOKEN,LOG"]
        let named = "MY_TOKEN_FILE=\(file)\nOTHER_TOKEN_FILE=\(file)\nLOG_FILE=/nonexistent/log\n"
        let found = try environment(bot, file: named)
        #expect(found["MY_TOKEN"] == "hush-hush")
        #expect(found["MY_TOKEN_FILE"] == nil)
        #expect(found["OTHER_TOKEN"] == nil)
        #expect(found["OTHER_TOKEN_FILE"] == file)
        #expect(found["LOG_FILE"] == "/nonexistent/log")
        #expect(try environment(bot, ["CREDENTIALS_DIRECTORY": folder.path])["MY_TOKEN"] == "hush-hush")
        // The casino-bot reads the files itself.
        for arguments in [["--bot", "/bin/sh"], ["--require", "MY_TOKEN"]] {
            #expect(try environment(arguments, file: named)["MY_TOKEN"] == nil)
        }
    }

    @Test(arguments: ["BOT_TOKEN", "my_secret", "DB_PASSWORD_FILE", "OPENAI_API_KEY", "Restart_Token"])
    func whatIsNamedLikeASecretIsOne(name: String) throws {
        let (settings, _) = try read(file: [name: "hush-hush-1", "PLAIN_NAME": "loud"])
        #expect(settings.secrets.contains(Array("hush-hush-1".utf8)))
        #expect(!settings.secrets.contains(Array("loud".utf8)))
    }

    @Test func ordinaryWordsAreNoSecrets() throws {
        let (settings, _) = try read(
            file: ["TOKENIZERS_PARALLELISM": "tokenizers-loud", "MAX_TOKENS": "1200", "SORT_KEY": "name"])
        #expect(
            !settings.secrets.contains {
                ["tokenizers-loud", "1200", "name"].contains(String(decoding: $0, as: UTF8.self))
            })
    }

    @Test(arguments: [
        ("sh", "/sh"), ("./x", "./x"), ("/a/b", "/a/b"), ("no-such-program-anywhere", "no-such-program-anywhere"),
    ])
    func programsAreFoundAsAShellDoes(name: String, suffix: String) throws {
        let (settings, _) = try read(["--bot", name])
        #expect(!settings.isOwnBot)
        #expect(settings.bot.hasSuffix(suffix))
        #expect(settings.bot.contains("/") == (name != "no-such-program-anywhere"))
    }

    @Test func pathsOfTheState() throws {
        let (settings, _) = try read(["--state-dir", "somewhere"])
        #expect(settings.stateDirectory == "\(FileManager.default.currentDirectoryPath)/somewhere")
        #expect(settings.ledgerPath == "\(settings.stateDirectory)/restart_backoff.json")
        let (other, _) = try read(["--state-dir", "/x"])
        #expect(other.statusPath == "/x/launcher.status")
    }

    @Test(
        arguments: [
            (["--", "--demo"], [:], true), ([], ["DEMO_MODE": "true"], true), ([], ["DEMO_MODE": "YES"], true),
            ([], ["DEMO_MODE": "false"], false), ([], [:], false),
        ] as [([String], [String: String], Bool)])
    func demo(arguments: [String], file: [String: String], expected: Bool) throws {
        #expect(try read(arguments, file: file).0.isDemo == expected)
    }

    @Test(arguments: [
        ("bin", "libexec/keepalivekit", true), ("bin", "libexec", true), ("bin", "bin", true), ("bin", "share", false),
        ("b,in", "bin", false),
    ])
    func aBacktracerThatIsInstalledBesideIsNamed(folder: String, place: String, isFound: Bool) throws {
        let prefix = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: prefix) }
        for name in [folder, place] {
            try FileManager.default.createDirectory(
                at: prefix.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        let backtracer = prefix.appendingPathComponent(place).appendingPathComponent("swift-backtrace-static").path
        #expect(
            FileManager.default.createFile(
                atPath: backtracer, contents: Data(), attributes: [.posixPermissions: 0o755]))
        let found = LauncherSettings.backtracer(beside: "\(prefix.path)/\(folder)/launcher")
        #expect((found != nil) == isFound)
        if let found { #expect(FileSystem.isExecutable(found)) }
    }

    @Test(
        arguments: [
            (nil, nil, nil, .seconds(60)), (nil, nil, .seconds(300), .seconds(60)),
            (nil, nil, .seconds(3), .seconds(3)), (nil, "5000000", nil, .seconds(5)), (nil, "soon", nil, .seconds(60)),
            ("0", nil, .seconds(3), nil), ("0", "5000000", nil, nil), ("90", "5000000", .seconds(3), .seconds(90)),
            ("0.5", nil, nil, .milliseconds(500)),
        ] as [(String?, String?, Duration?, Duration?)])
    func watchdogOfTheBot(set: String?, byHand: String?, manager: Duration?, expected: Duration?) throws {
        var file: [String: String] = [:]
        file["BOT_WATCHDOG_SEC"] = set
        file["WATCHDOG_USEC"] = byHand
        #expect(try read(file: file).0.watchdogTimeout(under: manager) == expected)
    }
}
