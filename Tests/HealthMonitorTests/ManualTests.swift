import TestSupport
import Testing

@testable import health_monitor

struct ManualTests {
    @Test func pageAndHelpSayTheSame() throws {
        #expect(try ManualPage("health-monitor.8").differences(from: Options.help) == [])
    }

    @Test func noVariableIsLeftOut() throws {
        #expect(try ManualPage("health-monitor.8").variablesMissing(from: "health-monitor") == [])
    }

    @Test func everyFlagThatStandsForAVariableIsThere() throws {
        let page = try ManualPage("health-monitor.8")
        for (flag, variable) in Options.variableFlags {
            #expect(page.flags.contains("--\(flag)"))
            #expect(page.variables.contains(variable))
        }
    }
}
