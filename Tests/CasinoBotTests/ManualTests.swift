import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

struct ManualTests {
    @Test func pageAndHelpSayTheSame() throws {
        #expect(try ManualPage("casino-bot.1").differences(from: Options.help) == [])
    }

    @Test(arguments: ["casino-bot", "KeepAliveKit/Configuration/Configuration.swift"])
    func noVariableIsLeftOut(source: String) throws {
        #expect(try ManualPage("casino-bot.1").variablesMissing(from: source) == [])
    }

    /// The example file has every variable, except the ones that a service manager or the launcher sets.
    @Test func theExampleFileHasEveryVariable() throws {
        let given: Set = [
            "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "KEEPALIVE_LEASE_NAME", "KEEPALIVE_LEASE_EPOCH",
            "KEEPALIVE_LEASE_FD",
        ]
        let page = try ManualPage("casino-bot.1").variables.subtracting(given)
        let launchers: Set = ["MAX_MEMORY_MB", "LEASE_URL", "LEASE_NAME", "LEASE_TTL_SEC"]
        #expect(try ManualPage.variables(ofExample: ".env.example").subtracting(launchers) == page)
    }
}
