import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

@Suite struct LeaseSettingsTests {
    private static let url = "postgres://user:geheim@db/x"

    private func read(
        _ variables: [String: String], bot: String = "/opt/my bot.py", isDemo: Bool = false
    ) -> (lease: LeaseSettings?, findings: [String]) {
        var settings = Settings(environment: variables)
        let lease = LeaseSettings(bot: bot, isDemo: isDemo, settings: &settings)
        return (lease, settings.findings)
    }

    @Test func `without LEASE_URL there is no lease`() {
        #expect(read(["LEASE_NAME": "a", "LEASE_TTL_SEC": "10"]).lease == nil)
        #expect(read([:]).findings == [])
    }

    @Test func `the defaults come from the bot`() {
        let (lease, findings) = read(["LEASE_URL": Self.url])
        #expect(findings == [])
        #expect(lease?.name == "my-bot.py")
        #expect(lease?.resource == "name:my-bot.py")
        #expect(lease?.timeToLive == .seconds(30))
    }

    @Test func `a Telegram bot's number is what the lease protects`() {
        let token = "12345:" + String(repeating: "x", count: 35)
        let variables = ["LEASE_URL": Self.url, "BOT_TOKEN": token, "LEASE_NAME": "other"]
        #expect(read(variables).lease?.resource == "telegram:12345")
        #expect(read(variables, isDemo: true).lease?.resource == "name:other")
        #expect(read(variables.merging(["BOT_TOKEN": "x"]) { $1 }).lease?.resource == "name:other")
    }

    @Test(arguments: [
        ("LEASE_URL", "mysql://user:geheim@db/x", "LEASE_URL (hidden) is not allowed"),
        ("LEASE_NAME", "a b", "LEASE_NAME=\"a b\" is not allowed"),
        ("LEASE_NAME", String(repeating: "x", count: 64), "LEASE_NAME="),
        ("LEASE_NAME", "größe", "LEASE_NAME="), ("LEASE_TTL_SEC", "4", "LEASE_TTL_SEC=\"4\" is not allowed"),
        ("LEASE_TTL_SEC", "3601", "LEASE_TTL_SEC="), ("LEASE_TTL_SEC", "x", "LEASE_TTL_SEC="),
    ])
    func `a bad value is refused with what is allowed`(_ name: String, _ value: String, _ words: String) {
        let (_, findings) = read(["LEASE_URL": Self.url].merging([name: value]) { $1 })
        #expect(findings.count == 1)
        #expect(findings.first?.hasPrefix(words) == true, "\(findings)")
        #expect(findings.first?.contains("give ") == true)
        #expect(findings.first?.contains("geheim") == false)
    }

    @Test func `the least and the most are allowed`() {
        let longest = String(repeating: "x", count: 63)
        for (name, seconds) in [("a", 5), (longest, 3600)] {
            let variables = ["LEASE_URL": "postgresql://db/x", "LEASE_NAME": name, "LEASE_TTL_SEC": "\(seconds)"]
            let (lease, findings) = read(variables)
            #expect(findings == [])
            #expect(lease?.name == name)
            #expect(lease?.timeToLive == .seconds(seconds))
        }
        #expect(read(["LEASE_URL": Self.url], bot: "/opt/\(longest)x").lease?.name == longest)
    }

    @Test func `the bot gets its lease, and no way into it`() throws {
        var settings = Settings(environment: ["LEASE_URL": Self.url])
        let launcher = LauncherSettings(try Options(["--bot", "/bin/sh"]), settings: &settings)
        #expect(launcher.lease?.name == "sh")
        let environment = launcher.botEnvironment(
            notifySocket: "/x", backtrace: "/y", manager: nil, lease: ["KEEPALIVE_LEASE_EPOCH": "7"])
        #expect(environment["KEEPALIVE_LEASE_EPOCH"] == "7")
        #expect(environment["LEASE_URL"] == nil)
    }

    @Test func `files with other names lead the bot to neither lease nor ledger`() throws {
        let folder = try TemporaryDirectory()
        let files = [
            "LEASE_URL_FILE": try folder.write(Self.url, to: "url").path,
            "KEEPALIVE_STATE_FILE_FILE": try folder.write("/elsewhere", to: "ledger").path,
        ]
        let text = files.map { "\($0)=\($1)\n" }.joined()
        var settings = Settings(environmentFile: try folder.write(text, to: "env").path, in: [:])
        let launcher = LauncherSettings(try Options(["--bot", "/bin/sh"]), settings: &settings)
        #expect(launcher.lease?.url == Self.url)
        for name in files.keys {
            #expect(launcher.environment[name] != nil)
            #expect(launcher.botEnvironment(notifySocket: "/x", backtrace: "/y", manager: nil, lease: [:])[name] == nil)
        }
    }

    @Test func `lease-keeper gets what libpq reads, and nothing of the bot's`() {
        let environment = [
            "PATH": "/bin", "PGSSLMODE": "require", "BOT_TOKEN": "x", "NOTIFY_SOCKET": "/x", "HOME": "/",
            "LD_LIBRARY_PATH": "/opt/lib",
        ]
        let names = ["HOME", "LD_LIBRARY_PATH", "PATH", "PGSSLMODE"]
        #expect(LeaseSettings.keeperEnvironment(from: environment).keys.sorted() == names)
    }
}
