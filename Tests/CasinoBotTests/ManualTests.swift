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

    /// Everything that can be set is in the file to start from, but for what a service manager sets.
    @Test func theExampleFileHasEveryVariable() throws {
        let given: Set = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
        let page = try ManualPage("casino-bot.1").variables.subtracting(given)
        #expect(try ManualPage.variables(ofExample: ".env.example") == page)
    }
}
