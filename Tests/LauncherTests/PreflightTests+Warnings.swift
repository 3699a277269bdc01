import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

/// Problems that prevent no start.
extension PreflightTests {
    /// A warning cites a value too.
    @Test func aSecretInAWarningIsNotShown() throws {
        let variables = ["MY_TOKEN": "hush-hush-1", "WATCHDOG_USEC": "hush-hush-1"]
        var settings = Settings(environment: [:], file: variables)
        let options = try Options(["--state-dir", folder.file("state").path, "--bot", "/bin/sh"])
        let launcher = LauncherSettings(options, settings: &settings)
        let found = Preflight(
            launcher, required: [], settings: settings, environmentFile: folder.file("none").path)
        let words = "WATCHDOG_USEC=\"[hidden]\" has no effect: give "
        #expect(found.warnings.contains { $0.hasPrefix(words) }, "\(found.warnings)")
        #expect(!found.warnings.contains { $0.contains("hush") }, "\(found.warnings)")
    }

    /// The name of an interpreter is that of many bots.
    @Test(
        arguments: [
            ([:], ["--", "bot.py"], 1), ([:], [], 0), (["LEASE_NAME": "a"], ["--", "bot.py"], 0),
            (["BOT_TOKEN": "123:x"], ["--", "bot.py"], 0),
        ] as [([String: String], [String], Int)])
    func aLeaseThatOtherBotsWouldShare(more: [String: String], arguments: [String], count: Int) throws {
        let variables = more.merging(["LEASE_URL": "postgres://db.example.com/x"]) { $1 }
        let found = try look(["--bot", "/bin/sh"] + arguments, variables, on: .reload)
        let words = "the lease is named sh, and so is that of every other bot which /bin/sh runs: set LEASE_NAME"
        #expect(found.warnings.filter { $0.hasPrefix(words) }.count == count, "\(found.warnings)")
    }

    #if os(Linux)
        @Test func aLimitOfMemoryHasAnEffectHere() throws {
            #expect(try look(["--bot", "/bin/sh"], ["MAX_MEMORY_MB": "64"]).warnings == [])
        }
    #endif
}
