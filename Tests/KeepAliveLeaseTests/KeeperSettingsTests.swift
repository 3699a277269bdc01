import KeepAliveLease
import Testing

@Suite struct KeeperSettingsTests {
    private static let settings = KeeperSettings(
        url: "postgres://a:b@c/d", name: "casino-bot", resource: "telegram:123", timeToLiveMilliseconds: 30_000,
        graceMilliseconds: 8_000, label: "alpha/1/a", host: "alpha", lockPath: "/s/keeper.lock", channel: 7)

    @Test func `what the launcher writes is what lease-keeper reads`() {
        #expect(KeeperSettings(environment: Self.settings.environment) == Self.settings)
    }

    @Test(arguments: settings.environment.keys.sorted())
    func `each variable is needed`(_ name: String) {
        var environment = Self.settings.environment
        environment[name] = nil
        #expect(KeeperSettings(environment: environment) == nil)
    }

    @Test(arguments: [
        ("KEEPALIVE_KEEPER_FD", "2"), ("KEEPALIVE_KEEPER_FD", "x"), ("KEEPALIVE_KEEPER_TTL_MS", "0"),
        ("KEEPALIVE_KEEPER_GRACE_MS", "-1"),
    ])
    func `a malformed number is refused`(_ name: String, _ text: String) {
        #expect(KeeperSettings(environment: Self.settings.environment.merging([name: text]) { $1 }) == nil)
    }

    @Test func `the least numbers are taken`() {
        var settings = Self.settings
        (settings.timeToLiveMilliseconds, settings.graceMilliseconds, settings.channel) = (1, 0, 3)
        #expect(KeeperSettings(environment: settings.environment) == settings)
    }
}
